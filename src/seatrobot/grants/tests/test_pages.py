"""The page *Support access*: what is shown, how a decision is made and signed, what is refused."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from seatrobot.accounts import assurance
from seatrobot.accounts.factors import statements, webauthn
from seatrobot.accounts.factors.tests.device import Device
from seatrobot.accounts.factors.webauthn import Purpose
from seatrobot.accounts.models import Account, Passkey
from seatrobot.conftest import PASSWORD
from seatrobot.grants import exporting
from seatrobot.grants.models import Decision, DecisionRecord, State
from seatrobot.grants.reading import statement_of, verifies
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.promises import attesting
from seatrobot.organizations.models import Membership
from seatrobot.organizations.permissions import Role
from seatrobot.practices.faults.passkey import HOST, SoftPasskey

from .asks import WANTED, ask, current, end, entries, lockbox


@pytest.fixture
def place(alice):
    return f"/o/{alice.organization_id}/settings/support-access/"


@pytest.fixture
def browser(alice, client_of):
    return client_of(alice)


@pytest.fixture
def key(alice, rf):
    """Alice's device, with a passkey of hers."""
    device, request = Device(), rf.post("/")
    request.session = {}
    person = Account.objects.get(pk=alice.account_id)
    with acting(Actor.member(alice.account_id)):
        options = webauthn.registration_options(request, person)
        challenge = webauthn.pop_challenge(request, Purpose.ENROL)
        answer = device.create(options["challenge"])
        webauthn.enrol_passkey(person, name="Laptop", answer=answer, challenge=challenge)
    return device


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_an_empty_page_says_what_will_be_there(browser, place):
    page = text(browser.get(place))
    assert "Nobody of the staff can see your data" in page
    assert "Tell us" in page


def test_a_request_is_approved_and_ended_on_the_page(browser, place, alice, dana):
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    page = text(browser.get(place))
    for wanted in ("Dana", WANTED.reason, "SR-12", "1 hour", "all events", "Approve", "Deny"):
        assert wanted in page
    assert "End access now" not in page
    answer = browser.post(f"{place}{row.pk}/approve/", follow=True)
    assert "Approved: access is open" in text(answer)
    assert current(row).state == State.LIVE
    page = text(browser.get(f"{place}{row.pk}/"))
    assert "End access now" in page
    browser.post(f"{place}{row.pk}/end/")
    assert current(row).state == State.WITHDRAWN
    assert "Ended by you" in text(browser.get(place))


def test_a_link_from_the_mail_decides_nothing(browser, place, alice, dana):
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    for page in ("", "approve/", "deny/", "end/"):
        browser.get(f"{place}{row.pk}/{page}")
    assert current(row).state == State.ASKED


def test_approving_asks_for_a_fresh_sign_in_and_denying_does_not(browser, place, alice, dana):
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    session = browser.session
    old = (now() - timedelta(minutes=11)).isoformat()
    session[assurance.KEY] = {"methods": ["password"], "at": old}
    session.save()
    answer = browser.post(f"{place}{row.pk}/approve/")
    assert answer.url.startswith("/account/confirm/")
    assert current(row).state == State.ASKED
    browser.post(f"{place}{row.pk}/deny/")
    assert current(row).state == State.DENIED


def signed(browser, device, place, row, verb):
    asked = browser.post(f"{place}{row.pk}/{verb}/options/").json()
    return browser.post(f"{place}{row.pk}/{verb}/", {"answer": device.get(asked["challenge"])})


def test_a_decision_is_signed_and_verifies_offline(browser, place, alice, dana, key):
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    refused = browser.post(f"{place}{row.pk}/approve/")
    assert refused.status_code == 409
    assert "passkey" in text(refused)
    signed(browser, key, place, row, "approve")
    assert current(row).state == State.LIVE
    signed(browser, key, place, row, "end")
    assert current(row).state == State.WITHDRAWN
    assert "verified just now" in text(browser.get(f"{place}{row.pk}/"))
    file = json.loads(b"".join(browser.get(f"{place}grants.json").streaming_content))
    assert [each["decision"] for each in file["decisions"]] == ["approve", "withdraw"]
    for each in file["decisions"]:
        kept = statements.unpack(each["statement"])
        statements.verify(kept)
        assert kept.facts["grant"] == str(row.pk)
        assert kept.facts["reason"] == WANTED.reason
    with alice.acting():
        facts = entries(alice.organization_id, "support:grant:approve")[0].sealed.facts
    assert facts["signature"] == statements.unpack(file["decisions"][0]["statement"]).digest


def test_a_file_is_written_in_pieces_and_ends_with_the_permission(
    browser, place, alice, dana, monkeypatch
):
    monkeypatch.setattr(exporting, "CHUNK", 2)
    lockbox(alice)
    rows = []
    for _each in range(5):
        rows.append(ask(dana, alice.organization_id))
        browser.post(f"{place}{rows[-1].pk}/deny/")
    pieces = list(browser.get(f"{place}grants.json").streaming_content)
    file = json.loads(b"".join(pieces))
    assert [each["id"] for each in file["grants"]] == [str(row.pk) for row in reversed(rows)]
    assert [each["grant"] for each in file["decisions"]] == [str(row.pk) for row in rows]
    assert max(piece.count(b'"decision"') for piece in pieces) == 2
    with alice.acting():
        told = entries(alice.organization_id, "support:grant:export")
        assert [each.sealed.facts["rows"] for each in told] == [2, 2, 1] * 2

    answer = browser.get(f"{place}grants.json")
    pieces = iter(answer.streaming_content)
    assert b"organization" in next(pieces)
    with acting(Actor.system("tests"), alice.organization_id):
        Membership.objects.filter(account=alice.account_id).update(role=Role.TEAM)
    with pytest.raises(NotAllowed):
        list(pieces)


def test_a_signature_of_one_decision_is_worth_nothing_for_another(
    browser, place, alice, dana, erik, key
):
    lockbox(alice)
    row, other = ask(dana, alice.organization_id), ask(erik, alice.organization_id)
    asked = browser.post(f"{place}{row.pk}/deny/options/").json()
    answer = browser.post(f"{place}{row.pk}/approve/", {"answer": key.get(asked["challenge"])})
    assert answer.status_code == 409
    asked = browser.post(f"{place}{other.pk}/approve/options/").json()
    browser.post(f"{place}{row.pk}/approve/", {"answer": key.get(asked["challenge"])})
    assert current(row).state == State.ASKED
    told = entries(alice.organization_id, "support:grant:refuse")
    with alice.acting():
        assert [each.sealed.facts["why"] for each in told] == ["other-statement"] * 2


def test_a_forged_signature_is_shown_as_one(browser, place, alice, dana, key):
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    signed(browser, key, place, row, "deny")
    with alice.acting():
        kept = Decision.objects.get()
        kept.sealed.signed = kept.sealed.signed.replace(WANTED.reason, "Another reason here")
        forged = Decision(
            organization_id=kept.organization_id,
            grant_id=kept.grant_id,
            account_id=kept.account_id,
            kind=kept.kind,
            at=kept.at,
            sealed=kept.sealed,
        )
        forged.save(force_insert=True)
    assert "does not verify" in text(browser.get(f"{place}{row.pk}/"))


def decide_past_the_pages(alice, row, packed):
    """Store a decision of Alice's as the web server could, whatever signed it."""
    with alice.acting():
        Decision.objects.create(
            organization_id=alice.organization_id,
            grant=row,
            account_id=alice.account_id,
            kind="deny",
            at=now(),
            sealed=DecisionRecord(packed),
        )


@pytest.mark.parametrize("whose", ["nobody", "erik", "removed", "later", "elsewhere", "unsigned"])
def test_a_decision_counts_as_signed_by_a_passkey_that_was_theirs_then(
    browser, place, alice, dana, erik, key, whose
):
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    other = SoftPasskey(alice.account_id)
    with acting(Actor.member(alice.account_id)):
        if whose == "erik":
            attesting.note_key(erik, other.public_key, rp_id=HOST)
        elif whose == "elsewhere":
            attesting.note_key(alice.account_id, other.public_key, rp_id="guests.example.org")
        elif whose in {"removed", "later"}:
            attesting.note_key(alice.account_id, other.public_key, rp_id=HOST)
        if whose == "removed":
            attesting.note_removal(alice.account_id, [other.public_key])
    with alice.acting():
        facts = {**statement_of(row, "deny")}
    if whose == "later":
        facts["at"] = (now() - timedelta(minutes=3)).isoformat()
    signed = "" if whose == "unsigned" else other.sign(facts).packed()
    decide_past_the_pages(alice, row, signed)
    assert "does not verify" in text(browser.get(f"{place}{row.pk}/"))
    with alice.acting():
        assert not verifies(Decision.objects.get())


def test_the_passkey_that_signed_is_the_one_on_the_own_page(browser, place, alice, dana, key):
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    signed(browser, key, place, row, "deny")
    page = text(browser.get(f"{place}{row.pk}/"))
    shown = re.search(r"by the passkey ([0-9a-f]{4}(?: [0-9a-f]{4}){3})", page)[1]
    assert f"Fingerprint {shown}" in text(browser.get("/account/ways/"))
    with acting(Actor.member(alice.account_id)):
        webauthn.forget_passkeys(Passkey.objects.filter(account=alice.account_id))
    assert shown in text(browser.get(f"{place}{row.pk}/")), "what it signed before stays signed"


def test_what_is_refused_is_said_and_recorded(browser, place, alice, dana):
    row = ask(dana, alice.organization_id)
    end(dana, row)
    answer = browser.post(f"{place}{row.pk}/end/")
    assert answer.status_code == 409
    assert "ended by the staff member" in text(answer)
    told = entries(alice.organization_id, "support:grant:refuse")
    assert [entry.actor_id for entry in told] == [alice.account_id]


def test_the_rule_is_changed_by_whoever_looked_at_it(browser, place, alice):
    answer = browser.post(f"{place}rule/", {"mode": "approve", "seen": "notify"}, follow=True)
    assert "Saved" in text(answer)
    answer = browser.post(f"{place}rule/", {"mode": "notify", "seen": "notify"})
    assert answer.status_code == 422
    assert "meanwhile" in text(answer)
    assert len(entries(alice.organization_id, "support:setting:approve")) == 1


def test_the_log_marks_staff_and_says_why(browser, alice, dana):
    ask(dana, alice.organization_id)
    page = text(browser.get(f"/o/{alice.organization_id}/log/?show=everything&account=staff"))
    assert "Dana of the staff asked for access" in page
    assert WANTED.reason in page
    assert "Alice looked" not in page


def test_an_administrator_reviews_on_the_page(browser, place, alice, dana):
    row = ask(dana, alice.organization_id)
    assert "Record the review" not in text(browser.get(f"{place}{row.pk}/"))
    end(dana, row)
    assert "an administrator of your organization is asked" in text(
        browser.get(f"{place}{row.pk}/")
    )
    said = {"outcome": "fine", "note": "ok"}
    answer = browser.post(f"{place}{row.pk}/review/", said)
    assert answer.status_code == 422
    assert "Say in more than one word" in text(answer)
    said["note"] = "The log has two looks at the plan"
    answer = browser.post(f"{place}{row.pk}/review/", said, follow=True)
    assert "The review is recorded" in text(answer)
    assert "two looks at the plan" in text(answer)


def test_a_rule_that_waits_for_a_fresh_sign_in_is_given_back_in_its_own_words(
    browser, place, alice
):
    """Field and choice are those that were read, not the names that the form sends."""
    session = browser.session
    session[assurance.KEY] = {
        "methods": ["password"],
        "at": (now() - timedelta(hours=1)).isoformat(),
    }
    session.save()
    asked = browser.post(f"{place}rule/", {"mode": "approve", "seen": "notify"}, follow=True)
    kept = re.search(r'name="unsent" value="([^"]+)"', asked.content.decode())[1]
    with_password = {"password": PASSWORD, "unsent": kept}
    given = text(browser.post("/account/confirm/", with_password))
    assert "Save this now?" in given
    assert "When staff want to see your data" in given
    assert "Ask us: nothing opens before an administrator approves" in given
    assert "had been open for too long" not in given
