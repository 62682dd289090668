"""Faults of encryption: data in clear in storage or on the wire."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import msgspec

from seatrobot.events.models import Event
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import editing
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import PLATFORM, new_id
from seatrobot.kernel.principals import Operator
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.promises.status import State
from seatrobot.kernel.vault import resealing
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.keyring import SEALING, KeyClass, Keyring
from seatrobot.practices.checks import canaries, sealing, searching
from seatrobot.practices.faults import keys
from seatrobot.practices.faults.declaring import Instance, fault
from seatrobot.practices.models import Probe

ELSEWHERE = (keys.foreign,)
"""Faults of keys are in a module of their own."""
SEAL, RESEAL = SealedField.seal_record, vault.reseal
TEXT = (
    r"'\x01' || convert_to(repeat('Congress Dinner ', 4), 'UTF8')"
    " || substr(sealed, octet_length(sealed))"
)
"""In the form that the database asks for: a first byte, and the version of the record last."""


QUEUED = (
    "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args)"
    " VALUES ('seeded', 'seeded', 'succeeded', jsonb_build_object('note', '{}'))"
)
UNQUEUED = "DELETE FROM procrastinate_jobs WHERE queue_name = 'seeded'"


@contextmanager
def somebody() -> Iterator[str]:
    """Have an organization know a guest; yields their name, which stays in files afterwards."""
    record = GuestRecord(first_name="Maria", last_name=f"R{secrets.token_hex(6)}")
    with acting(ACTOR):
        probe = Probe.objects.get()
        known = {probe.organization_id, probe.foreign_organization_id}
    with examining() as examiner:
        ids = [row[0] for row in examiner.execute(sealing.KNOWN)]
    actor = Operator(actor=ACTOR, organization_id=next(each for each in ids if each not in known))
    with acting(ACTOR, actor.organization_id):
        event = Event.objects.get()
        guest = editing.add(actor=actor, event=event, record=record)
    try:
        yield record.plain_name
    finally:
        with acting(ACTOR, actor.organization_id):
            guest.delete()


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
    with instance.changed(QUEUED.format(word), UNQUEUED):
        yield
    canaries.series = secrets.token_hex(8)


@fault("encryption.rest", "a canary in base64 in the queue")
def canary_in_disguise(instance: Instance) -> Iterator[None]:
    """Afterwards other words are searched for, as above."""
    word = base64.b64encode(f"x{canaries.word('note', now().date())}".encode()).decode()
    with instance.changed(QUEUED.format(word), UNQUEUED):
        yield
    canaries.series = secrets.token_hex(8)


@fault("encryption.rest", "names of guests in clear in the queue")
def names_in_queue(instance: Instance) -> Iterator[None]:
    with somebody() as name, instance.changed(QUEUED.format(name), UNQUEUED):
        yield


@fault("encryption.rest", "names of guests in base64 in a file of the service")
def names_in_file(instance: Instance) -> Iterator[None]:
    file = instance.data / "mail" / f"{new_id()}.sealed"
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.touch(mode=0o600)
    try:
        with somebody() as name:
            file.write_bytes(base64.encodebytes(f"a guest called {name}".encode()))
            yield
    finally:
        file.unlink()


@fault("encryption.agility", "a key past its date of rotation")
def old_key(_instance: Instance) -> Iterator[None]:
    with _keyring_of_somebody(lambda known: Keyring(known._keysets, _made_long_ago(known))):  # noqa: SLF001  as if time had passed
        yield


@fault("encryption.agility", "a key of an algorithm that the policy does not name")
def weak_key(_instance: Instance) -> Iterator[None]:
    """Add it beside the others: nothing is sealed under it, so nothing is lost with it."""

    def with_weak(known: Keyring) -> Keyring:
        weak = known.rotated({SEALING: "AES128_GCM"})._keysets[SEALING]["key"]  # noqa: SLF001  our own keyring, made weaker
        strong = known._keysets[SEALING]  # noqa: SLF001  see above
        keysets = known._keysets | {SEALING: strong | {"key": weak}}  # noqa: SLF001  see above
        return Keyring(keysets, known._made)  # noqa: SLF001  see above

    with _keyring_of_somebody(with_weak):
        yield


@fault("encryption.agility", "a column of which nobody has said why it is in clear")
def new_column(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "ALTER TABLE guests_guest ADD COLUMN nickname text",
        "ALTER TABLE guests_guest DROP COLUMN nickname",
    ):
        yield


@fault("encryption.agility", "passwords hashed more cheaply than the policy asks for")
def cheap_password(instance: Instance) -> Iterator[None]:
    cheap = "'argon2$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$' || right(password, 43)"
    with instance.changed(
        "CREATE TEMP TABLE passwords_before AS SELECT id, password FROM accounts_account;"
        f" UPDATE accounts_account SET password = {cheap} WHERE password !~ '^!'",
        "UPDATE accounts_account a SET password = b.password FROM passwords_before b"
        " WHERE a.id = b.id; DROP TABLE passwords_before",
    ):
        yield


@fault("encryption.agility", "a sealed value that names no key of its owner")
def strange_key(instance: Instance) -> Iterator[None]:
    named = r"'\x01deadbeef' || substr(sealed, 6)"
    with instance.changed(
        "CREATE TEMP TABLE sealed_before AS SELECT id, sealed FROM events_event;"
        f" UPDATE events_event SET sealed = {named}",
        "UPDATE events_event e SET sealed = b.sealed FROM sealed_before b WHERE e.id = b.id;"
        " DROP TABLE sealed_before",
    ):
        yield


@fault("encryption.agility", "a change of keys that forgets a table")
def forgetful(instance: Instance) -> Iterator[None]:
    some = [each for each in resealing.fields() if each.model._meta.db_table != "guests_guest"]
    with instance.patched("seatrobot.kernel.vault.resealing.fields", lambda: some):
        yield


@fault("encryption.agility", "a change of keys that loses what it seals anew")
def lossy(instance: Instance) -> Iterator[None]:
    with instance.patched("seatrobot.kernel.vault.services.reseal", _losing_answers):
        yield


@fault("encryption.agility", "old keys that stay open")
def never_closed(instance: Instance) -> Iterator[None]:
    with instance.patched("seatrobot.kernel.vault.keyring.Keyring.retired", _unchanged):
        yield


@fault("encryption.agility", "an older key that is never closed")
def never_retired(_instance: Instance) -> Iterator[None]:
    """Add one in whose place another seals since more than a month."""

    def with_older(known: Keyring) -> Keyring:
        both = known.rotated({SEALING: "AES256_GCM"})
        made = {purpose: dict(dates) for purpose, dates in both._made.items()}  # noqa: SLF001  as if time had passed
        made[SEALING] = dict.fromkeys(made[SEALING], (now() - timedelta(days=60)).isoformat())
        return Keyring(both._keysets, made)  # noqa: SLF001  see above

    with _keyring_of_somebody(with_older):
        yield


@fault(
    "encryption.agility", "a policy that asks for less than the package's", expected=State.UNPROVEN
)
def weaker_policy(instance: Instance) -> Iterator[None]:
    file = instance.data / "profile" / "cryptography.toml"
    file.write_text("[purposes.sealing]\nrotate_after_days = 36500\n")
    try:
        yield
    finally:
        file.unlink()


@fault("encryption.agility", "a policy that nobody can read", expected=State.UNPROVEN)
def unreadable_policy(instance: Instance) -> Iterator[None]:
    file = instance.data / "profile" / "cryptography.toml"
    file.write_text('[purposes.sealing]\nalgorithm = "ROT13"\n')
    try:
        yield
    finally:
        file.unlink()


@fault("encryption.transit", "let the certificate expire")
def expired(instance: Instance) -> Iterator[None]:
    with instance.with_certificate(days=-1):
        yield


@fault("encryption.transit", "a new certificate of which only half was written")
def half(instance: Instance) -> Iterator[None]:
    with instance.with_half_a_certificate():
        yield


@fault("encryption.transit", "a web server that takes an older protocol than the profile has")
def older(instance: Instance) -> Iterator[None]:
    oldest = "{'modern': 'tls1.2', 'compatible': 'tls1.2'}"
    with instance.started_web("seatrobot.runtime.serving.OLDEST", oldest):
        yield


@fault("encryption.transit", "connections to others that offer more than the profile has")
def wider(instance: Instance) -> Iterator[None]:
    with instance.patched("seatrobot.kernel.tls.narrowed", lambda context: context):
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


@contextmanager
def _keyring_of_somebody(change: Callable[[Keyring], Keyring]) -> Iterator[None]:
    """Change the keyring of an organization that is not the probe's, and put it back."""
    with acting(ACTOR):
        probe = Probe.objects.get()
    ours = {probe.organization_id, probe.foreign_organization_id}
    somebody = next(each for each in vault.organizations() if each not in ours)
    before: list[Keyring] = []

    def keeping(keyring: Keyring) -> Keyring:
        before.append(keyring)
        return change(keyring)

    vault.change_keyring(somebody, keeping)
    try:
        yield
    finally:
        vault.change_keyring(somebody, lambda _changed: before[0])


def _made_long_ago(known: Keyring) -> dict[str, dict[str, str]]:
    past = (now() - timedelta(days=400)).isoformat()
    return {key.purpose: {str(key.id): past} for key in known.describe() if key.is_primary}


def _losing_answers(
    organization_id: UUID,
    values: Iterable[tuple[bytes, bytes]],
    key_class: KeyClass | None = None,
) -> list[bytes | None]:
    """Seal empty records in place of special answers."""
    if key_class is not KeyClass.SPECIAL:
        return RESEAL(organization_id, values, key_class)
    return [vault.seal(organization_id, b"\x80", place, key_class) for _sealed, place in values]


def _unchanged(self: Keyring, _keys: object) -> Keyring:
    return self
