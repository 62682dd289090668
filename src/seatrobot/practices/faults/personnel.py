"""Faults of personnel and of being bound: checks, signatures and results taken away or made up."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

from seatrobot.accounts.models import Account, StaffMember
from seatrobot.accounts.staff import checks
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.personnel import markdown, publishing, services
from seatrobot.personnel.models import Kind, Signature
from seatrobot.personnel.rules import Due
from seatrobot.practices.faults import people
from seatrobot.practices.faults.declaring import Instance, fault
from seatrobot.practices.faults.passkey import SoftPasskey

POLICY, TRAINING, CHECKS = "personnel.policy", "personnel.training", "personnel.checks"
BOUND = "confidentiality.bound"
SECURITY = "information-security"
SIGNERS = """
    SELECT account_id FROM accounts_staff_member s WHERE is_enabled
      AND EXISTS (SELECT FROM personnel_signature g WHERE g.account_id = s.account_id)
"""
MINE = f"({SIGNERS} ORDER BY account_id LIMIT 1)"
OTHER = f"({SIGNERS} ORDER BY account_id DESC LIMIT 1)"
"""Other faults add people who signed nothing."""
TAKE = """
    CREATE TEMP TABLE taken AS SELECT * FROM {0} WHERE account_id = {1};
    DELETE FROM {0} WHERE account_id = {1};
    UPDATE accounts_staff_member SET created_at = created_at - interval '15 days'
"""
GIVE_BACK = """
    INSERT INTO {0} SELECT * FROM taken; DROP TABLE taken;
    UPDATE accounts_staff_member SET created_at = created_at + interval '15 days'
"""
TABLE = "accounts_background_check"
SIGNATURES, RESULTS = "personnel_signature", "personnel_result"
FOR_EVER = ("seatrobot.personnel.duties.signature_due", "seatrobot.personnel.duties.training_due")


def prepare() -> None:
    """Let two people of the staff sign every policy and pass every course."""
    for name in ("Dana", "Daniel"):
        account = people.staff_member(name)
        with acting(Actor.staff(account.pk)):
            _do_everything(account)


def _do_everything(account: Account) -> None:
    passkey = SoftPasskey(account.pk).enrol()
    for kind, name in publishing.newest():
        edition = services.in_force(Kind(kind), name)
        assert edition is not None
        if kind == Kind.POLICY:
            signed = passkey.sign(services.statement_of(edition))
            services.sign(account=account, name=name, signed=signed)
        else:
            right = [question.right for question in markdown.course_of(edition.text).questions]
            services.answer(account=account, name=name, digest=edition.digest, answers=right)


def _taken(instance: Instance, table: str) -> Iterator[None]:
    with instance.changed(TAKE.format(table, MINE), GIVE_BACK.format(table)):
        yield


def _gone(instance: Instance, table: str) -> Iterator[None]:
    with instance.changed(
        f"CREATE TEMP TABLE taken AS SELECT * FROM {table} WHERE account_id = {MINE};"
        f" DELETE FROM {table} WHERE id IN (SELECT id FROM taken)",
        f"INSERT INTO {table} SELECT * FROM taken; DROP TABLE taken",
    ):
        yield


@fault(CHECKS, "an enabled person without a background check")
def no_check(instance: Instance) -> Iterator[None]:
    yield from _taken(instance, "accounts_background_check")


@fault(CHECKS, "a check that one person alone recorded")
def one_person(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE TEMP TABLE confirmed AS SELECT id, confirmed_by FROM accounts_background_check;"
        f" UPDATE accounts_background_check SET confirmed_by = NULL WHERE account_id = {MINE}",
        "UPDATE accounts_background_check b SET confirmed_by = c.confirmed_by FROM confirmed c"
        " WHERE b.id = c.id; DROP TABLE confirmed",
    ):
        yield


@fault(CHECKS, "a passed check put in past the journal")
def put_in(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE TEMP TABLE more AS SELECT * FROM accounts_background_check LIMIT 1;"
        " UPDATE more SET id = gen_random_uuid(), recorded_at = now();"
        " INSERT INTO accounts_background_check SELECT * FROM more",
        "DELETE FROM accounts_background_check WHERE id IN (SELECT id FROM more); DROP TABLE more",
    ):
        yield


@fault(CHECKS, "a check that was not passed is taken away")
def failure_gone(instance: Instance) -> Iterator[None]:
    """Of somebody who is disabled, so that nothing else is missing."""
    account = people.staff_member(f"Refused{uuid4().hex}")
    people.disable(account)
    with acting(Actor.system("faults")):
        member = StaffMember.objects.get(pk=account.pk)
        failed = checks.record(member=member, on=now().date(), reference="Seeded", passed=False)
    with instance.changed(
        f"CREATE TEMP TABLE taken AS SELECT * FROM {TABLE} WHERE id = '{failed.pk}';"
        f" DELETE FROM {TABLE} WHERE id = '{failed.pk}'",
        f"INSERT INTO {TABLE} SELECT * FROM taken; DROP TABLE taken",
    ):
        yield


@fault(CHECKS, "a database that enables whomever it is told to")
def trigger_off(instance: Instance) -> Iterator[None]:
    trigger = "ALTER TABLE accounts_staff_member {} TRIGGER staff_need_a_background_check"
    with instance.changed(trigger.format("DISABLE"), trigger.format("ENABLE")):
        yield


@fault(CHECKS, "a person whom nobody but SQL has enabled again")
def enabled_by_hand(instance: Instance) -> Iterator[None]:
    account = people.staff_member(f"Returned{uuid4().hex}")
    people.disable(account)
    enabled = (
        f"UPDATE accounts_staff_member SET is_enabled = {{}} WHERE account_id = '{account.pk}'"
    )
    with instance.changed(enabled.format("true"), enabled.format("false")):
        yield


@fault(CHECKS, "a last day that SQL alone has moved")
def works_on(instance: Instance) -> Iterator[None]:
    ends = f"UPDATE accounts_staff_member SET ends_on = {{}} WHERE account_id = {MINE}"
    with instance.changed(ends.format("current_date + 3650"), ends.format("NULL")):
        yield


@fault(TRAINING, "a person who never took a course")
def untrained(instance: Instance) -> Iterator[None]:
    yield from _taken(instance, RESULTS)


@fault(TRAINING, "a completion that is dated later than it was")
def dated_later(instance: Instance) -> Iterator[None]:
    moved = f"UPDATE {RESULTS} SET at = at {{}} interval '90 days' WHERE account_id = {MINE}"
    with instance.changed(moved.format("+"), moved.format("-")):
        yield


@fault(TRAINING, "a course that was failed, made one that was passed")
def made_right(instance: Instance) -> Iterator[None]:
    account = people.staff_member("Dana")
    name = next(name for kind, name in publishing.newest() if kind == Kind.COURSE)
    with acting(Actor.staff(account.pk)):
        edition = services.in_force(Kind.COURSE, name)
        assert edition is not None
        failed = services.answer(account=account, name=name, digest=edition.digest, answers=[])
    one = f"WHERE id = '{failed.pk}'"
    with instance.changed(
        f"UPDATE {RESULTS} SET passed = true, wrong = '{{}}' {one}", f"DELETE FROM {RESULTS} {one}"
    ):
        yield


@fault(TRAINING, "a person without training who is let in")
def let_in_untrained(instance: Instance) -> Iterator[None]:
    with instance.patched(FOR_EVER[1], lambda *_: Due(holds=True)):
        yield from _taken(instance, RESULTS)


@fault(POLICY, "a person who has not signed")
def unsigned(instance: Instance) -> Iterator[None]:
    yield from _taken(instance, SIGNATURES)


@fault(POLICY, "a signature of one person made one of another")
def of_another(instance: Instance) -> Iterator[None]:
    with instance.changed(
        f"CREATE TEMP TABLE theirs AS SELECT id, signed FROM {SIGNATURES};"
        f" UPDATE {SIGNATURES} s SET signed = o.signed FROM {SIGNATURES} o"
        f" WHERE s.account_id = {MINE} AND o.account_id = {OTHER}"
        " AND o.edition_id = s.edition_id",
        f"UPDATE {SIGNATURES} s SET signed = t.signed FROM theirs t WHERE s.id = t.id;"
        " DROP TABLE theirs",
    ):
        yield


@fault(POLICY, "a signature by a passkey that nobody has enrolled")
def strange_key(_instance: Instance) -> Iterator[None]:
    """Sign as the person does, in their own name, with a key that the web made up.

    At the end it is enrolled: a signature that the journal has can never go.
    """
    account = people.staff_member(f"Stranger{uuid4().hex}")
    passkey = SoftPasskey(account.pk)
    with acting(Actor.staff(account.pk)):
        edition = services.in_force(Kind.POLICY, SECURITY)
        assert edition is not None
        signed = passkey.sign(services.statement_of(edition))
        services.sign(account=account, name=SECURITY, signed=signed)
    try:
        yield
    finally:
        with acting(Actor.staff(account.pk)):
            passkey.enrol()
        people.disable(account)


@fault(POLICY, "signatures of somebody new are taken away")
def signatures_gone(instance: Instance) -> Iterator[None]:
    """They would have 14 days for new ones: the journal knows that there were some."""
    yield from _gone(instance, SIGNATURES)


@fault(BOUND, "signatures of somebody new are taken away")
def bonds_gone(instance: Instance) -> Iterator[None]:
    yield from _gone(instance, SIGNATURES)


@fault(TRAINING, "a passed course of somebody new is taken away")
def results_gone(instance: Instance) -> Iterator[None]:
    yield from _gone(instance, RESULTS)


@fault(TRAINING, "a course whose row counts for ten years and whose text for one")
def ten_years(instance: Instance) -> Iterator[None]:
    changed = "UPDATE personnel_edition SET valid_days = valid_days {} 10 WHERE kind = 'course'"
    with instance.changed(changed.format("*"), changed.format("/")):
        yield


@fault(POLICY, "a policy that is changed under its signatures")
def text_changed(instance: Instance) -> Iterator[None]:
    changed = "UPDATE personnel_edition SET text = replace(text, '{}', '{}') WHERE kind = 'policy'"
    with instance.changed(
        changed.format("Nobody is blamed", "Somebody is blamed"),
        changed.format("Somebody is blamed", "Nobody is blamed"),
    ):
        yield


@fault(POLICY, "a person who has not signed and is let in")
def let_in_unsigned(instance: Instance) -> Iterator[None]:
    with instance.patched(FOR_EVER[0], lambda *_: Due(holds=True)):
        yield from _taken(instance, SIGNATURES)


@fault(BOUND, "a person who has not signed for more than 14 days")
def unbound(instance: Instance) -> Iterator[None]:
    yield from _taken(instance, SIGNATURES)


@fault(BOUND, "a signature with another key, past the journal")
def other_key(instance: Instance) -> Iterator[None]:
    row = Signature.objects.select_related("edition").order_by("at").first()
    assert row is not None
    made_up = SoftPasskey(row.account_id).sign(services.statement_of(row.edition)).packed()
    quoted = made_up.replace("'", "''")
    with instance.changed(
        f"CREATE TEMP TABLE own AS SELECT id, signed FROM {SIGNATURES};"
        f" UPDATE {SIGNATURES} SET signed = '{quoted}' WHERE id = '{row.pk}'",
        f"UPDATE {SIGNATURES} s SET signed = o.signed FROM own o WHERE s.id = o.id; DROP TABLE own",
    ):
        yield


@fault(BOUND, "a person who is not bound and is let in")
def let_in_unbound(instance: Instance) -> Iterator[None]:
    with instance.patched(FOR_EVER[0], lambda *_: Due(holds=True)):
        yield from _taken(instance, SIGNATURES)
