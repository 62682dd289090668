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


@fault("access.signins", "sign-ins that are not logged")
def not_logged(instance: Instance) -> Iterator[None]:
    nothing = (
        "lambda request, **_: SignIn(sealed=SignInRecord(ip='', agent='', browser='', system='',"
        " network='', place=''))"
    )
    with instance.patched_web("seatrobot.accounts.sign_in_log.recording.record", nothing):
        instance.sign_in()
        yield
    instance.run(RECOUNT)


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
        f"INSERT INTO accounts_sign_in (id, outcome, {columns})"
        f" SELECT overlay(id::text placing 'f' from 36)::uuid, 'failure', {columns}"
        f" FROM accounts_sign_in WHERE id = {ONE}",
        "DELETE FROM accounts_sign_in WHERE outcome = 'failure'",
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
