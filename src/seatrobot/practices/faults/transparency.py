"""Faults of transparency: a wrong contact file, rewritten evidence."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.heads import cosigning, memory, services
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises import reading
from seatrobot.kernel.promises.models import Change
from seatrobot.kernel.promises.status import State
from seatrobot.kernel.vault import services as vault
from seatrobot.practices.faults.declaring import Instance, by_reading, fault
from seatrobot.practices.feature import Action

FAULTS = Actor.system("faults")
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


@fault("transparency.evidence", "pages that show every promise as kept")
def all_shown_as_kept(instance: Instance) -> Iterator[None]:
    shown = (
        "(lambda before: lambda *said: HttpResponse("
        "before(*said).content.replace(b'Unproven', b'Kept')))(render)"
    )
    with instance.patched_web("seatrobot.practices.page.views.render", shown):
        yield


@fault("transparency.evidence", "a document that says kept of every promise, and is signed")
def all_written_as_kept(instance: Instance) -> Iterator[None]:
    written = (
        "(lambda before: lambda value, **how:"
        " before(value, **how).replace(b'unproven', b'kept'))(encode)"
    )
    with instance.patched_web("msgspec.json.encode", written):
        yield


@fault("transparency.evidence", "a sentence that the web server words otherwise, and signs")
def worded_otherwise(instance: Instance) -> Iterator[None]:
    worded = (
        "(lambda before: lambda *of:"
        " msgspec.structs.replace(before(*of), sentence='Certified.'))(_row)"
    )
    with instance.patched_web("seatrobot.practices.formats.json_document._row", worded):
        yield


@fault("transparency.evidence", "badges that are green whatever is measured")
def green_badges(instance: Instance) -> Iterator[None]:
    green = "dict.fromkeys(State, GREEN)"
    with instance.patched_web("seatrobot.practices.formats.badge.COLOURS", green):
        yield


@fault("transparency.evidence", "a feed without any change")
def feed_emptied(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.practices.formats.feed.entries", "lambda snapshot: []"):
        yield


@fault("transparency.evidence", "the page of one promise without its evidence")
def history_hidden(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.practices.page.history._evidence", "lambda *_: []"):
        yield


@fault("transparency.evidence", "a line on the page that nobody signed")
def advertised(instance: Instance) -> Iterator[None]:
    lead = "property(lambda self: 'Certified by everybody.')"
    with instance.patched_web("seatrobot.practices.page.summary.Summary.lead", lead):
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


@fault("transparency.memory", "a second signature of the newest head by somebody else's key")
def another_ml_dsa_key(instance: Instance) -> Iterator[None]:
    kept = memory.read()
    assert kept is not None
    line = cosigning.sign(
        kept.note, kept.claim.origin, file=instance.data.parent / "somebody-else.key"
    )
    with instance.patched(
        "seatrobot.kernel.heads.memory.read", lambda: replace(kept, cosignature=line)
    ):
        yield


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
NEWS = """
    CREATE TEMP TABLE aged AS SELECT id, at, before, state FROM promises_change
    ORDER BY number OFFSET {0} LIMIT 1;
    UPDATE promises_change SET at = now() - interval '1 hour', before = 'kept', state = 'broken'
    WHERE id IN (SELECT id FROM aged)
"""
"""One of the first changes is one of an hour ago that is news; nobody is waiting to be told."""
NO_NEWS = """
    UPDATE promises_change c SET at = aged.at, before = aged.before, state = aged.state
    FROM aged WHERE aged.id = c.id; DROP TABLE aged
"""
SUBSCRIBER = """
    INSERT INTO subscribing_subscriber
    (id, address_index, sealed, sections, alive, alive_at, confirmed_at)
    VALUES ('{0}', sha256('seeded'), '\\x01' || sha512(gen_random_uuid()::text::bytea),
        '{{}}', '{1}', now() - interval '{2}', now() - interval '9 days')
"""
NO_SUBSCRIBER = "DELETE FROM subscribing_subscriber WHERE address_index = sha256('seeded')"
HOOK = """
    INSERT INTO subscribing_hook (id, organization_id, sealed, created_at, last_outcome)
    VALUES ('{0}', '{1}', '\\x01' || sha512(gen_random_uuid()::text::bytea), now(), '')
"""
NO_HOOK = "DELETE FROM subscribing_hook WHERE id = '{0}'"
BACKDATED = "UPDATE journal_entry SET at = at {0} interval '1 day' WHERE id = '{1}'"
"""Of the entry of a subscription; what holds it in the tree is not what is examined then."""
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


@fault("transparency.notices", "work of each minute put off for less than two hours")
def put_off_again(instance: Instance) -> Iterator[None]:
    soon = PUT_OFF.replace("'2099-01-01'", "now() + interval '110 minutes'")
    with instance.changed(soon, DROP_JOBS.format("faults.none")):
        yield


@fault("transparency.notices", "a regular mail that stays away")
def not_told_alive(instance: Instance) -> Iterator[None]:
    with instance.changed(SUBSCRIBER.format(new_id(), "daily", "3 days"), NO_SUBSCRIBER):
        yield


@fault("transparency.notices", "a change of state that is silenced by deleting one row")
def silenced(instance: Instance) -> Iterator[None]:
    with instance.changed(NEWS.format(0), NO_NEWS):
        yield


@fault("transparency.notices", "mail about a change whose job is cancelled")
def mail_cancelled(instance: Instance) -> Iterator[None]:
    """Announce a change, of which a subscriber to everything is mailed nothing."""
    with _subscriber(instance), instance.changed(NEWS.format(1), NO_NEWS):
        [change] = Change.objects.filter(before=State.KEPT, at__lt=now() - timedelta(minutes=50))
        with acting(FAULTS):
            journal.record(Action.CHANGES_TELL, changes=[str(change.pk)])
        yield


@fault("transparency.notices", "a subscriber whose sections somebody else has chosen")
def sections_chosen(instance: Instance) -> Iterator[None]:
    other = "UPDATE subscribing_subscriber SET sections = '{0}'"
    with (
        _subscriber(instance),
        instance.changed(other.format("{hosts}"), other.format("{}")),
    ):
        yield


@fault("transparency.notices", "a webhook that somebody has silenced")
def hook_silenced(instance: Instance) -> Iterator[None]:
    """Announce a change, of which nothing is posted to a webhook that was added yesterday."""
    pk, place = new_id(), vault.organizations()[0]
    with acting(FAULTS, place):
        added = journal.record(Action.HOOK_ADD, subject_id=pk)
    with (
        instance.changed(HOOK.format(pk, place), NO_HOOK.format(pk)),
        instance.changed(*(BACKDATED.format(sign, added.pk) for sign in "-+")),
        instance.changed(NEWS.format(2), NO_NEWS),
    ):
        [change] = Change.objects.filter(before=State.KEPT, at__lt=now() - timedelta(minutes=50))
        with acting(FAULTS):
            journal.record(Action.CHANGES_TELL, changes=[str(change.pk)])
        yield
    with acting(FAULTS, place):
        journal.record(Action.HOOK_REMOVE, subject_id=pk)


@contextmanager
def _subscriber(instance: Instance) -> Iterator[None]:
    """Have a subscriber to everything since yesterday, whom the journal knows."""
    pk = new_id()
    with acting(FAULTS):
        facts: dict[str, Any] = {"sections": [], "alive": "never"}
        confirmed = journal.record(Action.SUBSCRIPTION_CONFIRM, subject_id=pk, **facts)
    with (
        instance.changed(SUBSCRIBER.format(pk, "never", "1 day"), NO_SUBSCRIBER),
        instance.changed(*(BACKDATED.format(sign, confirmed.pk) for sign in "-+")),
    ):
        yield
    with acting(FAULTS):
        journal.record(Action.SUBSCRIPTION_LEAVE, subject_id=pk)


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
