"""Attestations: what people state where nothing measures, by name and role, signed, expiring.

A person signs a statement with their passkey: `statement_of` and `confirmation_of` say which, and
`record` takes what was signed. Only passkeys that were noted at their enrolment count
(`note_key`), so a row that somebody inserts with a key of their own attests nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.kernel import acting, cards
from seatrobot.kernel.clock import now
from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.promises import reading, statements
from seatrobot.kernel.promises.declaring import PROMISES, AttestationRule, Promise
from seatrobot.kernel.promises.models import Attestation, AttestationRow, SigningKey
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.signed import Signed

KIND = "attestation"


class AttestationRefused(Refused):
    """An attestation breaks a rule."""


def statement_of(
    promise: Promise, *, role: str, until: datetime, document: str = "", note: str = ""
) -> dict[str, Any]:
    """Return the facts that an attestation states; raises AttestationRefused."""
    rule = _rule_of(promise)
    cards.refuse(note, "note", _("Note"))
    moment = now()
    if role not in [str(each) for each in rule.roles]:
        raise AttestationRefused(_("This role does not attest this promise."))
    if until <= moment:
        raise AttestationRefused(_("It must be valid until a day in the future."))
    if until - moment > rule.longest:
        raise AttestationRefused(_("It may be valid for %d days at most.") % rule.longest.days)
    return _facts(promise, role=role, until=until.isoformat(), document=document, note=note)


def confirmation_of(row: AttestationRow, *, by: UUID, role: str) -> dict[str, Any]:
    """Return the facts with which another person confirms; raises AttestationRefused."""
    promise = PROMISES[row.promise]
    if role not in [str(each) for each in _rule_of(promise).roles]:
        raise AttestationRefused(_("This role does not attest this promise."))
    try:
        first = statements.read_attestation(
            row.promise, str(row.pk), row.text, row.signature, reading.signing_keys()
        )
    except statements.InvalidStatement:
        raise AttestationRefused(_("Nobody who may attest has signed this attestation.")) from None
    if UUID(first.by) == by:
        raise AttestationRefused(_("It takes a second person to confirm an attestation."))
    return _facts(
        promise, role=role, until=first.until, document=first.document, note="", of=str(row.pk)
    )


def record(signed: Signed) -> AttestationRow:
    """Record what somebody signed, inside `acting`; raises AttestationRefused.

    The rules are applied again: they may have changed since the statement was asked for.
    """
    acting.current()
    text, signature = statements.split(signed)
    said = _said(signed, text, signature)
    promise, first = PROMISES[said.promise], None
    if said.of:
        first = AttestationRow.objects.filter(pk=said.of, promise=promise.id, of=None).first()
        if first is None:
            raise AttestationRefused(_("The attestation is not there any more."))
        wanted = confirmation_of(first, by=UUID(said.by), role=said.role)
    else:
        wanted = statement_of(
            promise,
            role=said.role,
            until=datetime.fromisoformat(said.until),
            document=said.document,
            note=said.note,
        )
    if any(signed.facts.get(name) != fact for name, fact in wanted.items()):
        raise AttestationRefused(_("Something else was signed: open the page again."))
    action = Action.PROMISE_CONFIRM if first else Action.PROMISE_ATTEST
    pk = UUID(said.id)
    journal.record(action, subject_id=pk, promise=promise.id, hash=statements.digest(text))
    return AttestationRow.objects.create(
        id=pk,
        promise=promise.id,
        of=first,
        at=datetime.fromisoformat(said.at),
        text=text,
        signature=signature,
    )


def note_key(
    account_id: UUID, public_key: bytes, *, rp_id: str, attests: bool = True
) -> SigningKey:
    """Note a passkey that was just enrolled, inside `acting`; see `SigningKey`."""
    row = SigningKey(
        id=new_id(),
        account_id=account_id,
        key_hash=hashlib.sha256(public_key).digest(),
        rp_id=rp_id,
        attests=attests,
        at=now(),
    )
    known = statements.text_of_key(reading.known_key(row))
    journal.record(Action.PROMISE_SIGNER, subject_id=row.pk, hash=statements.digest(known))
    row.save(force_insert=True)
    return row


def note_removal(account_id: UUID, public_keys: Iterable[bytes]) -> None:
    """Note that passkeys of an account are removed, inside `acting`: they sign nothing any more."""
    hashes = [hashlib.sha256(each).digest() for each in public_keys]
    rows = SigningKey.objects.filter(account_id=account_id, removed_at=None, key_hash__in=hashes)
    for row in rows:
        row.removed_at = now()
        known = statements.text_of_removal(reading.known_key(row))
        journal.record(Action.PROMISE_SIGNER_END, subject_id=row.pk, hash=statements.digest(known))
        row.save(update_fields=["removed_at"])


def _said(signed: Signed, text: str, signature: str) -> Attestation:
    facts = signed.facts
    name, pk = str(facts.get("promise")), str(facts.get("id"))
    if name not in PROMISES:
        raise AttestationRefused(_("There is no such promise any more."))
    try:
        return statements.read_attestation(name, pk, text, signature, reading.signing_keys())
    except statements.InvalidStatement:
        sentence = _("This passkey may not sign attestations: enrol it with a staff link.")
        raise AttestationRefused(sentence) from None


def _rule_of(promise: Promise) -> AttestationRule:
    if promise.attested_by is None:
        raise AttestationRefused(_("This promise is measured; nobody can attest it."))
    return promise.attested_by


def _facts(  # noqa: PLR0913  the members of a statement, all by name
    promise: Promise, *, role: str, until: str, document: str, note: str, of: str = ""
) -> dict[str, Any]:
    return {
        "kind": KIND,
        "promise": promise.id,
        "role": role,
        "until": until,
        "document": document,
        "note": note,
        "of": of,
    }
