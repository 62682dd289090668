"""Sign-ins of an organization's members, the newest first, page by page and by filter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.utils.formats import date_format

from seatrobot.accounts import services as accounts
from seatrobot.accounts.models import SignIn, SignInCount
from seatrobot.accounts.sign_in_log.disowning import disowned_among
from seatrobot.accounts.sign_in_log.kinds import DeviceType, Outcome
from seatrobot.accounts.sign_in_log.reading import SignInLine, lines_of
from seatrobot.kernel import streams
from seatrobot.kernel.clock import now
from seatrobot.organizations.log.reading import PAGE, Filter, given, page_of

PICTURED_DAYS = 30


@dataclass(frozen=True, slots=True)
class SignInFilter(Filter):
    outcome: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """Sign-ins of the last days. by_day, by_device: (label, number), refusals counted apart."""

    by_day: list[tuple[str, int]]
    by_device: list[tuple[str, int]]
    signed_in: int
    refused: int


def newest(
    organization_id: UUID, chosen: SignInFilter, before: UUID | None, size: int
) -> list[SignIn]:
    """Return the newest matching sign-ins older than `before`."""
    wanted = given(
        {"account_id": chosen.account, "outcome": chosen.outcome, "device": chosen.device}
    )
    window = chosen.window(before)
    return streams.newest(SignIn.objects.all(), organization_id, wanted, window, size)


def page(
    organization_id: UUID, chosen: SignInFilter, before: UUID | None
) -> tuple[list[SignInLine], UUID | None]:
    """Return one page, and from where the next one goes on (None when this is the last)."""
    rows, older = page_of(newest(organization_id, chosen, before, PAGE + 1))
    return named(organization_id, rows), older


def named(organization_id: UUID, rows: Sequence[SignIn]) -> list[SignInLine]:
    """Return rows as lines, with names; those reported as somebody else's are marked."""
    people = accounts.people(row.account_id for row in rows if row.account_id)
    names = {pk: person.name for pk, person in people.items()}
    sessions = [row.session_id for row in rows if row.session_id]
    return lines_of(rows, names=names, disowned=disowned_among(sessions, organization_id))


def picture(organization_id: UUID) -> Picture:
    """Count the last days from stored daily sums, so that the size of the log does not matter."""
    today = now().date()
    days = [today - timedelta(days=back) for back in reversed(range(PICTURED_DAYS))]
    sums = SignInCount.objects.filter(organization_id=organization_id, day__gte=days[0])
    by_day, by_device, by_outcome = Counter[date](), Counter[str](), Counter[str]()
    for day, device, outcome, count in sums.values_list("day", "device", "outcome", "count"):
        by_outcome[outcome] += count
        if outcome == Outcome.SUCCESS:
            by_day[day] += count
            by_device[device] += count
    return Picture(
        by_day=[(date_format(day, "MONTH_DAY_FORMAT"), by_day[day]) for day in days],
        by_device=[(str(kind.label), by_device[kind]) for kind in DeviceType],
        signed_in=by_outcome[Outcome.SUCCESS],
        refused=by_outcome[Outcome.FAILURE],
    )
