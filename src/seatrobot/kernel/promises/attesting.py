"""Attestations: what people state where nothing measures, by name and role, signed, expiring."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.kernel import acting, cards
from seatrobot.kernel.clock import now
from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.promises import statements
from seatrobot.kernel.promises.declaring import PROMISES, AttestationRule, Promise
from seatrobot.kernel.promises.models import Attestation, AttestationRow
from seatrobot.kernel.refusal import Refused


class AttestationRefused(Refused):
    """An attestation breaks a rule."""


def attest(  # noqa: PLR0913  the facts of an attestation, all by name
    promise: Promise, *, by: UUID, role: str, until: datetime, document: str = "", note: str = ""
) -> AttestationRow:
    """Record an attestation, inside `acting`; raises AttestationRefused."""
    rule = _rule_of(promise)
    cards.refuse(note, "note", _("Note"))
    moment = now()
    if role not in [str(each) for each in rule.roles]:
        raise AttestationRefused(_("This role does not attest this promise."))
    if until <= moment:
        raise AttestationRefused(_("It must be valid until a day in the future."))
    if until - moment > rule.longest:
        raise AttestationRefused(_("It may be valid for %d days at most.") % rule.longest.days)
    return _record(promise, by=by, role=role, until=until, document=document, note=note)


def confirm(row: AttestationRow, *, by: UUID, role: str) -> AttestationRow:
    """Confirm the attestation of another person, inside `acting`; raises AttestationRefused."""
    promise = PROMISES[row.promise]
    _rule_of(promise)
    try:
        first = statements.read(Attestation, row.promise, str(row.pk), row.text, row.signature)
    except statements.InvalidStatement:
        raise AttestationRefused(_("This attestation does not bear our signature.")) from None
    if UUID(first.by) == by:
        raise AttestationRefused(_("It takes a second person to confirm an attestation."))
    until = datetime.fromisoformat(first.until)
    return _record(promise, by=by, role=role, until=until, document=first.document, of=row)


def _rule_of(promise: Promise) -> AttestationRule:
    if promise.attested_by is None:
        raise AttestationRefused(_("This promise is measured; nobody can attest it."))
    return promise.attested_by


def _record(  # noqa: PLR0913  the columns of a row, all by name
    promise: Promise,
    *,
    by: UUID,
    role: str,
    until: datetime,
    document: str,
    note: str = "",
    of: AttestationRow | None = None,
) -> AttestationRow:
    acting.current()
    pk, moment = new_id(), now()
    text, signature = statements.sign(
        Attestation(
            id=str(pk),
            promise=promise.id,
            by=str(by),
            role=role,
            at=moment.isoformat(),
            until=until.isoformat(),
            document=document,
            note=note,
            of=str(of.pk) if of else "",
        )
    )
    action = Action.PROMISE_CONFIRM if of else Action.PROMISE_ATTEST
    journal.record(action, subject_id=pk, promise=promise.id, hash=statements.digest(text))
    return AttestationRow.objects.create(
        id=pk, promise=promise.id, of=of, at=moment, text=text, signature=signature
    )
