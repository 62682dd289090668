"""Faults of attestations: changed or forged.

They are seeded into a promise that people attest, as long as there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import UUID

from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises import attesting, statements
from seatrobot.kernel.promises.declaring import PROMISES
from seatrobot.kernel.promises.status import State
from seatrobot.kernel.signed import Signed
from seatrobot.practices.faults.declaring import Instance, Seed, by_reading, fault
from seatrobot.practices.faults.passkey import SoftPasskey

ATTESTED = next((row.id for row in PROMISES.values() if row.attested_by), "")
"""A promise that people attest; "" where every promise is measured."""


def on_attested(name: str) -> Callable[[Seed], Seed]:
    """Declare a fault of that promise, and of none where there is none."""
    if not ATTESTED:
        return lambda seed: seed
    return fault(ATTESTED, name, expected=State.UNPROVEN, observe=by_reading)


def attest(*people: UUID) -> None:
    """Have people attest that promise, as many as it takes."""
    if not ATTESTED:
        return
    promise = PROMISES[ATTESTED]
    assert promise.attested_by is not None
    role, until = str(promise.attested_by.roles[0]), now() + timedelta(days=30)
    with acting(Actor.system("faults")):
        stated = attesting.statement_of(promise, role=role, until=until)
        row = attesting.record(SoftPasskey(people[0]).enrol().sign(stated))
        for other in people[1 : promise.attested_by.people]:
            confirmed = attesting.confirmation_of(row, by=other, role=role)
            attesting.record(SoftPasskey(other).enrol().sign(confirmed))


@on_attested("change an attestation")
def changed(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE TEMP TABLE before AS SELECT id, text FROM promises_attestation;"
        ' UPDATE promises_attestation SET text = replace(text, \'"until":"2\', \'"until":"3\')',
        "UPDATE promises_attestation a SET text = b.text FROM before b WHERE a.id = b.id;"
        " DROP TABLE before",
    ):
        yield


@on_attested("an attestation by a passkey that nobody has enrolled")
def by_a_strange_passkey(instance: Instance) -> Iterator[None]:
    with _inserted(instance, *statements.split(_signed_by_nobody())):
        yield


@on_attested("an attestation signed with the key of the web")
def by_the_web(instance: Instance) -> Iterator[None]:
    text = _signed_by_nobody().text
    with _inserted(instance, text, signing.sign_bytes(text.encode())):
        yield


def _signed_by_nobody() -> Signed:
    promise = PROMISES[ATTESTED]
    assert promise.attested_by is not None
    role, until = str(promise.attested_by.roles[0]), now() + timedelta(days=30)
    return SoftPasskey().sign(attesting.statement_of(promise, role=role, until=until))


def _inserted(instance: Instance, text: str, signature: str) -> AbstractContextManager[None]:
    pk = Signed(text, "", b"", "", "").facts["id"]
    return instance.changed(
        "INSERT INTO promises_attestation (id, promise, at, text, signature) VALUES"
        f" ('{pk}', '{ATTESTED}', now(), $seeded${text}$seeded$, $seeded${signature}$seeded$)",
        f"DELETE FROM promises_attestation WHERE id = '{pk}'",
    )
