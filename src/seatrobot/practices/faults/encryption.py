"""Faults of encryption: data in clear in storage or on the wire."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from uuid import UUID

import msgspec

from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.practices.checks import canaries, searching
from seatrobot.practices.faults.declaring import Instance, fault
from seatrobot.practices.models import Probe

SEAL = SealedField.seal_record
TEXT = (
    r"'\x01' || convert_to(repeat('Congress Dinner ', 4), 'UTF8')"
    " || substr(sealed, octet_length(sealed))"
)
"""In the form that the database asks for: a first byte, and the version of the record last."""


@fault("encryption.rest", "switch sealing off for a column")
def unsealed(instance: Instance) -> Iterator[None]:
    """Afterwards other words are searched for: these stay in the files."""
    with instance.patched(
        "seatrobot.kernel.vault.fields.SealedField.seal_record", _guests_in_clear
    ):
        yield
    canaries.series = secrets.token_hex(8)


@fault("encryption.rest", "write a record in clear as superuser")
def record_in_clear(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE TEMP TABLE sealed_before AS SELECT id, sealed FROM events_event;"
        f" UPDATE events_event SET sealed = {TEXT}",
        "UPDATE events_event e SET sealed = b.sealed FROM sealed_before b WHERE e.id = b.id;"
        " DROP TABLE sealed_before",
    ):
        yield


@fault("encryption.rest", "a record that no keys of ours sealed")
def sealed_by_nobody(instance: Instance) -> Iterator[None]:
    noise = r"'\x01' || sha256('1') || sha256('2') || substr(sealed, octet_length(sealed))"
    with instance.changed(
        "CREATE TEMP TABLE sealed_before AS SELECT id, sealed FROM events_event;"
        f" UPDATE events_event SET sealed = {noise}",
        "UPDATE events_event e SET sealed = b.sealed FROM sealed_before b WHERE e.id = b.id;"
        " DROP TABLE sealed_before",
    ):
        yield


@fault("encryption.rest", "an organization whose keys are lost")
def keys_lost(instance: Instance) -> Iterator[None]:
    with acting(ACTOR):
        probe = Probe.objects.get().organization_id
    keyring = next(
        file
        for file in (instance.data / "keystore").glob("*.keyring")
        if UUID(file.stem) not in {PLATFORM, probe}
    )
    aside = keyring.rename(instance.data.parent / keyring.name)
    try:
        yield
    finally:
        aside.rename(keyring)


@fault("encryption.rest", "a canary in a log file")
def canary_in_log(_instance: Instance) -> Iterator[None]:
    cluster = searching.cluster()
    assert cluster is not None
    log = cluster / "log" / "seeded.log"
    log.write_text(f"LOG: a guest called {canaries.word('name', now().date())}\n")
    try:
        yield
    finally:
        log.unlink()


@fault("encryption.rest", "switch sealing off in the web server alone")
def web_unsealed(instance: Instance) -> Iterator[None]:
    """Afterwards other words are searched for, as above."""
    clear = (
        "(lambda before: lambda self, pk, organization_id, record:"
        " b'\\x01' + msgspec.msgpack.encode(record) + b' ' * 500"
        " if self.model._meta.db_table == 'guests_guest'"
        " else before(self, pk, organization_id, record))(SealedField.seal_record)"
    )
    with instance.patched_web("seatrobot.kernel.vault.fields.SealedField.seal_record", clear):
        yield
    canaries.series = secrets.token_hex(8)


@fault("encryption.rest", "a web server that writes what is searched for to its terminal")
def web_says(instance: Instance) -> Iterator[None]:
    """Afterwards other words are searched for, as above."""
    says = (
        "(lambda before: lambda meta, proxies:"
        " (print(meta.get('QUERY_STRING'), flush=True), before(meta, proxies))[1])(client_address)"
    )
    with instance.patched_web("seatrobot.web.addresses.client_address", says):
        yield
    canaries.series = secrets.token_hex(8)


@fault("encryption.rest", "a canary in a table of another schema")
def canary_in_schema(instance: Instance) -> Iterator[None]:
    """Afterwards other words are searched for, as above."""
    word = canaries.word("note", now().date())
    with instance.changed(
        "CREATE SCHEMA backup; GRANT USAGE ON SCHEMA backup TO PUBLIC;"
        f" CREATE TABLE backup.names AS SELECT '{word}' AS name;"
        " GRANT SELECT ON backup.names TO PUBLIC",
        "DROP SCHEMA backup CASCADE",
    ):
        yield
    canaries.series = secrets.token_hex(8)


@fault("encryption.rest", "a canary in the queue")
def canary_in_queue(instance: Instance) -> Iterator[None]:
    """Afterwards other words are searched for, as above."""
    word = canaries.word("note", now().date())
    with instance.changed(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args)"
        f" VALUES ('seeded', 'seeded', 'succeeded', '{{\"note\": \"{word}\"}}')",
        "DELETE FROM procrastinate_jobs WHERE queue_name = 'seeded'",
    ):
        yield
    canaries.series = secrets.token_hex(8)


@fault("encryption.transit", "let the certificate expire")
def expired(instance: Instance) -> Iterator[None]:
    with instance.with_certificate(days=-1):
        yield


@fault("encryption.transit", "answers that do not keep browsers on TLS")
def not_strict(instance: Instance) -> Iterator[None]:
    with instance.patched_web(
        "django.middleware.security.SecurityMiddleware.process_response",
        "lambda self, request, response: response",
    ):
        yield


def _guests_in_clear(
    self: SealedField[msgspec.Struct], pk: UUID, organization_id: UUID, record: msgspec.Struct
) -> bytes:
    if self.model._meta.db_table != "guests_guest":
        return SEAL(self, pk, organization_id, record)
    return b"\x01" + msgspec.msgpack.encode(record) + b" " * 500
