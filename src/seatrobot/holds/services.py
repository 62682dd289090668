"""Opening investigations, and holding backups for them. Each inside `acting` as staff."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.holds.feature import Action
from seatrobot.holds.models import LONGEST, Hold, HoldRecord, Investigation
from seatrobot.holds.reading import State, state_of
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.promises.statements import digest
from seatrobot.kernel.refusal import Refused
from seatrobot.normalizing import clean_line, clean_text

LONGEST_REASON = 500
SHORTEST_REASON = 10


class HoldRefused(Refused):
    """Backups cannot be held so."""


def open_investigation(*, by: UUID, title: str) -> Investigation:
    """Open an investigation; raise HoldRefused."""
    title = clean_line(title)
    if not title:
        raise HoldRefused(_("Say what is investigated; customers read it."), field="title")
    if Investigation.objects.filter(title=title, closed_at=None).exists():
        raise HoldRefused(_("An investigation of this title is open already."), field="title")
    row = Investigation.objects.create(title=title, opened_at=now(), opened_by=by)
    journal.record(Action.INVESTIGATION_OPEN, subject_id=row.pk, hash=digest(row.title))
    return row


def close_investigation(*, investigation: Investigation, by: UUID) -> None:
    """Close an investigation: what was held for it is held no more."""
    row = Investigation.objects.select_for_update().get(pk=investigation.pk)
    if row.closed_at is None:
        row.closed_at, row.closed_by = now(), by
        row.save(update_fields=["closed_at", "closed_by"])
        journal.record(Action.INVESTIGATION_CLOSE, subject_id=row.pk)


def ask(  # noqa: PLR0913  what a hold says, each part by its name
    *,
    investigation: Investigation,
    by: UUID,
    made_from: date,
    made_through: date,
    days: int,
    reason: str,
) -> Hold:
    """Ask that backups of some days be kept; nothing is held before another person confirms."""
    row = Investigation.objects.select_for_update().get(pk=investigation.pk)
    _require_open(row)
    if made_through < made_from:
        raise HoldRefused(_("It ends before it begins."), field="made_through")
    if made_through > now().date():
        sentence = _("Backups that are not made yet cannot be held.")
        raise HoldRefused(sentence, field="made_through")
    return _asked(
        Hold(investigation=row, made_from=made_from, made_through=made_through), by, days, reason
    )


def renew(*, hold: Hold, by: UUID, days: int, reason: str) -> Hold:
    """Ask that what a hold keeps be kept longer; a second person confirms it again."""
    row = _locked(hold)
    if state_of(row) != State.IN_EFFECT:
        raise HoldRefused(_("This hold is not in effect: what it kept may be destroyed already."))
    _require_open(row.investigation)
    return _asked(
        Hold(
            investigation=row.investigation,
            renews=row,
            made_from=row.made_from,
            made_through=row.made_through,
        ),
        by,
        days,
        reason,
    )


def confirm(*, hold: Hold, by: UUID) -> Hold:
    """Confirm a hold as the second person; it is in effect from now on. Raise HoldRefused."""
    row = _locked(hold)
    _require_open(row.investigation)
    if row.asked_by == by:
        raise HoldRefused(_("It takes a second person of the staff: you have asked for it."))
    if state_of(row) != State.ASKED:
        raise HoldRefused(_("This hold does not wait for anybody any more."))
    row.confirmed_at, row.confirmed_by = now(), by
    row.expires_at = row.confirmed_at + timedelta(days=row.days)
    row.save(update_fields=["confirmed_at", "confirmed_by", "expires_at"])
    until = digest(row.expires_at.isoformat())
    journal.record(Action.HOLD_CONFIRM, subject_id=row.pk, hash=until)
    return row


def end(*, hold: Hold, by: UUID) -> None:
    """End a hold, or take back that it was asked for; either person may, and any other."""
    row = _locked(hold)
    if state_of(row) in {State.IN_EFFECT, State.ASKED}:
        row.ended_at, row.ended_by = now(), by
        row.save(update_fields=["ended_at", "ended_by"])
        journal.record(Action.HOLD_END, subject_id=row.pk)


def facts(  # noqa: PLR0913, PLR0917  the columns that nobody may change
    investigation: UUID,
    renews: UUID | None,
    made_from: date,
    made_through: date,
    days: int,
    asked_at: datetime,
) -> str:
    """Return the hash of what was asked for, as the journal keeps it."""
    parts = [str(investigation), str(renews or ""), made_from.isoformat(), made_through.isoformat()]
    return digest(json.dumps([*parts, days, asked_at.isoformat()]))


def _asked(row: Hold, by: UUID, days: int, reason: str) -> Hold:
    reason = clean_text(reason)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        sentence = _("Say why, with %(least)d to %(most)d characters.")
        limits = {"least": SHORTEST_REASON, "most": LONGEST_REASON}
        raise HoldRefused(sentence % limits, field="reason")
    if not 1 <= days <= LONGEST.days:
        raise HoldRefused(_("Give from 1 to 30 days; it can be renewed."), field="days")
    same = Hold.objects.filter(
        investigation=row.investigation, made_from=row.made_from, made_through=row.made_through
    )
    if any(state_of(each) == State.ASKED for each in same):
        raise HoldRefused(_("The same was asked for, and waits for a second person."))
    row.days, row.asked_at, row.asked_by, row.sealed = days, now(), by, HoldRecord(reason)
    row.save(force_insert=True)
    journal.record(
        Action.HOLD_ASK,
        subject_id=row.pk,
        hash=facts(
            row.investigation_id,
            row.renews_id,
            row.made_from,
            row.made_through,
            row.days,
            row.asked_at,
        ),
    )
    return row


def _locked(hold: Hold) -> Hold:
    return (
        Hold.objects.select_for_update(of=["self"]).select_related("investigation").get(pk=hold.pk)
    )


def _require_open(row: Investigation) -> None:
    if row.closed_at is not None:
        raise HoldRefused(_("This investigation is closed: nothing is held for it."))
