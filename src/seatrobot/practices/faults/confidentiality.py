"""Faults of confidentiality: organizations not kept apart, staff let in, a changed journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from seatrobot.grants.enforcing import STAFF_EVENTS, STAFF_ORGANIZATION
from seatrobot.grants.models import (
    Category,
    Decision,
    DecisionRecord,
    GrantRecord,
    GrantText,
    Mode,
    StaffGrant,
)
from seatrobot.grants.reading import statement_of
from seatrobot.grants.services import asking, deciding
from seatrobot.grants.services.asking import Wanted
from seatrobot.grants.services.common import as_staff
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM, new_id
from seatrobot.kernel.promises.status import State
from seatrobot.kernel.tenancy.operations import EVENT_AND_PARTY, SHOWN_ORGANIZATION, narrowing
from seatrobot.kernel.tenancy.scopes import condition
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations.members import load
from seatrobot.organizations.models import Membership
from seatrobot.practices.checks.database_sessions import LOGS
from seatrobot.practices.faults import people
from seatrobot.practices.faults.declaring import Instance, fault
from seatrobot.practices.faults.passkey import SoftPasskey
from seatrobot.practices.faults.people import OPERATOR

CONDITIONS = "seatrobot.kernel.staff.standing.require_conditions"
GRANT_ROWS = (("grants_decision", "grant_id"), ("grants_text", "id"), ("grants_staff_grant", "id"))
POLICY = f"""
    CREATE POLICY guests_guest_tenant ON guests_guest
    USING (organization_id = {SHOWN_ORGANIZATION})
    WITH CHECK (organization_id = {SHOWN_ORGANIZATION})
"""
DROP = "DROP POLICY guests_guest_tenant ON guests_guest"
NEWEST = "(SELECT id FROM journal_entry ORDER BY id DESC LIMIT 1)"
OF_AN_ORGANIZATION = "organization_id IN (SELECT id FROM organizations_organization)"
"""One that is there: entries of the probe's, which are deleted, outlive their organization."""
PLACED = "(SELECT entry_id FROM journal_leaf WHERE place IS NOT NULL ORDER BY number LIMIT 1)"
KEEP = "CREATE TEMP TABLE kept_{0} AS SELECT * FROM {0} WHERE {1}; DELETE FROM {0} WHERE {1}"
GIVE_BACK = "INSERT INTO {0} OVERRIDING SYSTEM VALUE SELECT * FROM kept_{0}; DROP TABLE kept_{0}"
ENTRY, LEAF = ("journal_entry", f"id = {PLACED}"), ("journal_leaf", f"entry_id = {PLACED}")
TABLES = ("journal_entry", "journal_leaf", "journal_checkpoint")
CUT = f"""
    CREATE TEMP TABLE last AS
        SELECT stream, start FROM journal_checkpoint
        WHERE stream <> '{PLATFORM}' ORDER BY total LIMIT 1;
    {"".join(f"CREATE TEMP TABLE kept_{each} AS SELECT * FROM {each};" for each in TABLES)}
    DELETE FROM journal_entry e USING journal_leaf l, last
        WHERE l.entry_id = e.id AND l.stream = last.stream AND l.place >= last.start;
    DELETE FROM journal_leaf l USING last WHERE l.stream = last.stream AND l.place >= last.start;
    DELETE FROM journal_checkpoint c USING last
        WHERE c.stream = last.stream AND c.size > last.start;
    UPDATE journal_checkpoint c SET total = -n.total FROM (
        SELECT stream, size, sum(size - start) OVER (ORDER BY total) AS total
        FROM journal_checkpoint) n WHERE (n.stream, n.size) = (c.stream, c.size);
    UPDATE journal_checkpoint SET total = -total
"""
UNCUT = f"""
    DELETE FROM journal_checkpoint WHERE (stream, size) IN
        (SELECT stream, size FROM kept_journal_checkpoint);
    INSERT INTO journal_checkpoint SELECT * FROM kept_journal_checkpoint;
    INSERT INTO journal_leaf OVERRIDING SYSTEM VALUE SELECT k.* FROM kept_journal_leaf k
        WHERE NOT EXISTS (SELECT FROM journal_leaf l WHERE l.entry_id = k.entry_id);
    INSERT INTO journal_entry SELECT k.* FROM kept_journal_entry k
        WHERE NOT EXISTS (SELECT FROM journal_entry e WHERE e.id = k.id);
    DROP TABLE last{"".join(f", kept_{each}" for each in TABLES)}
"""
"""Entries that were written meanwhile stay; those of the platform get their places later."""


@fault("confidentiality.separated", "drop a policy")
def policy_dropped(instance: Instance) -> Iterator[None]:
    with instance.changed(DROP, POLICY):
        yield


@fault("confidentiality.separated", "drop the policy that holds narrow actors")
def scope_dropped(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "DROP POLICY guests_guest_scope ON guests_guest",
        narrowing("guests_guest", EVENT_AND_PARTY),
    ):
        yield


@fault("confidentiality.separated", "a policy that lets everything through")
def policy_open(instance: Instance) -> Iterator[None]:
    more = "CREATE POLICY guests_guest_more ON guests_guest USING (true)"
    with instance.changed(more, "DROP POLICY guests_guest_more ON guests_guest"):
        yield


@fault("confidentiality.separated", "switch row-level security off for a table")
def rows_open(instance: Instance) -> Iterator[None]:
    table = "ALTER TABLE events_event {} ROW LEVEL SECURITY"
    with instance.changed(table.format("DISABLE"), table.format("ENABLE")):
        yield


@fault("confidentiality.separated", "make the application a superuser")
def superuser(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "ALTER ROLE seatrobot_app SUPERUSER", "ALTER ROLE seatrobot_app NOSUPERUSER"
    ):
        yield


@fault("confidentiality.separated", "let the application pass row-level security")
def bypassing(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "ALTER ROLE seatrobot_app BYPASSRLS", "ALTER ROLE seatrobot_app NOBYPASSRLS"
    ):
        yield


@fault("confidentiality.separated", "make the application an owner")
def owner(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "GRANT seatrobot_owner TO seatrobot_app", "REVOKE seatrobot_owner FROM seatrobot_app"
    ):
        yield


@fault("confidentiality.separated", "a back door for one account")
def back_door(instance: Instance) -> Iterator[None]:
    more = (
        "CREATE POLICY guests_guest_more ON guests_guest FOR SELECT"
        " USING (current_setting('seatrobot.account', true) = 'abc')"
    )
    with instance.changed(more, "DROP POLICY guests_guest_more ON guests_guest"):
        yield


@fault("confidentiality.separated", "a scope that holds nobody")
def scope_open(instance: Instance) -> Iterator[None]:
    seen = condition({"event": "event_id", "party": "id"})
    policy = "ALTER POLICY guests_party_scope ON guests_party USING ({})"
    with instance.changed(policy.format("id IS NOT NULL"), policy.format(seen)):
        yield


@fault("confidentiality.separated", "a function that reads with its owner's rights")
def definer(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE FUNCTION seeded() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
        " AS 'BEGIN RETURN NULL; END'",
        "DROP FUNCTION seeded()",
    ):
        yield


@fault("confidentiality.separated", "a copy in a schema that nobody looks at")
def copied(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE SCHEMA backup; CREATE TABLE backup.names AS SELECT id FROM guests_guest;"
        " GRANT USAGE ON SCHEMA backup TO PUBLIC",
        "DROP SCHEMA backup CASCADE",
    ):
        yield


@fault("confidentiality.separated", "a setting of the application's role")
def role_set(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "ALTER ROLE seatrobot_app SET search_path = backup, public",
        "ALTER ROLE seatrobot_app RESET search_path",
    ):
        yield


@fault("confidentiality.separated", "blind the examiner with its search path")
def blinded(instance: Instance) -> Iterator[None]:
    """Together with a policy that a blinded examiner would not see."""
    with instance.changed(
        "CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO seatrobot_examiner;"
        " CREATE VIEW evil.pg_policy AS SELECT * FROM pg_policy WHERE polname <> 'evil';"
        " GRANT SELECT ON evil.pg_policy TO PUBLIC;"
        " ALTER ROLE seatrobot_examiner SET search_path = evil, pg_catalog, public;"
        " CREATE POLICY evil ON guests_guest USING (organization_id IS NOT NULL)",
        "DROP POLICY evil ON guests_guest; ALTER ROLE seatrobot_examiner RESET search_path;"
        " DROP SCHEMA evil CASCADE",
    ):
        yield


GUARDED = "confidentiality.guarded"


@fault(GUARDED, "an address in the web server alone, open to everybody")
def routed(instance: Instance) -> Iterator[None]:
    with instance.routed_web("debug/guests/", "lambda request: HttpResponse('names')"):
        instance.until_reported()
        yield
    instance.until_reported()


@fault(GUARDED, "a web server in which every member owns every organization")
def everybody_owns(instance: Instance) -> Iterator[None]:
    with instance.patched_web(
        "seatrobot.organizations.members.load",
        "lambda account, organization, actor=None: Member(actor=actor or Actor.member(account),"
        " organization_id=organization, role=Role.OWNER)",
    ):
        yield


@fault(GUARDED, "pages of accounts and staff without their guard")
def unguarded(instance: Instance) -> Iterator[None]:
    with instance.patched_web(
        "seatrobot.accounts.pages.signed_in", "lambda request, area: Account.objects.first()"
    ):
        yield


@fault(GUARDED, "a web server that asks no role")
def roles_unasked(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.organizations.members.Member.may", "lambda *_: True"):
        yield


@fault(GUARDED, "a web server that sets no tenancy")
def tenancy_unset(instance: Instance) -> Iterator[None]:
    nothing = "lambda access: iter([('organization', '')])"
    with instance.patched_web("seatrobot.kernel.acting._shown", nothing):
        yield


@fault(GUARDED, "answers without a policy of content")
def headers_dropped(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.web.middleware.HEADERS", "{}"):
        yield


@fault(GUARDED, "pages that caches may keep")
def cached(instance: Instance) -> Iterator[None]:
    with instance.patched_web("django.conf.settings.STATIC_URL", "'/'"):
        yield


@fault(GUARDED, "cookies that scripts may read")
def cookies_open(instance: Instance) -> Iterator[None]:
    with instance.patched_web("django.conf.settings.SESSION_COOKIE_HTTPONLY", "False"):
        yield


@fault(GUARDED, "sessions that signing out does not end")
def sessions_last(instance: Instance) -> Iterator[None]:
    store = "seatrobot.accounts.signing_in.sessions.SessionStore.delete"
    with instance.patched_web(store, "lambda *_: None"):
        yield


@fault(GUARDED, "a web server that takes the forms of other sites")
def other_sites(instance: Instance) -> Iterator[None]:
    asked = "django.middleware.csrf.CsrfViewMiddleware._check_token"
    with instance.patched_web(asked, "lambda *_: None"):
        yield


@fault(GUARDED, "a web server that shows typed markup as its own")
def unescaped(instance: Instance) -> Iterator[None]:
    with instance.patched_web("django.template.base.conditional_escape", "str"):
        yield


@fault("confidentiality.need", "a vault that opens for staff")
def open_to_staff(instance: Instance) -> Iterator[None]:
    with instance.patched("seatrobot.kernel.vault.services._refuse_staff", lambda _id: None):
        yield


@fault("confidentiality.need", "a database that shows rows to staff without a grant")
def rows_to_staff(instance: Instance) -> Iterator[None]:
    weaker = STAFF_ORGANIZATION.replace("g.id =", "g.id IS NOT NULL OR g.id =")
    with instance.changed(weaker, STAFF_ORGANIZATION):
        yield


@fault("confidentiality.need", "grants that do not expire")
def no_expiry(instance: Instance) -> Iterator[None]:
    weaker = STAFF_ORGANIZATION.replace("AND clock_timestamp() < g.expires_at", "")
    with instance.changed(weaker, STAFF_ORGANIZATION):
        yield


@fault("confidentiality.need", "grants that everybody on the staff may use")
def shared_grants(instance: Instance) -> Iterator[None]:
    weaker = STAFF_ORGANIZATION.replace(
        "AND g.account_id =", "AND g.account_id IS NOT NULL OR g.account_id ="
    )
    with instance.changed(weaker, STAFF_ORGANIZATION):
        yield


@fault("confidentiality.need", "conditions of staff that nobody asks about")
def no_conditions(instance: Instance) -> Iterator[None]:
    with instance.patched(CONDITIONS, lambda _account, _version=None: None):
        yield


@fault("confidentiality.need", "an emergency that nobody reviewed")
def unreviewed(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE TEMP TABLE seeded AS SELECT gen_random_uuid() AS id;"
        " INSERT INTO grants_staff_grant (id, organization_id, account_id, category, state,"
        "   is_emergency, may_change, minutes, asked_at, opens_at, expires_at, decided_by,"
        "   review_due_at, review)"
        " SELECT (SELECT id FROM seeded), id, gen_random_uuid(), 'fault', 'expired', true, false,"
        "   60, now() - interval '4 days', now() - interval '4 days',"
        "   now() - interval '4 days' + interval '1 hour', gen_random_uuid(),"
        "   now() - interval '1 day', ''"
        " FROM organizations_organization LIMIT 1",
        "DELETE FROM grants_staff_grant WHERE id IN (SELECT id FROM seeded); DROP TABLE seeded",
    ):
        yield


@fault("confidentiality.need", "a grant that was put in after the act")
def granted_afterwards(instance: Instance) -> Iterator[None]:
    newest = f"SELECT * FROM journal_entry WHERE {OF_AN_ORGANIZATION}"
    with instance.changed(
        f"CREATE TEMP TABLE acted AS {newest} AND actor_kind = 'member'"
        " ORDER BY id DESC LIMIT 1;"
        " ALTER TABLE acted ADD grant_id uuid DEFAULT gen_random_uuid();"
        " UPDATE journal_entry SET actor_kind = 'staff' WHERE id IN (SELECT id FROM acted);"
        " INSERT INTO grants_staff_grant (id, organization_id, account_id, category, state,"
        "   is_emergency, may_change, minutes, asked_at, opens_at, expires_at, review)"
        " SELECT grant_id, organization_id, coalesce(actor_id, gen_random_uuid()), 'fault',"
        "   'expired', false, false, 60, at - interval '10 minutes', at - interval '10 minutes',"
        "   at + interval '50 minutes', '' FROM acted",
        "DELETE FROM grants_staff_grant WHERE id IN (SELECT grant_id FROM acted);"
        " UPDATE journal_entry e SET actor_kind = acted.actor_kind FROM acted"
        " WHERE e.id = acted.id; DROP TABLE acted",
    ):
        yield


@fault("confidentiality.need", "an emergency that was reviewed past the journal")
def reviewed_by_hand(instance: Instance) -> Iterator[None]:
    """Put in a row that says all that it must, of which the journal has no word."""
    with instance.changed(
        "CREATE TEMP TABLE seeded AS SELECT gen_random_uuid() AS id;"
        " INSERT INTO grants_staff_grant (id, organization_id, account_id, category, state,"
        "   is_emergency, may_change, minutes, asked_at, opens_at, expires_at, decided_by,"
        "   review_due_at, reviewed_at, reviewed_by, review)"
        " SELECT (SELECT id FROM seeded), id, gen_random_uuid(), 'fault', 'expired', true, false,"
        "   60, now() - interval '4 days', now() - interval '4 days',"
        "   now() - interval '4 days' + interval '1 hour', gen_random_uuid(),"
        "   now() - interval '1 day', now(), gen_random_uuid(), 'fine'"
        " FROM organizations_organization LIMIT 1",
        "DELETE FROM grants_staff_grant WHERE id IN (SELECT id FROM seeded); DROP TABLE seeded",
    ):
        yield


@fault("confidentiality.need", "a live grant that SQL alone has made")
def granted_by_hand(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE TEMP TABLE seeded AS SELECT gen_random_uuid() AS id;"
        " INSERT INTO grants_staff_grant (id, organization_id, account_id, category, state,"
        "   is_emergency, may_change, minutes, asked_at, opens_at, expires_at, review_due_at,"
        "   review)"
        " SELECT (SELECT id FROM seeded), id, gen_random_uuid(), 'fault', 'live', false, false,"
        "   60, now(), now(), now() + interval '1 hour', now() + interval '30 days', ''"
        " FROM organizations_organization LIMIT 1",
        "DELETE FROM grants_staff_grant WHERE id IN (SELECT id FROM seeded); DROP TABLE seeded",
    ):
        yield


@fault("confidentiality.need", "a grant to read that may change something afterwards")
def widened(instance: Instance) -> Iterator[None]:
    staff, place = people.staff_member("Granted").pk, vault.organizations()[0]
    wanted = Wanted(category=Category.FAULT, reason="Seeded on purpose", minutes=15)
    with instance.patched(CONDITIONS, lambda _account, _version=None: None):
        with as_staff(staff, place):
            row = asking.ask(staff_id=staff, organization_id=place, wanted=wanted)
        with as_staff(staff, place):
            asking.end(staff_id=staff, organization_id=place, grant_id=row.pk)
    change = f"UPDATE grants_staff_grant SET may_change = {{}} WHERE id = '{row.pk}'"
    with instance.changed(change.format("true"), change.format("false")):
        yield


@fault("confidentiality.need", "an organization's rule that SQL alone has changed")
def ruled_by_hand(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE TEMP TABLE ruled AS SELECT gen_random_uuid() AS id;"
        " INSERT INTO grants_rule (id, organization_id, mode)"
        " SELECT (SELECT id FROM ruled), id, 'approve' FROM organizations_organization"
        " WHERE id NOT IN (SELECT organization_id FROM grants_rule) LIMIT 1",
        "DELETE FROM grants_rule WHERE id IN (SELECT id FROM ruled); DROP TABLE ruled",
    ):
        yield


@fault("confidentiality.need", "an act of the service under a name that no part of it has")
def unnamed(instance: Instance) -> Iterator[None]:
    newest = f"SELECT id FROM journal_entry WHERE {OF_AN_ORGANIZATION}"
    with instance.changed(
        "CREATE TEMP TABLE acted AS SELECT id, actor_name FROM journal_entry"
        f" WHERE id = ({newest} AND actor_kind = 'system' ORDER BY id DESC LIMIT 1);"
        " UPDATE journal_entry SET actor_name = 'debug' WHERE id IN (SELECT id FROM acted)",
        "UPDATE journal_entry e SET actor_name = acted.actor_name FROM acted"
        " WHERE e.id = acted.id; DROP TABLE acted",
    ):
        yield


@fault("confidentiality.need", "a web server that asks staff for no condition")
def web_without_conditions(instance: Instance) -> Iterator[None]:
    with instance.patched_web(CONDITIONS, "lambda account, version=None: None"):
        yield


@fault("confidentiality.need", "a web server that asks staff for no grant")
def web_without_grants(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.kernel.staff.standing.require", "lambda access: None"):
        yield


@fault("confidentiality.need", "staff who acted in an organization")
def staff_acted(instance: Instance) -> Iterator[None]:
    newest = f"SELECT id FROM journal_entry WHERE {OF_AN_ORGANIZATION}"
    with instance.changed(
        "CREATE TEMP TABLE acted AS SELECT id, actor_kind FROM journal_entry"
        f" WHERE id = ({newest} AND actor_kind = 'member' ORDER BY id DESC LIMIT 1);"
        " UPDATE journal_entry SET actor_kind = 'staff' WHERE id IN (SELECT id FROM acted)",
        "UPDATE journal_entry e SET actor_kind = acted.actor_kind FROM acted"
        " WHERE e.id = acted.id; DROP TABLE acted",
    ):
        yield


@fault("confidentiality.need", "grants for one event that show all of them")
def every_event(instance: Instance) -> Iterator[None]:
    with instance.changed(STAFF_EVENTS.replace("g.event_ids", "NULL::uuid[]"), STAFF_EVENTS):
        yield


@fault("confidentiality.need", "a decision that is signed with a key of somebody else's")
def decided_by_a_stranger(instance: Instance) -> Iterator[None]:
    """Store what the web server could: a statement of an owner, signed, and never by their key."""
    with acting(OPERATOR):
        organization_id = next(iter(vault.organizations()))
    with acting(Actor.system("faults"), organization_id):
        owner = Membership.objects.filter(organization_id=organization_id).earliest("pk")
        row = StaffGrant.objects.create(
            organization_id=organization_id,
            account_id=new_id(),
            category=Category.FAULT,
            minutes=60,
            asked_at=now(),
        )
        GrantText.objects.create(grant=row, sealed=GrantRecord("Seeded to be found"))
        stranger = SoftPasskey(owner.account_id)
        signed = stranger.sign(statement_of(row, Decision.Kind.DENY))
        Decision.objects.create(
            organization_id=organization_id,
            grant=row,
            account_id=owner.account_id,
            kind=Decision.Kind.DENY,
            at=now(),
            sealed=DecisionRecord(signed.packed()),
        )
    try:
        yield
    finally:
        for table, column in GRANT_ROWS:
            instance.run(f"DELETE FROM {table} WHERE {column} = '{row.pk}'")


@fault("confidentiality.need", "a refusal by an organization that is taken away")
def denial_gone(instance: Instance) -> Iterator[None]:
    """Have a grant denied, as its journal says, and take away the row of the decision."""
    staff, place = people.staff_member("Granted").pk, vault.organizations()[0]
    wanted = Wanted(category=Category.FAULT, reason="Seeded on purpose", minutes=15)
    with acting(Actor.system("faults"), place):
        account = Membership.objects.filter(organization_id=place).earliest("pk").account_id
        owner = load(account, place)
    assert owner is not None
    with owner.acting():
        deciding.change_mode(actor=owner, mode=Mode.APPROVE)
    with (
        instance.patched(CONDITIONS, lambda _account, _version=None: None),
        as_staff(staff, place),
    ):
        row = asking.ask(staff_id=staff, organization_id=place, wanted=wanted)
    with owner.acting():
        deciding.deny(actor=owner, grant_id=row.pk)
        deciding.change_mode(actor=owner, mode=Mode.NOTIFY)
    with acting(Actor.system("faults"), place):
        kept = Decision.objects.get(grant_id=row.pk)
    instance.run(f"DELETE FROM grants_decision WHERE id = '{kept.pk}'")
    try:
        yield
    finally:
        with acting(Actor.system("faults"), place):
            kept.save(force_insert=True)


@fault("confidentiality.sessions", "sign in at the database with a password of the service")
def signed_in_past_the_service(instance: Instance) -> Iterator[None]:
    with _signed_in(instance, "psql"):
        yield


@fault("confidentiality.sessions", "sign in at the database by a name that is made up")
def signed_in_by_a_made_up_name(instance: Instance) -> Iterator[None]:
    with _signed_in(instance, f"seatrobot 1 1 {'0' * 24}"):
        yield


@fault("confidentiality.sessions", "take the database's log away")
def log_taken_away(instance: Instance) -> Iterator[None]:
    files = sorted(instance.data.glob(LOGS))
    for file in files:
        file.rename(file.with_suffix(".away"))
    try:
        yield
    finally:
        for file in files:
            file.with_suffix(".away").rename(file)


@contextmanager
def _signed_in(instance: Instance, name: str) -> Iterator[None]:
    """Sign in as the application by a client of that name; the log forgets it at the end."""
    password = instance.data / "postgresql" / "seatrobot_app.pgpass"
    host, database = connection.get_connection_params()["host"], "seatrobot"
    with psycopg.connect(
        host=host,
        user="seatrobot_app",
        dbname=database,
        passfile=str(password),
        application_name=name,
    ) as session:
        session.execute("SELECT 1")
    try:
        yield
    finally:
        for file in sorted(instance.data.glob(LOGS)):
            with file.open("r+b") as log:
                lines = log.read().splitlines(keepends=True)
                log.seek(0)
                log.writelines(
                    each for each in lines if f"application_name={name}".encode() not in each
                )
                log.truncate()


@fault("confidentiality.logged", "delete a line of the journal as superuser")
def line_deleted(instance: Instance) -> Iterator[None]:
    with instance.changed(KEEP.format(*ENTRY), GIVE_BACK.format(*ENTRY)):
        yield


@fault("confidentiality.logged", "delete a line and its leaf")
def line_and_leaf_deleted(instance: Instance) -> Iterator[None]:
    both = f"{KEEP.format(*ENTRY)}; {KEEP.format(*LEAF)}"
    with instance.changed(both, f"{GIVE_BACK.format(*LEAF)}; {GIVE_BACK.format(*ENTRY)}"):
        yield


@fault("confidentiality.logged", "change a line of the journal as superuser")
def line_changed(instance: Instance) -> Iterator[None]:
    opened = f"UPDATE journal_entry SET opened = opened + {{}} WHERE id = {PLACED}"
    with instance.changed(opened.format(1), opened.format(-1)):
        yield


@fault("confidentiality.logged", "put a line in past the tree")
def line_put_in(instance: Instance) -> Iterator[None]:
    alike = f"SELECT * FROM journal_entry WHERE id = {PLACED}"
    with instance.changed(
        f"CREATE TEMP TABLE more AS {alike}; UPDATE more SET id = gen_random_uuid();"
        " INSERT INTO journal_entry SELECT * FROM more",
        "DELETE FROM journal_entry WHERE id IN (SELECT id FROM more); DROP TABLE more",
    ):
        yield


@fault("confidentiality.logged", "forge a checkpoint")
def checkpoint_forged(instance: Instance) -> Iterator[None]:
    last = "total = (SELECT max(total) FROM journal_checkpoint)"
    with instance.changed(
        f"CREATE TEMP TABLE noted AS SELECT total, note FROM journal_checkpoint WHERE {last};"
        f" UPDATE journal_checkpoint SET note = replace(note, '— ', '— x') WHERE {last}",
        "UPDATE journal_checkpoint c SET note = noted.note FROM noted"
        " WHERE c.total = noted.total; DROP TABLE noted",
    ):
        yield


@fault("confidentiality.logged", "cut off the newest entries of a journal, without any key")
def cut_off(instance: Instance) -> Iterator[None]:
    with instance.changed(CUT, UNCUT):
        yield


@fault("confidentiality.logged", "a trigger that swallows entries")
def swallowed(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE FUNCTION seeded() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        " CREATE TRIGGER aaa BEFORE INSERT ON journal_entry FOR EACH ROW"
        " WHEN (NEW.actor_name = 'seeded') EXECUTE FUNCTION seeded()",
        "DROP FUNCTION seeded() CASCADE",
    ):
        yield


@fault("confidentiality.logged", "switch the journal's triggers off")
def triggers_off(instance: Instance) -> Iterator[None]:
    trigger = "ALTER TABLE journal_entry {} TRIGGER journal_only_grows"
    with instance.changed(trigger.format("DISABLE"), trigger.format("ENABLE")):
        yield


@fault("confidentiality.logged", "accesses that leave no entry")
def unlogged(instance: Instance) -> Iterator[None]:
    with instance.patched("seatrobot.kernel.journal.services.write", lambda _access: None):
        yield


@fault("confidentiality.logged", "a web server that writes no journal at all")
def web_unlogged(instance: Instance) -> Iterator[None]:
    nothing = "lambda access: access.entries.clear()"
    with instance.patched_web("seatrobot.kernel.journal.services.write", nothing):
        yield


@fault("confidentiality.logged", "a web server that notes somebody else")
def web_names_others(instance: Instance) -> Iterator[None]:
    nobody = (
        "(lambda before: lambda access:"
        " ([setattr(each, 'actor_id', None) for each in access.entries], before(access)))(write)"
    )
    with instance.patched_web("seatrobot.kernel.journal.services.write", nobody):
        yield


@fault("confidentiality.logged", "a web server that notes neither address nor browser")
def web_without_origin(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.web.addresses.client_address", "lambda *_: ''"):
        yield


@fault("confidentiality.logged", "the examiner may not read the journal", expected=State.UNPROVEN)
def blind(instance: Instance) -> Iterator[None]:
    """To take a right on a table away takes those on its columns too."""
    given = " ".join(
        f"GRANT SELECT {what} ON journal_entry TO seatrobot_examiner;"
        for what in ("", "(id, organization_id, sealed)")
    )
    with instance.changed("REVOKE SELECT ON journal_entry FROM seatrobot_examiner", given):
        yield
