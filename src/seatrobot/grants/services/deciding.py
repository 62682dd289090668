"""What the people of an organization decide: approve, deny, end, and whether they are asked at all.

A decision is signed by the person's passkey where they have one. The statement says which grant and
what was asked for (`reading.statement_of`), so that a signature is worth nothing for anything else.
"""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.accounts.factors import webauthn
from seatrobot.accounts.factors.services import enrolled
from seatrobot.accounts.factors.statements import Signed
from seatrobot.grants.feature import Action, Permission
from seatrobot.grants.models import Decision, DecisionRecord, Mode, Rule, StaffGrant, State
from seatrobot.grants.reading import mode_of, state_of, statement_of
from seatrobot.grants.refusals import GrantNotPossible
from seatrobot.grants.services.asking import require_still_asked
from seatrobot.grants.services.common import OVER, lock, mark_over, open_now, require_asked, tell
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.versions import ChangedMeanwhile
from seatrobot.organizations import members

RULED = {Mode.APPROVE: Action.SETTING_APPROVE, Mode.NOTIFY: Action.SETTING_NOTIFY}
"""What the access log says of an organization's rule: an action for each mode."""


def load(actor: Principal, grant_id: UUID) -> StaffGrant:
    """Return a grant to decide about; refuse one that is gone."""
    actor.require(Permission.GRANT_DECIDE)
    row = lock(grant_id, actor.organization_id)
    _require_role_of_now(actor)
    return row


def approve(*, actor: Principal, grant_id: UUID, signed: Signed | None = None) -> StaffGrant:
    """Open what staff asked for; raises GrantNotPossible.

    signed: the statement, which whoever has a passkey must give.
    """
    row = load(actor, grant_id)
    if row.account_id == actor.account_id:
        raise GrantNotPossible(_("Nobody approves their own request."), why="own")
    if row.is_emergency:
        sentence = _("An emergency is approved by a second member of the staff. You can end it.")
        raise GrantNotPossible(sentence, why="emergency")
    require_still_asked(row)
    _keep(actor, row, Decision.Kind.APPROVE, signed)
    open_now(row, decided_by=actor.account_id)
    journal.record(
        Action.GRANT_APPROVE,
        subject_id=row.account_id,
        grant=str(row.pk),
        signature=signed.digest if signed else "",
    )
    tell(row, "opened")
    return row


def deny(*, actor: Principal, grant_id: UUID, signed: Signed | None = None) -> StaffGrant:
    """Refuse what staff asked for; raises GrantNotPossible."""
    row = load(actor, grant_id)
    require_asked(row)
    _keep(actor, row, Decision.Kind.DENY, signed)
    row.decided_by, row.decided_at = actor.account_id, now()
    row.save(update_fields=["decided_by", "decided_at"])
    mark_over(row, State.DENIED, by=actor.account_id)
    journal.record(
        Action.GRANT_DENY,
        subject_id=row.account_id,
        grant=str(row.pk),
        signature=signed.digest if signed else "",
    )
    return row


def withdraw(*, actor: Principal, grant_id: UUID, signed: Signed | None = None) -> StaffGrant:
    """End access that is open, at once; raises GrantNotPossible."""
    row = load(actor, grant_id)
    state = state_of(row)
    if state == State.ASKED:
        sentence = _("This access is not open yet: deny it instead.")
        raise GrantNotPossible(sentence, why="asked")
    if state != State.LIVE:
        raise GrantNotPossible(OVER[state], why=state.value)
    _keep(actor, row, Decision.Kind.WITHDRAW, signed)
    mark_over(row, State.WITHDRAWN, by=actor.account_id)
    journal.record(
        Action.GRANT_WITHDRAW,
        subject_id=row.account_id,
        grant=str(row.pk),
        signature=signed.digest if signed else "",
    )
    tell(row, "ended")
    return row


def change_mode(*, actor: Principal, mode: Mode, seen: str = "") -> None:
    """Say whether the organization is told of access or asked first.

    seen: the mode that the person looked at. Access that is open stays open; requests that wait are
    still to be approved.
    """
    actor.require(Permission.GRANT_DECIDE)
    before = mode_of(actor.organization_id)
    if seen and seen != before:
        raise ChangedMeanwhile(_("Somebody else changed these settings meanwhile."))
    if mode == before:
        return
    Rule.objects.update_or_create(organization_id=actor.organization_id, defaults={"mode": mode})
    journal.record(RULED[mode], before=before.value, after=mode.value)


def _require_role_of_now(actor: Principal) -> None:
    """Refuse for somebody who lost the role since their request began."""
    assert actor.account_id is not None
    member = members.load(actor.account_id, actor.organization_id)
    if member is None or not member.may(Permission.GRANT_DECIDE):
        sentence = _("You are no administrator of this organization any more.")
        raise GrantNotPossible(sentence, why="role")


def _keep(actor: Principal, row: StaffGrant, kind: Decision.Kind, signed: Signed | None) -> None:
    """Keep a decision with its signature; refuse one that is missing or of something else."""
    assert actor.account_id is not None
    if signed is None and webauthn.origin() and enrolled(actor.account_id).passkeys:
        sentence = _("Sign this decision with your passkey.")
        raise GrantNotPossible(sentence, why="unsigned")
    if signed is not None:
        wanted = {**statement_of(row, kind.value), "account": str(actor.account_id)}
        if wanted.items() - signed.facts.items():
            sentence = _("What was signed is another decision: nothing changed. Try again.")
            raise GrantNotPossible(sentence, why="other-statement")
    Decision.objects.create(
        organization_id=actor.organization_id,
        grant=row,
        account_id=actor.account_id,
        kind=kind,
        at=now(),
        sealed=DecisionRecord(signed.packed() if signed else ""),
    )
