"""Faults of compliance: numbers of cards that are kept, attestations changed or forged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import UUID

from seatrobot.contacts.models import Contact, ContactRecord
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises import attesting, statements
from seatrobot.kernel.promises.declaring import PROMISES
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.promises.status import State
from seatrobot.kernel.signed import Signed
from seatrobot.practices.checks.compliance import TEST_CARDS, present_slice
from seatrobot.practices.faults.declaring import Instance, by_reading, fault
from seatrobot.practices.faults.passkey import SoftPasskey

PROVIDERS = "compliance.providers"


@fault("compliance.providers", "change an attestation", expected=State.UNPROVEN, observe=by_reading)
def changed(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE TEMP TABLE before AS SELECT id, text FROM promises_attestation;"
        ' UPDATE promises_attestation SET text = replace(text, \'"until":"2\', \'"until":"3\')',
        "UPDATE promises_attestation a SET text = b.text FROM before b WHERE a.id = b.id;"
        " DROP TABLE before",
    ):
        yield


@fault(
    "compliance.providers",
    "an attestation by a passkey that nobody has enrolled",
    expected=State.UNPROVEN,
    observe=by_reading,
)
def by_a_strange_passkey(instance: Instance) -> Iterator[None]:
    with _inserted(instance, *statements.split(_signed_by_nobody())):
        yield


@fault(
    "compliance.providers",
    "an attestation signed with the key of the web",
    expected=State.UNPROVEN,
    observe=by_reading,
)
def by_the_web(instance: Instance) -> Iterator[None]:
    text = _signed_by_nobody().text
    with _inserted(instance, text, signing.sign_bytes(text.encode())):
        yield


def _signed_by_nobody() -> Signed:
    promise = PROMISES[PROVIDERS]
    assert promise.attested_by is not None
    role, until = str(promise.attested_by.roles[0]), now() + timedelta(days=30)
    return SoftPasskey().sign(attesting.statement_of(promise, role=role, until=until))


def _inserted(instance: Instance, text: str, signature: str) -> AbstractContextManager[None]:
    pk = Signed(text, "", b"", "", "").facts["id"]
    return instance.changed(
        "INSERT INTO promises_attestation (id, promise, at, text, signature) VALUES"
        f" ('{pk}', '{PROVIDERS}', now(), $seeded${text}$seeded$, $seeded${signature}$seeded$)",
        f"DELETE FROM promises_attestation WHERE id = '{pk}'",
    )


CARDS = "compliance.cards"


@fault(CARDS, "a web server that looks for no numbers of cards")
def not_looked_for(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.kernel.cards.find", "lambda text: []"):
        yield


@fault(CARDS, "a finder that knows only digits written together")
def spaces_unknown(instance: Instance) -> Iterator[None]:
    with instance.patched_web(
        "seatrobot.kernel.cards._is_grouped", "lambda sizes: len(sizes) == 1"
    ):
        yield


@fault(CARDS, "lines of the log that are not cut")
def not_cut(instance: Instance) -> Iterator[None]:
    with instance.patched("seatrobot.kernel.cards.scrubbed", str):
        yield


@fault(CARDS, "a number that was written past every form")
def written_past(instance: Instance) -> Iterator[None]:
    key = UUID(str(new_id())[:-1] + present_slice())
    organization_id = _some_organization()
    with (
        instance.patched("seatrobot.kernel.cards.refuse_record", lambda *_: None),
        acting(ACTOR, organization_id),
    ):
        Contact.objects.create(
            pk=key,
            organization_id=organization_id,
            sealed=ContactRecord(last_name="Seeded", notes=f"Paid with {TEST_CARDS[0]}"),
            created_at=now(),
            changed_at=now(),
        )
    try:
        yield
    finally:
        with acting(ACTOR, organization_id):
            Contact.objects.filter(pk=key).delete()


def _some_organization() -> UUID:
    with examining() as examiner:
        row = examiner.execute("SELECT id FROM organizations_organization LIMIT 1").fetchone()
    assert row is not None
    return UUID(str(row[0]))
