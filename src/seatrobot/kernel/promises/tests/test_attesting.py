"""Attestations come from people in roles, as many as it takes, and are over in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction

from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.promises import attesting, reading, services
from seatrobot.kernel.promises.models import AttestationRow
from seatrobot.kernel.promises.status import State

pytestmark = pytest.mark.django_db
DANA, ERIK = new_id(), new_id()
ROLE = "Head of Doors"
YEAR = timedelta(days=365)


def attest(promise, by=DANA, role=ROLE, valid=YEAR):
    with acting(services.ACTOR):
        return attesting.attest(promise, by=by, role=role, until=now() + valid)


def confirm(row, by=ERIK):
    with acting(services.ACTOR):
        return attesting.confirm(row, by=by, role=ROLE)


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


def test_a_forged_attestation_counts_for_nothing(attested_row):
    promise = attested_row()
    real = attest(promise, valid=timedelta(days=1))
    text = real.text.replace(real.text.split('"until":"')[1][:4], "2099")
    AttestationRow.objects.create(promise=promise.id, at=now(), text=text, signature=real.signature)
    later = now() + timedelta(days=2)
    assert state(promise, later) == State.UNPROVEN


def test_a_confirmation_moved_to_another_attestation_counts_for_nothing(attested_row):
    promise = attested_row(people=2)
    first = attest(promise)
    confirmation = confirm(first)
    second = attest(promise, by=DANA)
    AttestationRow.objects.create(
        id=new_id(),
        promise=promise.id,
        of=second,
        at=now(),
        text=confirmation.text,
        signature=confirmation.signature,
    )
    newest = reading.read_status(promise).attestation
    assert newest.id == str(first.pk)


def test_attestations_cannot_be_changed(attested_row):
    attest(attested_row())
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        AttestationRow.objects.update(text="")
