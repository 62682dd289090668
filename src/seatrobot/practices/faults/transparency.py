"""Faults of transparency: a wrong contact file, rewritten evidence."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress

from msgspec.structs import replace

from seatrobot.kernel.heads import memory, services
from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises import reading
from seatrobot.kernel.promises.status import State
from seatrobot.practices.faults.declaring import Instance, by_reading, fault

LAST = "number = (SELECT max(number) FROM promises_evidence)"
LAST_OF_ONE = (
    "number = (SELECT max(number) FROM promises_evidence WHERE promise = 'access.visible')"
)
LAST_CHANGE = "number = (SELECT max(number) FROM promises_change)"
REWRITE = """
    CREATE TEMP TABLE written AS SELECT number, text FROM promises_evidence WHERE {0};
    UPDATE promises_evidence SET text = replace(text, '"took"', '"Took"') WHERE {0}
"""
RESTORE = """
    UPDATE promises_evidence e SET text = w.text FROM written w WHERE e.number = w.number;
    DROP TABLE written
"""


SIGNED = "seatrobot.practices.contact.security_txt._signed"
EXPIRED = "Contact: mailto:security@seatrobot.test\\nExpires: 2020-02-20T00:00:00Z\\n"
FOREIGN = "openpgp.sign('x').replace('x', 'Contact: mailto:mallory@seatrobot.test', 1)"


@fault("transparency.contact", "a contact file that has expired")
def contact_expired(instance: Instance) -> Iterator[None]:
    with instance.patched_web(SIGNED, f"lambda *facts: openpgp.sign('{EXPIRED}')"):
        yield


@fault("transparency.contact", "a contact file that somebody else has changed")
def contact_changed(instance: Instance) -> Iterator[None]:
    with instance.patched_web(SIGNED, f"lambda *facts: {FOREIGN}"):
        yield


@fault("transparency.contact", "the web server is down")
def contact_unreachable(instance: Instance) -> Iterator[None]:
    with instance.without("web"):
        yield


@fault("transparency.evidence", "rewrite evidence")
def rewritten(instance: Instance) -> Iterator[None]:
    with instance.changed(REWRITE.format(LAST), RESTORE):
        yield


@fault("access.visible", "rewrite its evidence", expected=State.UNPROVEN, observe=by_reading)
def rewritten_of_one(instance: Instance) -> Iterator[None]:
    with instance.changed(REWRITE.format(LAST_OF_ONE), RESTORE):
        yield


@fault(
    "access.visible",
    "evidence signed with the key of the web",
    expected=State.UNPROVEN,
    observe=by_reading,
)
def signed_by_the_web(instance: Instance) -> Iterator[None]:
    text = reading.latest_evidence(["access.visible"])[0].text
    forged = signing.sign_bytes(text.encode())
    with instance.changed(
        f"CREATE TEMP TABLE signed AS SELECT number, signature FROM promises_evidence"
        f" WHERE {LAST_OF_ONE};"
        f" UPDATE promises_evidence SET signature = '{forged}' WHERE {LAST_OF_ONE}",
        "UPDATE promises_evidence e SET signature = s.signature FROM signed s"
        " WHERE e.number = s.number; DROP TABLE signed",
    ):
        yield


@fault("transparency.evidence", "let the role of the web insert evidence")
def inserted_by_the_web(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "GRANT INSERT ON promises_evidence TO seatrobot_app",
        "REVOKE INSERT ON promises_evidence FROM seatrobot_app",
    ):
        yield


@fault("transparency.evidence", "somebody else who may become the role that inserts evidence")
def another_recorder(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE ROLE eve LOGIN; GRANT seatrobot_recorder TO eve", "DROP ROLE eve"
    ):
        yield


@fault("transparency.evidence", "take evidence away")
def taken_away(instance: Instance) -> Iterator[None]:
    with instance.changed(
        f"CREATE TEMP TABLE taken AS SELECT * FROM promises_evidence WHERE {LAST};"
        f" DELETE FROM promises_evidence WHERE {LAST}",
        "INSERT INTO promises_evidence OVERRIDING SYSTEM VALUE SELECT * FROM taken;"
        " DROP TABLE taken",
    ):
        yield


@fault("transparency.evidence", "a trigger that swallows news of changes")
def news_swallowed(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE FUNCTION seeded() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        " CREATE TRIGGER mute BEFORE INSERT ON subscribing_untold FOR EACH ROW"
        " EXECUTE FUNCTION seeded()",
        "DROP FUNCTION seeded() CASCADE",
    ):
        yield


@fault("transparency.evidence", "rewrite a day of a strip")
def day_rewritten(instance: Instance) -> Iterator[None]:
    one = (
        "UPDATE promises_day SET failed = NOT failed WHERE id = (SELECT min(id) FROM promises_day)"
    )
    with instance.changed(one, one):
        yield


@fault("transparency.evidence", "take a change of state away")
def change_taken_away(instance: Instance) -> Iterator[None]:
    with instance.changed(
        f"CREATE TEMP TABLE noted AS SELECT * FROM promises_change WHERE {LAST_CHANGE};"
        f" DELETE FROM promises_change WHERE {LAST_CHANGE}",
        "INSERT INTO promises_change SELECT * FROM noted; DROP TABLE noted",
    ):
        yield


@fault("transparency.evidence", "number older evidence as the newest, to hide what is found")
def pinned(instance: Instance) -> Iterator[None]:
    pin = "UPDATE promises_evidence SET number = number {0} 1000000 WHERE number = {1}"
    last = "(SELECT max(number) FROM promises_evidence WHERE promise = 'transparency.evidence')"
    with (
        instance.changed(pin.format("+", last), pin.format("-", last)),
        instance.changed(
            f"CREATE TEMP TABLE hidden AS SELECT * FROM promises_change WHERE {LAST_CHANGE};"
            f" DELETE FROM promises_change WHERE {LAST_CHANGE}",
            "INSERT INTO promises_change SELECT * FROM hidden; DROP TABLE hidden",
        ),
    ):
        yield


@fault("transparency.evidence", "give a change of state another reason")
def other_reason(instance: Instance) -> Iterator[None]:
    first = "number = (SELECT min(number) FROM promises_change)"
    with instance.changed(
        f"CREATE TEMP TABLE reasoned AS SELECT id, reason FROM promises_change WHERE {first};"
        f" UPDATE promises_change SET reason = 'Planned maintenance.' WHERE {first}",
        "UPDATE promises_change c SET reason = r.reason FROM reasoned r WHERE c.id = r.id;"
        " DROP TABLE reasoned",
    ):
        yield


@fault("transparency.evidence", "say that a promise was kept until just now")
def kept_until_now(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE TEMP TABLE kept_until AS SELECT id, kept_at FROM promises_day;"
        " UPDATE promises_day SET kept_at = now()",
        "UPDATE promises_day d SET kept_at = k.kept_at FROM kept_until k WHERE d.id = k.id;"
        " DROP TABLE kept_until",
    ):
        yield


@fault("transparency.evidence", "slip in a passkey that may attest")
def passkey_slipped_in(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "INSERT INTO promises_signing_key (id, account_id, key_hash, at)"
        " VALUES (gen_random_uuid(), gen_random_uuid(), sha256('seeded'), now())",
        "DELETE FROM promises_signing_key WHERE key_hash = sha256('seeded')",
    ):
        yield


@fault("transparency.evidence", "forge an attestation")
def forged(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "INSERT INTO promises_attestation (id, promise, at, text, signature) VALUES"
        " (gen_random_uuid(), 'compliance.providers', now(), '{}', 'mine')",
        "DELETE FROM promises_attestation WHERE signature = 'mine'",
    ):
        yield


ANSWERS = "seatrobot.kernel.heads.memory.answers"
PLAYED_BACK = """
    CREATE TEMP TABLE newer AS SELECT * FROM heads_head
        WHERE number = (SELECT max(number) FROM heads_head);
    DELETE FROM heads_head WHERE number IN (SELECT number FROM newer)
"""
PLAYED_ON = """
    DELETE FROM heads_head WHERE number IN (SELECT number FROM newer);
    INSERT INTO heads_head SELECT * FROM newer; DROP TABLE newer
"""
OTHER_ROOTS = """
    CREATE TEMP TABLE whole AS SELECT total, root FROM journal_checkpoint c JOIN (
        SELECT stream, max(size) AS size FROM journal_checkpoint GROUP BY 1
    ) newest USING (stream, size);
    UPDATE journal_checkpoint SET root = sha256(root)
        WHERE total IN (SELECT total FROM whole)
"""
TRUE_ROOTS = """
    UPDATE journal_checkpoint c SET root = whole.root FROM whole WHERE c.total = whole.total;
    DROP TABLE whole
"""


@fault("transparency.memory", "play back a dump of the heads")
def heads_played_back(instance: Instance) -> Iterator[None]:
    with instance.changed(PLAYED_BACK, PLAYED_ON):
        yield


@fault("transparency.memory", "give journals other roots")
def other_roots(instance: Instance) -> Iterator[None]:
    with instance.changed(OTHER_ROOTS, TRUE_ROOTS):
        yield


LEFT_OUT = """
    CREATE TEMP TABLE left_out AS SELECT * FROM heads_stream
        WHERE id <> '00000000-0000-0000-0000-000000000000' ORDER BY id LIMIT 1;
    DELETE FROM heads_stream WHERE id IN (SELECT id FROM left_out)
"""
PUT_BACK = """
    INSERT INTO heads_stream SELECT * FROM left_out ON CONFLICT DO NOTHING; DROP TABLE left_out
"""


@fault("transparency.memory", "leave a journal out of the next head")
def journal_left_out(instance: Instance) -> Iterator[None]:
    with instance.changed(LEFT_OUT, PUT_BACK):
        with suppress(services.Forgotten):  # as the job of each minute does
            services.publish()
        yield


@fault("transparency.memory", "take the memory outside the database away")
def memory_gone(instance: Instance) -> Iterator[None]:
    place, aside = instance.data / "heads", instance.data / "heads.aside"
    place.rename(aside)
    try:
        yield
    finally:
        shutil.rmtree(place, ignore_errors=True)
        aside.rename(place)


@fault("transparency.witness", "a signature of a witness that is not its own")
def forged_cosignature(instance: Instance) -> Iterator[None]:
    found = memory.answers()
    forged = {
        name: replace(each, line=each.line.replace("— ", "— x")) for name, each in found.items()
    }
    with instance.patched(ANSWERS, lambda: forged):
        yield


@fault("transparency.witness", "a witness that has seen another past")
def another_past(instance: Instance) -> Iterator[None]:
    refused = {name: replace(each, refused=True) for name, each in memory.answers().items()}
    with instance.patched(ANSWERS, lambda: refused):
        yield


CONFIRMED = (
    "(SELECT max(id::text)::uuid FROM journal_entry"
    " WHERE organization_id IS NULL AND action = 'promise:evidence:record')"
)
"""An entry that is then one of a subscription of which there is no row."""
PUT_OFF = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, scheduled_at)
    VALUES ('default', 'faults.none', 'faults.none', '2099-01-01')
"""
FAILED = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, status)
    VALUES ('default', 'subscribing.mail', 'failed');
    INSERT INTO procrastinate_events (job_id, type)
    SELECT id, 'failed' FROM procrastinate_jobs WHERE task_name = 'subscribing.mail'
"""
UNTOLD = """
    CREATE TEMP TABLE aged AS SELECT id, at FROM promises_change ORDER BY number LIMIT 1;
    UPDATE promises_change SET at = now() - interval '1 hour' WHERE id IN (SELECT id FROM aged);
    INSERT INTO subscribing_untold SELECT id FROM aged
"""
TOLD = """
    DELETE FROM subscribing_untold WHERE change_id IN (SELECT id FROM aged);
    UPDATE promises_change c SET at = aged.at FROM aged WHERE aged.id = c.id; DROP TABLE aged
"""
DROP_JOBS = """
    DELETE FROM procrastinate_events WHERE job_id IN (
        SELECT id FROM procrastinate_jobs WHERE task_name = '{0}');
    DELETE FROM procrastinate_jobs WHERE task_name = '{0}'
"""


@fault("transparency.notices", "put a periodic job off for decades")
def put_off(instance: Instance) -> Iterator[None]:
    with instance.changed(PUT_OFF, DROP_JOBS.format("faults.none")):
        yield


@fault("transparency.notices", "mail about changes that failed for good")
def mail_failed(instance: Instance) -> Iterator[None]:
    with instance.changed(FAILED, DROP_JOBS.format("subscribing.mail")):
        yield


@fault("transparency.notices", "a regular mail that stays away")
def not_told_alive(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "INSERT INTO subscribing_subscriber"
        " (id, address_index, sealed, sections, alive, alive_at, confirmed_at)"
        " VALUES (gen_random_uuid(), sha256('seeded'), '\\x01' || sha512(gen_random_uuid()::text"
        "::bytea), '{}', 'daily', now() - interval '3 days', now() - interval '9 days')",
        "DELETE FROM subscribing_subscriber WHERE address_index = sha256('seeded')",
    ):
        yield


@fault("transparency.notices", "changes that nobody is told")
def untold(instance: Instance) -> Iterator[None]:
    with instance.changed(UNTOLD, TOLD):
        yield


@fault("transparency.notices", "a subscriber who is taken away")
def subscriber_gone(instance: Instance) -> Iterator[None]:
    with instance.changed(
        f"CREATE TEMP TABLE had AS SELECT id, action FROM journal_entry WHERE id = {CONFIRMED};"
        " UPDATE journal_entry SET action = 'promise:subscription:confirm'"
        " WHERE id IN (SELECT id FROM had)",
        "UPDATE journal_entry e SET action = had.action FROM had WHERE e.id = had.id;"
        " DROP TABLE had",
    ):
        yield
