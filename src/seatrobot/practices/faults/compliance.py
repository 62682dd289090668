"""Faults of compliance: attestations that are changed or forged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises import attesting, statements
from seatrobot.kernel.promises.declaring import PROMISES
from seatrobot.kernel.promises.status import State
from seatrobot.kernel.signed import Signed
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
