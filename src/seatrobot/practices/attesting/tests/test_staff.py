"""Staff read all of the evidence and attest by passkey; it takes a second one of them."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from seatrobot.accounts.factors.tests.device import ORIGIN, PRESENT, VERIFIED, Device
from seatrobot.accounts.staff.tests.people import (
    account_of,
    challenge,
    disable,
    enrol,
    link_for,
    make_staff,
)
from seatrobot.documents import hashing
from seatrobot.guests import uploads
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.feature import Action as KernelAction
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.promises import reading, services, statements
from seatrobot.kernel.promises.declaring import (
    PROMISES,
    AttestationRule,
    Measure,
    Measurement,
    Promise,
)
from seatrobot.kernel.promises.models import Attestation, AttestationRow
from seatrobot.kernel.promises.tests.running import inline
from seatrobot.practices.feature import Action

BASE = "/staff/promises/"
ATTESTED, MEASURED = "personnel.doors", "network.doors"
ROLES = ["Head of Doors", "Auditor of Doors"]


@pytest.fixture(autouse=True)
def known_address(settings):
    settings.BASE_URL = ORIGIN


@pytest.fixture(autouse=True)
def promises(monkeypatch, db):
    """One promise that two people attest, one that is measured and outside its limit."""
    for name in list(PROMISES):
        monkeypatch.delitem(PROMISES, name)
    asked = AttestationRule(ROLES, timedelta(days=366), people=2)
    attested = Promise(ATTESTED, "Doors are checked.", "By hand.", attested_by=asked)
    measured = Promise(
        MEASURED,
        "Doors are closed.",
        "Open doors are counted.",
        [Measure("open", "open doors", most=0)],
        examine=lambda: Measurement({"open": 1}, ["The door to the kitchen is open."]),
    )
    monkeypatch.setitem(PROMISES, ATTESTED, attested)
    monkeypatch.setitem(PROMISES, MEASURED, measured)
    services.examine(measured, inline)


class Browser(Client):
    """A browser with the passkey of who uses it."""

    passkey: Device


def browser_of(name: str) -> Browser:
    client = Browser()
    client.passkey = Device()
    link = make_staff(f"{name.lower()}@seatrobot.test", name)
    assert enrol(client, link, client.passkey).status_code == 302
    return client


@pytest.fixture
def dana(db) -> Browser:
    return browser_of("Dana")


@pytest.fixture
def daniel(db) -> Browser:
    return browser_of("Daniel")


SIGN = f"{BASE}{ATTESTED}/sign/"


def ask(client: Browser, **facts: object):
    """Fill in the form of an attestation; return the page that shows what is to be signed."""
    until = now().date() + timedelta(days=100)
    form = {"role": ROLES[0], "until": until.isoformat(), "note": "All are closed.", **facts}
    return client.post(f"{BASE}{ATTESTED}/attest/", form, follow=True)


def sign(client: Browser, passkey: Device | None = None):
    """Sign what the page shows."""
    answer = (passkey or client.passkey).get(challenge(client, f"{SIGN}options/"))
    return client.post(SIGN, {"answer": answer}, follow=True)


def attest(client: Browser, **facts: object):
    page = ask(client, **facts)
    return sign(client) if page.request["PATH_INFO"] == SIGN else page


def confirm(client: Browser, row: AttestationRow, role: str = ROLES[1]):
    url = f"{BASE}{ATTESTED}/confirm/{row.pk}/"
    page = client.post(url, {"role": role}, follow=True)
    return sign(client) if page.request["PATH_INFO"] == SIGN else page


def said(row: AttestationRow) -> Attestation:
    keys = reading.signing_keys()
    return statements.read_attestation(row.promise, str(row.pk), row.text, row.signature, keys)


def state() -> str:
    return reading.read_status(PROMISES[ATTESTED]).state


def test_staff_read_the_notes_of_the_evidence(dana):
    assert "Doors are closed." in dana.get(BASE).content.decode()
    text = dana.get(f"{BASE}{MEASURED}/").content.decode()
    assert "The door to the kitchen is open." in text
    assert "Broken" in text
    assert dana.get(f"{BASE}nothing.such/").status_code == 404


def test_it_takes_two_of_the_staff(dana, daniel):
    assert "signed and recorded" in attest(dana).content.decode()
    assert state() == "unproven"
    [row] = AttestationRow.objects.all()
    assert said(row).by == str(account_of("dana@seatrobot.test").pk)
    text = daniel.get(f"{BASE}{ATTESTED}/").content.decode()
    assert "Dana" in text
    assert "Confirm it" in text
    assert "signed and recorded" in confirm(daniel, row).content.decode()
    assert state() == "attested"
    assert "Dana, Daniel" in dana.get(f"{BASE}{ATTESTED}/").content.decode()


def test_nobody_confirms_their_own(dana):
    attest(dana)
    [row] = AttestationRow.objects.all()
    assert "Confirm it" not in dana.get(f"{BASE}{ATTESTED}/").content.decode()
    assert "takes a second person" in confirm(dana, row).content.decode()
    assert (state(), AttestationRow.objects.count()) == ("unproven", 1)


def test_a_confirmation_cannot_be_confirmed(dana, daniel):
    attest(dana)
    [row] = AttestationRow.objects.all()
    confirm(daniel, row)
    second = AttestationRow.objects.get(of=row)
    assert confirm(dana, second).status_code == 404


def test_the_document_is_hashed_and_nowhere_kept(dana):
    content = b"a certificate nobody else has"
    attest(dana, document=SimpleUploadedFile("certificate.pdf", content))
    [row] = AttestationRow.objects.all()
    assert said(row).document == hashlib.sha256(content).hexdigest()
    assert "certificate nobody" not in row.text


def test_a_document_that_is_too_large_is_refused_whole(dana, monkeypatch):
    """The upload keeps nothing of it, and the hash of nothing would say something wrong."""
    for module in (uploads, hashing):
        monkeypatch.setattr(module, "MAX_BYTES", 100_000)
    answer = attest(dana, document=SimpleUploadedFile("large.pdf", b"x" * 100_001))
    assert answer.status_code == 422
    assert "The document is larger than" in answer.content.decode()
    assert not AttestationRow.objects.exists()


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"role": "King"}, "Select a valid choice"),
        ({"until": "2020-01-01"}, "until a day in the future"),
        ({"until": "2999-01-01"}, "366 days at most"),
        ({"until": ""}, "This field is required"),
    ],
)
def test_what_breaks_a_rule_is_said(facts, sentence, dana):
    answer = attest(dana, **facts)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not AttestationRow.objects.exists()


def test_the_page_shows_what_the_passkey_signs_and_nothing_is_recorded_before(dana):
    page = ask(dana, note="The kitchen too.")
    words = page.content.decode()
    assert not AttestationRow.objects.exists()
    for each in ("Doors are checked.", "The kitchen too.", f"Dana, {ROLES[0]}"):
        assert each in words
    sign(dana)
    assert said(AttestationRow.objects.get()).note == "The kitchen too."


def test_only_ones_own_passkey_signs(dana, daniel):
    ask(dana)
    assert sign(dana, Device()).status_code == 422
    assert sign(dana, daniel.passkey).status_code == 422
    dana.passkey.flags = PRESENT  # nobody showed a finger or a PIN
    assert sign(dana).status_code == 422
    assert not AttestationRow.objects.exists()
    dana.passkey.flags = PRESENT | VERIFIED
    assert "signed and recorded" in sign(dana).content.decode()


def test_an_answer_signs_once_and_what_was_asked_last(dana):
    ask(dana, note="The first.")
    first = dana.passkey.get(challenge(dana, f"{SIGN}options/"))
    ask(dana, note="The second.")
    challenge(dana, f"{SIGN}options/")
    assert dana.post(SIGN, {"answer": first}).status_code == 422
    sign(dana)
    assert dana.post(SIGN, {"answer": first}, follow=True).status_code != 500
    assert said(AttestationRow.objects.get()).note == "The second."


def test_two_pages_that_are_open_each_sign_what_they_show(dana):
    """The second one is opened before the first is signed, in the same session."""
    first, second = ask(dana, note="The first."), ask(dana, note="The second.")
    places = [
        re.search(r'data-options="([^"]+)"', page.content.decode())[1] for page in (first, second)
    ]
    assert places[0] != places[1]
    for page, options in zip((first, second), places, strict=True):
        answer = dana.passkey.get(challenge(dana, options))
        own = f"{page.request['PATH_INFO']}?{page.request['QUERY_STRING']}"
        assert (
            "signed and recorded"
            in dana.post(own, {"answer": answer}, follow=True).content.decode()
        )
    rows = AttestationRow.objects.order_by("at")
    assert [said(row).note for row in rows] == ["The first.", "The second."]
    assert dana.post(places[0]).status_code == 404, "what was signed is not asked for again"


def test_there_is_nothing_to_sign_before_the_form(dana):
    assert dana.get(SIGN).url == f"{BASE}{ATTESTED}/"
    assert dana.post(f"{SIGN}options/").status_code == 404


def test_what_was_signed_lasts_when_the_passkey_is_gone(dana, daniel):
    attest(dana)
    [row] = AttestationRow.objects.all()
    confirm(daniel, row)
    assert enrol(Client(), link_for("dana@seatrobot.test"), Device()).status_code == 302
    assert state() == "attested"


def test_whoever_was_disabled_attests_nothing(dana):
    disable("dana@seatrobot.test")
    assert attest(dana).redirect_chain[-1][0].startswith("/staff/sign-in/")
    assert not AttestationRow.objects.exists()


def test_what_is_measured_cannot_be_attested(dana):
    assert dana.post(f"{BASE}{MEASURED}/attest/").status_code == 404
    assert "Attest it" not in dana.get(f"{BASE}{MEASURED}/").content.decode()


def test_reading_and_attesting_are_journalled(dana):
    dana.get(f"{BASE}{MEASURED}/")
    attest(dana)
    person = account_of("dana@seatrobot.test").pk
    with acting(Actor.staff(person)):
        entries = Entry.objects.filter(actor_kind="staff", actor_id=person)
        actions = set(entries.values_list("action", flat=True))
    assert {Action.PROMISE_VIEW, KernelAction.PROMISE_ATTEST} <= actions


@pytest.mark.parametrize("mark", ["x", "-1", "9" * 5000])
def test_a_number_that_is_none_is_the_beginning(mark):
    page = browser_of("Dana").get(f"{BASE}{MEASURED}/", {"before": mark})
    assert "The door to the kitchen is open." in page.content.decode()
