"""Asking for a grant, and taking a request back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from seatrobot.grants import terms
from seatrobot.grants.feature import Action
from seatrobot.grants.models import (
    DEFAULT,
    EMERGENCY,
    LONGEST,
    OPEN_STATES,
    SHORTEST,
    Category,
    GrantRecord,
    GrantText,
    Mode,
    StaffGrant,
    State,
)
from seatrobot.grants.reading import mode_of, state_of
from seatrobot.grants.refusals import GrantNotPossible
from seatrobot.grants.services.common import (
    lock,
    mark_over,
    open_now,
    require_asked,
    require_clock,
    tell,
)
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.staff import standing
from seatrobot.kernel.vault import services as vault
from seatrobot.normalizing import clean_line

LONGEST_REASON = 500
LONGEST_TICKET = 40
LETTERS = re.compile(r"[^\W\d_]{2,}")
FEWEST_WORDS = 2
ONE_MINUTE = timedelta(minutes=1)
ONE_HOUR = timedelta(hours=1)
EMERGENCY_MINUTES = int(EMERGENCY / ONE_MINUTE)
MOST_AN_HOUR = 20
"""Requests of one person to one organization: each is mailed to its administrators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a staff member asks for.

    event_ids: the events alone that they want to see; None for all. minutes: how long.
    """

    category: Category
    reason: str
    ticket: str = ""
    may_change: bool = False
    event_ids: Sequence[UUID] | None = None
    minutes: int = int(DEFAULT / ONE_MINUTE)
    is_emergency: bool = False


def ask(*, staff_id: UUID, organization_id: UUID, wanted: Wanted) -> StaffGrant:
    """Ask for a grant; it opens at once where the organization is only told of it.

    Call in `as_staff`. Raises GrantNotPossible with the field that is wrong, GrantRefused for
    somebody who does not fulfil every condition.
    """
    standing.require_conditions(staff_id)
    reason, ticket = _checked(wanted)
    try:
        vault.require_open(organization_id)
    except vault.KeyringMissing as error:
        sentence = _("There is no such organization, or it was deleted.")
        raise GrantNotPossible(sentence, why="gone") from error
    _forget_what_is_over(staff_id, organization_id)
    moment = now()
    lately = StaffGrant.objects.filter(
        account_id=staff_id, organization_id=organization_id, asked_at__gt=moment - ONE_HOUR
    )
    if lately.count() >= MOST_AN_HOUR:
        sentence = _("You have asked this organization too often: wait an hour.")
        raise GrantNotPossible(sentence, why="often")
    row = StaffGrant(
        organization_id=organization_id,
        account_id=staff_id,
        category=wanted.category,
        is_emergency=wanted.is_emergency,
        may_change=wanted.may_change,
        event_ids=list(wanted.event_ids) if wanted.event_ids is not None else None,
        minutes=min(wanted.minutes, EMERGENCY_MINUTES) if wanted.is_emergency else wanted.minutes,
        asked_at=moment,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise GrantNotPossible(
            _("You have a request or a grant for this organization already: use it, or end it."),
            why="twice",
        ) from None
    GrantText.objects.create(grant=row, sealed=GrantRecord(reason, ticket))
    journal.record(Action.GRANT_ASK, subject_id=terms.mark_of(row), **_facts(row))
    if row.is_emergency or mode_of(organization_id) == Mode.APPROVE:
        tell(row, "asked")
        return row
    open_now(row, decided_by=None)
    journal.record(Action.GRANT_OPEN, subject_id=staff_id, **_facts(row))
    tell(row, "opened")
    return row


def end(*, staff_id: UUID, organization_id: UUID, grant_id: UUID) -> State:
    """End one's own grant, or take a request back; call in `as_staff`. Return what it is now."""
    row = lock(grant_id, organization_id)
    if row.account_id != staff_id:
        sentence = _("This grant is another person's.")
        raise GrantNotPossible(sentence, why="foreign")
    state = state_of(row)
    if state not in OPEN_STATES:
        return state
    is_live = state == State.LIVE
    state = State.ENDED if is_live else State.CANCELLED
    mark_over(row, state, by=staff_id)
    action = Action.GRANT_END if is_live else Action.GRANT_CANCEL
    journal.record(action, subject_id=staff_id, grant=str(row.pk))
    if is_live:
        tell(row, "ended")
    return state


def approve_emergency(*, staff_id: UUID, organization_id: UUID, grant_id: UUID) -> StaffGrant:
    """Open an emergency of another member of the staff for an hour; call in `as_staff`.

    Whoever approves fulfils every condition themself, and so does whoever asked.
    """
    standing.require_conditions(staff_id)
    row = lock(grant_id, organization_id)
    if not row.is_emergency:
        sentence = _("This is no emergency: the organization decides about it.")
        raise GrantNotPossible(sentence, why="no-emergency")
    if row.account_id == staff_id:
        sentence = _("Nobody approves their own request: another member of the staff does.")
        raise GrantNotPossible(sentence, why="own")
    require_still_asked(row)
    open_now(row, decided_by=staff_id)
    journal.record(Action.GRANT_APPROVE, subject_id=row.account_id, **_facts(row))
    tell(row, "opened")
    return row


def require_still_asked(row: StaffGrant) -> None:
    """Refuse unless a request waits for an answer and its holder fulfils every condition."""
    require_clock(row)
    require_asked(row)
    try:
        standing.require_conditions(row.account_id)
    except standing.GrantRefused:
        sentence = _("The person who asked may not see Customer Data now: they have to ask again.")
        raise GrantNotPossible(sentence, why="condition") from None


def _forget_what_is_over(staff_id: UUID, organization_id: UUID) -> None:
    """Note what the clock has ended and no job has yet, so that one may ask again."""
    rows = StaffGrant.objects.select_for_update().filter(
        account_id=staff_id, organization_id=organization_id, state__in=OPEN_STATES
    )
    for row in rows:
        state = state_of(row)
        if state not in OPEN_STATES:
            mark_over(row, state, by=None)


def _facts(row: StaffGrant) -> dict[str, Any]:
    events = len(row.event_ids) if row.event_ids is not None else "all"
    return {
        "grant": str(row.pk),
        "category": row.category,
        "minutes": row.minutes,
        "events": events,
        "may_change": row.may_change,
        "emergency": row.is_emergency,
    }


def _checked(wanted: Wanted) -> tuple[str, str]:
    """Return reason and ticket in clean form; refuse what states no need."""
    reason, ticket = clean_line(wanted.reason), clean_line(wanted.ticket)
    problems = []
    if len({word.casefold() for word in LETTERS.findall(reason)}) < FEWEST_WORDS:
        problems.append(("reason", _("Say in more than one word why you have to see this.")))
    if len(reason) > LONGEST_REASON:
        problems.append(("reason", _("Give the reason in %d characters at most.") % LONGEST_REASON))
    if len(ticket) > LONGEST_TICKET:
        problems.append(("ticket", _("Give the ticket in %d characters at most.") % LONGEST_TICKET))
    if wanted.category == Category.SUPPORT and not any(sign.isalnum() for sign in ticket):
        problems.append(("ticket", _("Name the ticket in which somebody asked for help.")))
    if not SHORTEST <= wanted.minutes * ONE_MINUTE <= LONGEST:
        problems.append(("minutes", _("A grant lasts from 15 minutes to 24 hours.")))
    if wanted.event_ids is not None and not wanted.event_ids:
        problems.append(("events", _("Name the events, or ask for all of them.")))
    if problems:
        refusal = GrantNotPossible(problems[0][1], why=problems[0][0], field=problems[0][0])
        refusal.problems = problems
        raise refusal
    return reason, ticket
