"""Looking, afterwards, at what a grant was used for; never by its holder."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from seatrobot.grants.feature import Action, Permission
from seatrobot.grants.models import LONGEST, OPEN_STATES, Review, StaffGrant
from seatrobot.grants.reading import state_of
from seatrobot.grants.refusals import GrantNotPossible
from seatrobot.grants.services.asking import FEWEST_WORDS, LETTERS, LONGEST_REASON
from seatrobot.grants.services.common import lock, require_clock, require_staff
from seatrobot.kernel.actor import ActorKind
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import first_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import Principal
from seatrobot.normalizing import clean_line

MOST_COUNTED = 50_000
OWN = ("support:grant:", "support:setting:")
"""How the actions begin that are about grants, and not by them."""


def review(
    *, staff_id: UUID, organization_id: UUID, grant_id: UUID, outcome: Review, note: str
) -> StaffGrant:
    """Note what a reviewer of the staff found; call in `as_staff`. Raises GrantNotPossible.

    note: what was looked at, in more than one word.
    """
    require_staff(staff_id)
    row = lock(grant_id, organization_id)
    require_clock(row)
    if staff_id == row.account_id:
        sentence = _("Nobody reviews their own access: another member of the staff does.")
        raise GrantNotPossible(sentence, why="own")
    if row.is_emergency and staff_id == row.decided_by:
        sentence = _("You approved this emergency: somebody else reviews it.")
        raise GrantNotPossible(sentence, why="approver")
    return _review(row, by=staff_id, outcome=outcome, note=note)


def review_as_member(*, actor: Principal, grant_id: UUID, outcome: Review, note: str) -> StaffGrant:
    """Note what an administrator of the organization found. Raises GrantNotPossible.

    They may review any access to their organization; where nobody of the staff is left who took no
    part in it, they are asked to.
    """
    actor.require(Permission.GRANT_DECIDE)
    assert actor.account_id is not None
    row = lock(grant_id, actor.organization_id)
    require_clock(row)
    if actor.account_id == row.account_id:
        sentence = _("Nobody reviews their own access: another administrator does.")
        raise GrantNotPossible(sentence, why="own")
    if row.is_emergency and actor.account_id == row.decided_by:
        sentence = _("You approved this emergency: somebody else reviews it.")
        raise GrantNotPossible(sentence, why="approver")
    return _review(row, by=actor.account_id, outcome=outcome, note=note)


def _review(row: StaffGrant, *, by: UUID, outcome: Review, note: str) -> StaffGrant:
    if row.opens_at is None:
        raise GrantNotPossible(
            _("This was never open: there is nothing to review."), why="unopened"
        )
    if state_of(row) in OPEN_STATES:
        raise GrantNotPossible(_("This access is still open: review it afterwards."), why="open")
    if row.reviewed_at is not None:
        raise GrantNotPossible(_("Somebody has reviewed this already."), why="twice")
    text = clean_line(note)
    if len({word.casefold() for word in LETTERS.findall(text)}) < FEWEST_WORDS:
        sentence = _("Say in more than one word what you looked at.")
        raise GrantNotPossible(sentence, why="note", field="note")
    if len(text) > LONGEST_REASON:
        sentence = _("Give the note in %d characters at most.") % LONGEST_REASON
        raise GrantNotPossible(sentence, why="note", field="note")
    row.reviewed_at, row.reviewed_by, row.review = now(), by, outcome
    row.save(update_fields=["reviewed_at", "reviewed_by", "review"])
    row.text.sealed.review_note = text
    row.text.save(update_fields=["sealed"])
    journal.record(
        Action.GRANT_REVIEW, subject_id=row.account_id, grant=str(row.pk), outcome=outcome.value
    )
    return row


def sum_up(grant_id: UUID, organization_id: UUID) -> None:
    """Count what a grant that is over was used for, for its reviewer, who sees nothing else of it.

    Call as the service, in a unit of work for the organization.
    """
    row = lock(grant_id, organization_id)
    if row.opens_at is None:
        return
    by_holder = (
        Q(actor_id=row.account_id) | Q(actor_kind=ActorKind.OPERATOR) | Q(action=Action.COMMAND_RUN)
    )
    entries = Entry.objects.filter(by_holder, organization_id=organization_id)
    entries = entries.filter(
        pk__gte=first_id(row.opens_at), pk__lt=first_id(row.opens_at + LONGEST)
    )
    uses = Counter(
        entry.action
        for entry in entries.order_by("pk")[:MOST_COUNTED].iterator()
        if entry.sealed.facts.get("grant") == str(row.pk) and not entry.action.startswith(OWN)
    )
    row.text.sealed.uses = dict(uses)
    row.text.save(update_fields=["sealed"])
