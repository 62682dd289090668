"""The platform's own part of the sign-in log: attempts nobody else can see.

Row-level security shows these rows to enabled staff alone: attempts for addresses that nobody
has, and those of staff. Each of the two is read along an index, and a page is the newer of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from seatrobot.accounts import services as accounts
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.accounts.sign_in_log.lines import SignInLine, lines_of
from seatrobot.accounts.sign_in_log.models import SignIn
from seatrobot.accounts.sign_in_log.words import label
from seatrobot.accounts.staff.models import StaffMember

PAGE = 50


@dataclass(frozen=True, slots=True)
class PlatformLine:
    """An attempt. who: the name of the staff, empty where nobody is known. method: in words."""

    who: str
    method: str
    line: SignInLine


def page(before: UUID | None, size: int = PAGE) -> tuple[list[PlatformLine], UUID | None]:
    """Return the attempts older than `before`, the newest first, and from where to go on."""
    staff = list(StaffMember.objects.values_list("pk", flat=True))
    rows = SignIn.objects.filter(organization_id=None)
    rows = rows.filter(id__lt=before) if before else rows
    # The order names every column of the index `sign_in_member`, so that it is read along it.
    strangers = rows.filter(account_id=None).order_by("organization_id", "account_id", "-id")
    known = rows.filter(account_id__in=staff).order_by("-id")
    both = [*strangers[: size + 1], *known[: size + 1]]
    found = sorted(both, key=lambda row: row.pk, reverse=True)
    shown = found[:size]
    older = shown[-1].pk if len(found) > size else None
    names = {pk: person.name for pk, person in accounts.people(staff).items()}
    return [_line(line) for line in lines_of(shown, names=names)], older


def _line(line: SignInLine) -> PlatformLine:
    return PlatformLine(line.who, label(Method, line.row.method), line)
