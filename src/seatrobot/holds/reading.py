"""What is held, for those who destroy backups, for staff, and for organizations concerned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts import services as accounts
from seatrobot.holds.models import LAPSES_AFTER, Hold, Investigation
from seatrobot.kernel.clock import now


class State(models.TextChoices):
    ASKED = "asked", _("Waits for a second person")
    IN_EFFECT = "in-effect", _("In effect")
    EXPIRED = "expired", _("Expired")
    ENDED = "ended", _("Ended")
    CLOSED = "closed", _("Investigation closed")
    LAPSED = "lapsed", _("Not confirmed in time")


TONES = {State.ASKED: "amber", State.IN_EFFECT: "plum"}


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A hold as staff see it. asked_by, confirmed_by: names."""

    row: Hold
    state: State
    reason: str
    asked_by: str
    confirmed_by: str
    may_confirm: bool

    @property
    def tone(self) -> str:
        return TONES.get(self.state, "grey")

    @property
    def is_in_effect(self) -> bool:
        return self.state == State.IN_EFFECT

    @property
    def is_open(self) -> bool:
        return self.state in {State.IN_EFFECT, State.ASKED}


@dataclass(frozen=True, slots=True)
class InvestigationLine:
    row: Investigation
    holds: list[HoldLine]

    @property
    def is_open(self) -> bool:
        return self.row.closed_at is None


def in_effect(moment: datetime | None = None) -> QuerySet[Hold]:
    """Return the holds that keep backups, those first that end last; call inside `acting`."""
    rows = Hold.objects.filter(
        confirmed_by__isnull=False,
        ended_at=None,
        expires_at__gt=moment or now(),
        investigation__closed_at=None,
    )
    return rows.select_related("investigation").order_by("-expires_at")


def holding(made_at: datetime, holds: Iterable[Hold]) -> Hold | None:
    """Return which of these holds keeps a backup made at a moment for longest; None: none does."""
    day = made_at.date()
    found = [each for each in holds if each.made_from <= day <= each.made_through]
    return max(found, key=lambda each: each.expires_at or made_at, default=None)


def held_until(made_at: datetime, holds: Iterable[Hold] | None = None) -> datetime | None:
    """Return until when a backup made at a moment is held; None where nothing holds it.

    holds: those in effect, where many backups are looked at.
    """
    found = holding(made_at, in_effect() if holds is None else holds)
    return found.expires_at if found else None


def concerning(organization_since: datetime) -> list[Hold]:
    """Return the holds that keep data of an organization: it was there when a backup was made."""
    since: date = organization_since.date()
    return list(in_effect().filter(made_through__gte=since))


def investigations(reader: UUID) -> list[InvestigationLine]:
    """Return the investigations with their holds, the open ones first, to a staff member."""
    rows = Investigation.objects.prefetch_related("holds").order_by("-opened_at")
    found = sorted(rows, key=lambda row: row.closed_at is not None)
    everybody = {
        by
        for row in found
        for hold in row.holds.all()
        for by in (hold.asked_by, hold.confirmed_by)
        if by
    }
    names = {pk: person.name for pk, person in accounts.people(everybody).items()}
    return [InvestigationLine(row, _lines(row, reader, names)) for row in found]


def state_of(row: Hold, moment: datetime | None = None) -> State:
    """Return how a hold is at a moment, whatever job has or has not run."""
    moment = moment or now()
    if row.ended_at is not None:
        return State.ENDED
    if row.expires_at is not None and row.expires_at <= moment:
        return State.EXPIRED
    if row.investigation.closed_at is not None:
        return State.CLOSED
    if row.confirmed_by is not None:
        return State.IN_EFFECT
    return State.ASKED if moment - row.asked_at < LAPSES_AFTER else State.LAPSED


def waiting() -> Q:
    """Return what is true of a hold that nobody has confirmed and somebody still may."""
    return Q(confirmed_by=None, ended_at=None, asked_at__gt=now() - LAPSES_AFTER)


def _lines(row: Investigation, reader: UUID, names: dict[UUID, str]) -> list[HoldLine]:
    lines = []
    for hold in sorted(row.holds.all(), key=lambda each: each.asked_at, reverse=True):
        state = state_of(hold)
        lines.append(
            HoldLine(
                hold,
                state,
                hold.sealed.reason,
                names.get(hold.asked_by, ""),
                names.get(hold.confirmed_by, "") if hold.confirmed_by else "",
                state == State.ASKED and hold.asked_by != reader,
            )
        )
    return lines
