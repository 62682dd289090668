"""A passkey signs a statement: this one, of this person, once; later anybody can verify it."""

from __future__ import annotations

import json

import msgspec
import pytest
from django.test import RequestFactory

from seatrobot.accounts.factors import statements, webauthn
from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.factors.statements import NotSigned
from seatrobot.accounts.factors.tests.device import PRESENT, Device
from seatrobot.accounts.factors.webauthn import Purpose
from seatrobot.accounts.models import Account
from seatrobot.conftest import account
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor

FACTS = {"kind": "policy", "text": "0" * 64}


@pytest.fixture(autouse=True)
def known_address(settings):
    settings.BASE_URL = "http://localhost:8080"


@pytest.fixture
def request_(rf: RequestFactory):
    request = rf.post("/", {})
    request.session = {}
    return request


def holder(name: str, request) -> tuple[Account, Device]:
    """Return an account with an enrolled passkey."""
    person, device = account(name), Device()
    options = webauthn.registration_options(request, person)
    challenge = webauthn.pop_challenge(request, Purpose.ENROL)
    answer = device.create(options["challenge"])
    webauthn.enrol_passkey(person, name="Laptop", answer=answer, challenge=challenge)
    return person, device


@pytest.fixture
def as_system(db):
    with acting(Actor.system("tests")):
        yield


@pytest.fixture
def alice(as_system, request_):
    return holder("Alice", request_)


def sign(request, person: Account, device: Device, kind: str = "policy"):
    asked = statements.ask(request, person, FACTS)
    request.POST = {"answer": device.get(asked["challenge"])}
    return statements.receive(request, person, kind=kind)


def test_it_is_verified_later_and_says_who_and_when(alice, request_, settings):
    signed = sign(request_, *alice)
    settings.BASE_URL = "https://moved.seatrobot.test"
    again = statements.unpack(signed.packed())
    statements.verify(again)
    assert again.facts["account"] == str(alice[0].pk)
    assert again.facts.items() >= FACTS.items()
    assert again.digest == signed.digest


def test_whatever_is_changed_afterwards_is_found(alice, request_, as_system):
    signed = sign(request_, *alice)
    _bob, other = holder("Bob", request_)
    theirs = Account.objects.exclude(pk=alice[0].pk).get().passkeys.get().sealed.public_key
    answer = json.loads(signed.answer)
    half = {**answer, "response": {**answer["response"], "signature": "AAAA"}}
    for changed in (
        {"text": signed.text.replace("0000", "0001", 1)},
        {"public_key": theirs},
        {"answer": json.dumps(half)},
        {"answer": "{"},
        {"answer": other.get("AAAA")},
        {"rp_id": "evil.test"},
        {"origin": "https://evil.test"},
    ):
        with pytest.raises(NotSigned):
            statements.verify(msgspec.structs.replace(signed, **changed))
    with pytest.raises(NotSigned):
        statements.unpack('{"text": 1}')


def refused(request, person, device, kind="policy"):
    with pytest.raises(FactorRefused):
        sign(request, person, device, kind)


def test_the_answer_is_of_this_person_this_kind_and_a_verified_user(alice, request_):
    person, device = alice
    refused(request_, person, device, kind="attestation")
    refused(request_, person, Device())
    device.flags = PRESENT
    refused(request_, person, device)


def test_it_is_taken_once_and_a_sign_in_signs_nothing(alice, request_):
    person, device = alice
    sign(request_, person, device)
    with pytest.raises(FactorRefused):
        statements.receive(request_, person, kind="policy")
    asked = webauthn.authentication_options(request_, Purpose.CONFIRM, person)
    request_.POST = {"answer": device.get(asked["challenge"])}
    with pytest.raises(FactorRefused):
        statements.receive(request_, person, kind="policy")


def test_another_statement_asked_for_meanwhile_is_not_signed(alice, request_):
    person, device = alice
    first = statements.ask(request_, person, FACTS)
    statements.ask(request_, person, FACTS | {"text": "1" * 64})
    request_.POST = {"answer": device.get(first["challenge"])}
    with pytest.raises(FactorRefused):
        statements.receive(request_, person, kind="policy")


def test_nobody_else_signs_what_was_asked_of_somebody(alice, request_):
    statements.ask(request_, alice[0], FACTS)
    bob, device = holder("Bob", request_)
    asked = statements.ask(request_, alice[0], FACTS)
    request_.POST = {"answer": device.get(asked["challenge"])}
    with pytest.raises(FactorRefused):
        statements.receive(request_, bob, kind="policy")
