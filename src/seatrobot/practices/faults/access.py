"""Faults of access logging: sign-ins that are not logged, pages that do not answer."""

from __future__ import annotations

from collections.abc import Iterator

from seatrobot.accounts.models import SignIn
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.promises.status import State
from seatrobot.organizations.receivers import hand_over
from seatrobot.practices.faults.declaring import Instance, fault

ONE = "(SELECT id FROM accounts_sign_in WHERE organization_id IS NULL ORDER BY id DESC LIMIT 1)"
SINCE = "SELECT id, account_id FROM accounts_sign_in WHERE organization_id IS NULL AND at >= %s"
KEPT = f"CREATE TEMP TABLE kept_row AS SELECT * FROM accounts_sign_in WHERE id = {ONE};"
THIS = "id = (SELECT id FROM kept_row)"
GIVE_BACK = (
    f"DELETE FROM accounts_sign_in WHERE {THIS};"
    " INSERT INTO accounts_sign_in SELECT * FROM kept_row; DROP TABLE kept_row;"
)
"""Of the newest row at the beginning: examinations sign in, too."""
RECOUNT = """
    UPDATE practices_sign_in_count AS counts SET count = (
        SELECT count(*) FROM accounts_sign_in
        WHERE organization_id IS NULL AND outcome = 'success'
          AND date_trunc('hour', at, 'UTC') = counts.hour
    )
"""
"""What was not logged or counted cannot be repaired, so the counts are made to match."""
UNKNOWN_SESSIONS = """
    DELETE FROM accounts_session AS s WHERE s.account_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM accounts_sign_in AS i WHERE i.session_id = s.id)
      AND NOT EXISTS (SELECT FROM practices_probe AS p WHERE s.account_id IN (
          owner_id, administrator_id, member_id, door_id, foreign_owner_id, staff_id))
"""
"""A session that no sign-in began is another promise's fault; those of examinations have none."""


@fault("access.signins", "sign-ins that are not logged")
def not_logged(instance: Instance) -> Iterator[None]:
    nothing = (
        "lambda request, **_: SignIn(sealed=SignInRecord(ip='', agent='', browser='', system='',"
        " network='', place=''))"
    )
    with instance.patched_web("seatrobot.accounts.sign_in_log.recording.record", nothing):
        instance.sign_in()
        yield
    instance.run(UNKNOWN_SESSIONS)
    instance.run(RECOUNT)


@fault("access.signins", "counting that was begun anew")
def begun_anew(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE TABLE seeded AS SELECT hour, since FROM practices_sign_in_count;"
        " UPDATE practices_sign_in_count SET since = now()",
        "UPDATE practices_sign_in_count AS c SET since = s.since FROM seeded AS s"
        " WHERE s.hour = c.hour; DROP TABLE seeded",
    ):
        yield


@fault("access.signins", "sign-ins that the web server does not count")
def not_counted(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.practices.checks.sign_in_counts.count", "lambda: None"):
        instance.sign_in()
        yield
    instance.run(RECOUNT)


@fault("access.signins", "delete a line of the sign-in log as superuser")
def line_deleted(instance: Instance) -> Iterator[None]:
    instance.sign_in()
    with instance.changed(f"{KEPT} DELETE FROM accounts_sign_in WHERE {THIS}", GIVE_BACK):
        yield


@fault("access.signins", "a sign-in without its device")
def bare(instance: Instance) -> Iterator[None]:
    instance.sign_in()
    bared = f"{KEPT} UPDATE accounts_sign_in SET device = '' WHERE {THIS}"
    with instance.changed(bared, GIVE_BACK):
        yield


@fault("access.signins", "a trigger that swallows sign-ins of one person")
def swallowed(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE FUNCTION seeded() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        " CREATE TRIGGER aaa BEFORE INSERT ON accounts_sign_in FOR EACH ROW"
        " WHEN (NEW.device = 'seeded') EXECUTE FUNCTION seeded()",
        "DROP FUNCTION seeded() CASCADE",
    ):
        yield


@fault("access.signins", "a web server that loses the addresses of its clients")
def no_address(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.web.addresses.client_address", "lambda *_: ''"):
        yield


@fault("access.signins", "a sign-in log that is given neither address nor browser")
def no_origin(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.kernel.journal.services.origin", "lambda: ('', '')"):
        yield


@fault("access.signins", "organizations that hear of no sign-in")
def not_copied(instance: Instance) -> Iterator[None]:
    """Afterwards organizations get their copies."""
    begun = now()
    nobody = "lambda account: iter(())"
    with instance.patched_web("seatrobot.organizations.receivers._each_organization_of", nobody):
        instance.sign_in()
        yield
    with examining() as examiner:
        rows = examiner.execute(SINCE, [begun]).fetchall()
    for pk, account_id in rows:
        with acting(Actor.member(account_id)):
            hand_over(SignIn.objects.get(pk=pk), at_once=True)


@fault("access.signins", "an organization whose copies of sign-ins are gone")
def copies_gone(instance: Instance) -> Iterator[None]:
    instance.sign_in()
    with instance.changed(
        "CREATE TEMP TABLE kept_copies AS SELECT * FROM accounts_sign_in"
        " WHERE organization_id IS NOT NULL;"
        " DELETE FROM accounts_sign_in WHERE organization_id IS NOT NULL",
        "INSERT INTO accounts_sign_in SELECT * FROM kept_copies k"
        " WHERE NOT EXISTS (SELECT FROM accounts_sign_in s WHERE s.id = k.id);"
        " DROP TABLE kept_copies",
    ):
        yield


@fault("access.signins", "an outcome that was changed, and the count with it")
def outcome_changed(instance: Instance) -> Iterator[None]:
    instance.sign_in()
    changed = f"{KEPT} UPDATE accounts_sign_in SET outcome = 'failure' WHERE {THIS}; {RECOUNT}"
    with instance.changed(changed, f"{GIVE_BACK} {RECOUNT}"):
        yield


@fault("access.signins", "failures that nobody made")
def failures_put_in(instance: Instance) -> Iterator[None]:
    columns = "organization_id, at, account_id, method, factors, reason, device, session_id, sealed"
    with instance.changed(
        "CREATE TEMP TABLE seeded AS"
        f" SELECT overlay(id::text placing 'f' from 36)::uuid AS seeded_id, {columns}"
        f" FROM accounts_sign_in WHERE id = {ONE};"
        f" INSERT INTO accounts_sign_in (id, outcome, {columns})"
        f" SELECT seeded_id, 'failure', {columns} FROM seeded",
        "DELETE FROM accounts_sign_in WHERE id IN (SELECT seeded_id FROM seeded);"
        " DROP TABLE seeded",
    ):
        yield


@fault("access.signins", "a record of a sign-in that was replaced")
def record_replaced(instance: Instance) -> Iterator[None]:
    replaced = f"{KEPT} UPDATE accounts_sign_in SET sealed = sealed || '\\x00' WHERE {THIS}"
    with instance.changed(replaced, GIVE_BACK):
        yield


@fault("access.visible", "an access log page that answers 500")
def page_broken(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.organizations.log.entries.page", "lambda *_: 1 / 0"):
        yield


@fault("access.visible", "an access log open to every member")
def page_open(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.organizations.members.Member.may", "lambda *_: True"):
        yield


@fault("access.visible", "an access log that does not show what staff did")
def staff_hidden(instance: Instance) -> Iterator[None]:
    fewer = "Entry.objects.exclude(actor_kind='staff')"
    with instance.patched_web("seatrobot.kernel.journal.models.Entry.objects", fewer):
        yield


@fault("access.visible", "a web server that notes nothing of staff")
def staff_unlogged(instance: Instance) -> Iterator[None]:
    nothing = (
        "(lambda before: lambda access: (access.entries.clear()"
        " if any(each.actor_kind == 'staff' for each in access.entries) else None,"
        " before(access))[1])(write)"
    )
    with instance.patched_web("seatrobot.kernel.journal.services.write", nothing):
        yield


@fault(
    "access.visible", "a probe that points at an organization of somebody", expected=State.UNPROVEN
)
def probe_of_somebody(instance: Instance) -> Iterator[None]:
    """Nothing of the organization may be touched: `checks/tests/test_probe.py` looks."""
    with instance.changed(
        "CREATE TEMP TABLE kept_probe AS SELECT * FROM practices_probe;"
        " UPDATE practices_probe SET organization_id = (SELECT id FROM organizations_organization"
        "   WHERE id NOT IN (SELECT organization_id FROM kept_probe UNION"
        "     SELECT foreign_organization_id FROM kept_probe) LIMIT 1)",
        "UPDATE practices_probe p SET organization_id = k.organization_id FROM kept_probe k"
        " WHERE k.id = p.id; DROP TABLE kept_probe",
    ):
        yield


@fault("access.visible", "the web server is down", expected=(State.BROKEN, State.UNPROVEN))
def web_down(instance: Instance) -> Iterator[None]:
    with instance.without("web"):
        yield


FOREIGN = "(SELECT foreign_owner_id FROM practices_probe)"
OF_SOMEBODY = """
    (SELECT organization_id FROM organizations_membership
     WHERE organization_id NOT IN (SELECT organization_id FROM practices_probe
         UNION SELECT foreign_organization_id FROM practices_probe) LIMIT 1)
"""
MADE = (
    "UPDATE organizations_membership SET role = '{}'"
    " FROM practices_probe WHERE account_id = member_id"
)
SEALED = r"'\x01' || sha256('1') || sha256('2') || '\x01'"


@fault("access.rights", "an administrator whom nobody let in")
def let_in_by_nobody(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "INSERT INTO organizations_membership (id, organization_id, account_id, role, created_at)"
        f" SELECT gen_random_uuid(), {OF_SOMEBODY}, {FOREIGN}, 'administrator', now()",
        f"DELETE FROM organizations_membership WHERE account_id = {FOREIGN}"
        f" AND organization_id = {OF_SOMEBODY}",
    ):
        yield


@fault("access.rights", "a member who is made an administrator in the database")
def made_administrator(instance: Instance) -> Iterator[None]:
    with instance.changed(MADE.format("administrator"), MADE.format("team")):
        yield


@fault("access.rights", "a link to join that nobody sent")
def sent_by_nobody(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "INSERT INTO organizations_invitation (id, organization_id, role, token_hash, is_mailed,"
        " created_at, expires_at, sealed) SELECT gen_random_uuid(), organization_id,"
        f" 'administrator', 'seeded', false, now(), now() + interval '1 day', {SEALED}"
        " FROM practices_probe",
        "DELETE FROM organizations_invitation WHERE token_hash = 'seeded'",
    ):
        yield


@fault("access.rights", "an authenticator app that nobody added")
def added_by_nobody(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "INSERT INTO accounts_authenticator (id, account_id, last_step, created_at, sealed)"
        f" SELECT gen_random_uuid(), {FOREIGN}, 0, now(), {SEALED}",
        f"DELETE FROM accounts_authenticator WHERE account_id = {FOREIGN}",
    ):
        yield


@fault("access.rights", "a session that no sign-in began")
def begun_by_nobody(instance: Instance) -> Iterator[None]:
    """Copy a session of somebody, for a browser of one's own."""
    instance.sign_in()
    with instance.changed(
        "INSERT INTO accounts_session SELECT (jsonb_populate_record(s, jsonb_build_object("
        "   'id', gen_random_uuid(), 'key_hash', '\\x' || encode(sha256('seeded'), 'hex')))).*"
        " FROM accounts_session s WHERE account_id IN (SELECT account_id"
        f" FROM organizations_membership WHERE organization_id = {OF_SOMEBODY}) LIMIT 1",
        "DELETE FROM accounts_session WHERE key_hash = sha256('seeded')",
    ):
        yield
