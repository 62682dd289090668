"""Attestations come from people in roles, as many as it takes, and are over in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction
from msgspec import structs

from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises import attesting, reading, services, statements
from seatrobot.kernel.promises.models import AttestationRow, SigningKey
from seatrobot.kernel.promises.status import Cause, State
from seatrobot.practices.faults.passkey import SoftPasskey

pytestmark = pytest.mark.django_db
DANA, ERIK = SoftPasskey(), SoftPasskey()
ROLE = "Head of Doors"
YEAR = timedelta(days=365)


@pytest.fixture(autouse=True)
def enrolled(db):
    with acting(services.ACTOR):
        for person in (DANA, ERIK):
            person.enrol()


def attest(promise, by=DANA, role=ROLE, valid=YEAR):
    with acting(services.ACTOR):
        facts = attesting.statement_of(promise, role=role, until=now() + valid)
        return attesting.record(by.sign(facts))


def confirm(row, by=ERIK):
    with acting(services.ACTOR):
        facts = attesting.confirmation_of(row, by=by.account, role=ROLE)
        return attesting.record(by.sign(facts))


def state(promise, moment=None):
    return reading.read_status(promise, moment).state


def test_nobody_has_attested_it_yet(attested_row):
    assert state(attested_row()) == State.UNPROVEN


def test_one_person_attests(attested_row):
    promise = attested_row()
    attest(promise)
    standing = reading.read_status(promise)
    assert standing.state == State.ATTESTED
    assert standing.attestation.role == ROLE


def test_where_two_people_are_needed_one_is_not_enough(attested_row):
    promise = attested_row(people=2)
    row = attest(promise)
    assert state(promise) == State.UNPROVEN
    with pytest.raises(attesting.AttestationRefused, match="second person"):
        confirm(row, by=DANA)
    assert state(promise) == State.UNPROVEN
    confirm(row)
    assert state(promise) == State.ATTESTED


def test_it_is_over_by_itself(attested_row):
    promise = attested_row()
    attest(promise, valid=timedelta(days=3))
    assert state(promise, now() + timedelta(days=2)) == State.ATTESTED
    assert state(promise, now() + timedelta(days=4)) == State.UNPROVEN


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"role": "Intern"}, "role"),
        ({"valid": timedelta(days=500)}, "366"),
        ({"valid": timedelta(days=-1)}, "future"),
    ],
)
def test_rules_of_attestations(attested_row, facts, said):
    promise = attested_row()
    with pytest.raises(attesting.AttestationRefused, match=said):
        attest(promise, **facts)
    assert state(promise) == State.UNPROVEN


def test_what_is_measured_cannot_be_attested(row):
    with pytest.raises(attesting.AttestationRefused, match="measured"):
        attest(row())


def insert(promise, signed, of=None, **columns):
    """Insert a row past every rule, as whoever has the web's rights in the database can."""
    text, signature = statements.split(signed)
    row = {"text": text, "signature": signature, "id": signed.facts["id"]} | columns
    return AttestationRow.objects.create(promise=promise.id, of=of, at=now(), **row)


def facts_of(promise):
    return attesting.statement_of(promise, role=ROLE, until=now() + YEAR)


def by_the_key_of_the_web(promise):
    signed = DANA.sign(facts_of(promise))
    insert(promise, signed, signature=signing.sign_bytes(signed.text.encode()))


def by_a_passkey_of_nobody(promise):
    insert(promise, SoftPasskey(DANA.account).sign(facts_of(promise)))


def by_somebody_else_in_her_name(promise):
    insert(promise, ERIK.sign({**facts_of(promise), "account": str(DANA.account)}))


def altered(promise):
    signed = DANA.sign(facts_of(promise))
    year = signed.facts["until"][:4]
    insert(promise, signed, text=signed.text.replace(f'"until":"{year}', '"until":"2999'))


def of_another_promise(promise):
    insert(promise, DANA.sign({**facts_of(promise), "promise": "doors.painted"}))


def of_another_kind(promise):
    insert(promise, DANA.sign({**facts_of(promise), "kind": "policy"}))


def copied(promise):
    insert(promise, DANA.sign(facts_of(promise)), id=new_id())


def at_another_site(promise):
    signed = DANA.sign(facts_of(promise))
    insert(promise, structs.replace(signed, origin="https://evil.test", rp_id="evil.test"))


def of_nothing(promise):
    signed = DANA.sign(facts_of(promise))
    insert(promise, signed, text="{}", signature="mine")


FORGERIES = [
    by_the_key_of_the_web,
    by_a_passkey_of_nobody,
    by_somebody_else_in_her_name,
    altered,
    of_another_promise,
    of_another_kind,
    copied,
    at_another_site,
    of_nothing,
]


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda each: each.__name__)
@pytest.mark.parametrize("is_attested", [False, True])
def test_a_forged_attestation_is_an_alarm_whatever_else_was_attested(
    forgery, is_attested, attested_row
):
    promise = attested_row()
    if is_attested:
        attest(promise, by=ERIK)
    forgery(promise)
    standing = reading.read_status(promise)
    assert (standing.state, standing.cause) == (State.UNPROVEN, Cause.FORGED)
    assert "forged" in standing.reason


def test_a_forged_confirmation_is_an_alarm(attested_row):
    promise = attested_row(people=2)
    first = attest(promise)
    facts = attesting.confirmation_of(first, by=ERIK.account, role=ROLE)
    insert(promise, SoftPasskey(ERIK.account).sign(facts), of=first)
    assert reading.read_status(promise).cause == Cause.FORGED


def test_a_confirmation_moved_to_another_attestation_is_an_alarm(attested_row):
    promise = attested_row(people=2)
    first, other = attest(promise), attest(promise)
    facts = attesting.confirmation_of(first, by=ERIK.account, role=ROLE)
    insert(promise, ERIK.sign(facts), of=other)
    assert reading.read_status(promise).cause == Cause.FORGED


def test_nothing_is_recorded_that_nobody_was_asked_to_sign(attested_row):
    promise = attested_row()
    until = (now() + timedelta(days=500)).isoformat()
    for signed, said in (
        (SoftPasskey(DANA.account).sign(facts_of(promise)), "may not sign"),
        (DANA.sign({**facts_of(promise), "until": until}), "366"),
        (DANA.sign({**facts_of(promise), "promise": "doors.painted"}), "no such promise"),
        (DANA.sign({**facts_of(promise), "of": str(new_id())}), "not there"),
    ):
        with (
            pytest.raises(attesting.AttestationRefused, match=said),
            acting(services.ACTOR),
        ):
            attesting.record(signed)
    assert not AttestationRow.objects.exists()


def test_a_key_stays_known_and_cannot_be_changed(attested_row):
    promise = attested_row()
    attest(promise)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        SigningKey.objects.all().delete()
    assert state(promise) == State.ATTESTED


def test_attestations_cannot_be_changed(attested_row):
    attest(attested_row())
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        AttestationRow.objects.update(text="")
