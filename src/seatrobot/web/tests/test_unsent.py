"""A form that meets an ended session or an old token gives back what was typed."""

from __future__ import annotations

import html

import pytest
from django.test import Client

from seatrobot.accounts import assurance, unsent
from seatrobot.conftest import PASSWORD, as_
from seatrobot.events.models import Event
from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import editing
from seatrobot.web.tests.page_forms import forms_of

EMAIL = "alice@seatrobot.test"
TYPED = "Sits by the window\nand hears badly on the left"


@pytest.fixture
def guest(alice, dinner):
    with as_(alice):
        return editing.add(actor=alice, event=dinner, record=GuestRecord("Alma", "Adams"))


def place_of(guest):
    return f"/o/{guest.organization_id}/events/{guest.event_id}/guests/{guest.pk}/"


def filled(page, name, **said):
    """Return the values of the form of a page that has a field, with others typed into it."""
    forms = (f for f in forms_of(page.content.decode()) if f.method == "post" and name in f.values)
    form = next(forms)
    return form.action, form.values | said


def notes_of(alice, guest):
    with as_(alice):
        return Guest.objects.get(pk=guest.pk).sealed.notes


def carried(member, said):
    """Return the hidden field as it would be made for what somebody typed."""
    return unsent._cipher().encrypt(f"{member.account_id} {said}".encode()).decode()


def sign_in(browser, page, who=EMAIL):
    action, said = filled(page, "password", username=[who], password=[PASSWORD])
    return browser.post(action, said)


def test_after_an_ended_session_the_text_is_given_back_and_sent(client_of, alice, guest):
    browser, place = client_of(alice), place_of(guest)
    _action, said = filled(browser.get(place), "notes", notes=[TYPED])
    browser.session.flush()
    asked = browser.post(place, said, HTTP_REFERER=f"http://testserver{place}")
    assert asked.status_code == 401
    wrong = filled(asked, "password", username=[EMAIL], password=["wrong password"])
    asked = browser.post(*wrong)
    assert asked.status_code == 422
    given_back = sign_in(browser, asked)
    assert given_back.status_code == 200
    text = html.unescape(given_back.content.decode())
    assert "Sits by the window<br>and hears badly on the left" in text
    assert f'href="{place}"' in text
    assert notes_of(alice, guest) == ""  # nothing is sent without the person
    assert browser.post(*filled(given_back, "notes")).status_code == 302
    assert notes_of(alice, guest) == TYPED


def test_whoever_signs_in_next_reads_nothing_of_it(client_of, alice, charlie, guest):
    """Charlie is of another organization and uses the same tablet."""
    browser, place = client_of(alice), place_of(guest)
    browser.session.flush()
    asked = browser.post(place, {"notes": TYPED})
    assert asked.status_code == 401
    assert "Sits by the window" not in asked.content.decode()
    theirs = sign_in(browser, asked, "charlie@seatrobot.test")
    assert theirs.status_code == 302
    kept = filled(asked, "password")[1]["unsent"]
    page = client_of(charlie).post("/sign-in/", {"unsent": kept}, follow=True)
    assert "Sits by the window" not in page.content.decode()


def test_text_of_a_browser_that_never_signed_in_is_not_kept(guest):
    asked = Client().post(place_of(guest), {"notes": TYPED})
    assert asked.status_code == 302


def test_an_old_token_gives_the_text_back_at_once(alice, guest, client_of):
    browser, place = client_of(alice), place_of(guest)
    browser.handler.enforce_csrf_checks = True
    _action, said = filled(browser.get(place), "notes", notes=[TYPED])
    said["csrfmiddlewaretoken"] = ["x" * 64]
    given_back = browser.post(place, said)
    assert given_back.status_code == 403
    assert browser.post(*filled(given_back, "notes")).status_code == 302
    assert notes_of(alice, guest) == TYPED


def test_what_another_site_sends_is_not_given_back(alice, guest, client_of):
    browser, place = client_of(alice), place_of(guest)
    browser.handler.enforce_csrf_checks = True
    for headers in ({"HTTP_ORIGIN": "https://evil.example"}, {"HTTP_SEC_FETCH_SITE": "cross-site"}):
        page = browser.post(place, {"notes": TYPED}, **headers)
        assert page.status_code == 403
        assert "Sits by the window" not in page.content.decode()


@pytest.mark.parametrize("leads_to", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_kept_text_leads_to_this_site_alone(alice, leads_to):
    browser = Client()
    kept = carried(alice, f'["{leads_to}", [["notes", "x"]], "/", []]')
    said = {"username": EMAIL, "password": PASSWORD, "unsent": kept}
    assert browser.post("/sign-in/", said).status_code == 302


def test_a_question_for_the_password_keeps_the_form(client_of, alice, bob):
    browser = client_of(alice)
    place = f"/o/{alice.organization_id}/settings/security/"
    _action, said = filled(browser.get(place), "domains", domains=["kept.example"])
    session = browser.session
    session[assurance.KEY] = {"methods": ["password"], "at": "2020-01-01T00:00:00+00:00"}
    session.save()
    asked = browser.post(place, said, follow=True)
    given_back = browser.post(*filled(asked, "password", password=[PASSWORD]))
    assert "kept.example" in given_back.content.decode()
    assert browser.post(*filled(given_back, "domains")).status_code == 302
    assert "kept.example" in browser.get(place).content.decode()


def test_passwords_are_not_kept(client_of, alice):
    browser = client_of(alice)
    browser.session.flush()
    said = {"name": "Alice B", "password": PASSWORD, "new_password": "even better staple"}
    asked = browser.post("/account/password/", said)
    [kept] = filled(asked, "password")[1]["unsent"]
    plain = unsent._cipher().decrypt(kept).decode()
    assert "Alice B" in plain
    assert "staple" not in plain


def test_what_is_typed_into_own_columns_and_answers_of_an_import_is_kept(client_of, alice, guest):
    browser = client_of(alice)
    browser.session.flush()
    names = [f"answer_{'0a' * 16}", "answer-7:name", "word-perhaps", "party-code-name"]
    secrets = ["answer", "code", "recovery_code", "token", "csrfmiddlewaretoken"]
    said = {name: f"kept {number}" for number, name in enumerate(names)}
    asked = browser.post(place_of(guest), said | dict.fromkeys(secrets, "hidden"))
    assert asked.status_code == 401
    given_back = sign_in(browser, asked).content.decode()
    for text in said.values():
        assert text in given_back
    assert "hidden<" not in given_back
    assert 'value="hidden"' not in given_back


@pytest.mark.parametrize(
    "kept",
    [
        "[" * 5000,
        '["/x", [["a", "\\ud800"]], "/", []]',
        '["/\\ud800", [["a", "b"]], "/", []]',
        '["/\\u0000x", [["a", "b"]], "/", []]',
        '["/x", [["a", "b"]], "/\\n", []]',
        '["/x", [["a", "' + "b" * 500_000 + '"]], "/", []]',
    ],
)
def test_kept_text_that_says_nothing_is_dropped(alice, kept):
    browser, kept = Client(), carried(alice, kept)
    wrong = browser.post("/sign-in/", {"username": EMAIL, "password": "wrong", "unsent": kept})
    assert wrong.status_code == 422
    said = {"username": EMAIL, "password": PASSWORD, "unsent": kept}
    assert browser.post("/sign-in/", said).status_code == 302


def test_signing_in_in_two_tabs(alice, dinner):
    browser = Client(enforce_csrf_checks=True)
    home = f"/o/{alice.organization_id}/events/{dinner.pk}/"
    first, second = (browser.get(f"/sign-in/?next={home}") for _tab in range(2))
    assert sign_in(browser, first)["Location"] == home
    assert sign_in(browser, second)["Location"] == home


def test_a_sign_in_page_with_an_old_token_is_shown_again(alice):
    browser = Client(enforce_csrf_checks=True)
    action, said = filled(browser.get("/sign-in/"), "password", username=[EMAIL])
    again = browser.post(action, said | {"csrfmiddlewaretoken": ["x" * 64]})
    assert again.status_code == 403
    assert EMAIL in again.content.decode()
    assert sign_in(browser, again).status_code == 302


def test_an_event_typed_in_an_ended_session_is_made_once(client_of, alice):
    browser = client_of(alice)
    place = f"/o/{alice.organization_id}/events/new/"
    said = {"title": ["Gala"], "starts_at": ["2027-05-01T18:00"], "ends_at": ["2027-05-01T23:00"]}
    _action, sent = filled(browser.get(place), "title", **said, time_zone=["UTC"])
    browser.session.flush()
    given_back = sign_in(browser, browser.post(place, sent))
    for _time in range(2):
        assert browser.post(*filled(given_back, "title")).status_code == 302
    with as_(alice):
        assert [event.title for event in Event.objects.all()] == ["Gala"]


def test_a_form_with_a_file_is_shown_and_not_sent_without_it(alice, dinner):
    browser = Client()
    kept = carried(alice, '["/x", [["note", "Seen it"]], "/page/", ["certificate.pdf"]]')
    said = {"username": EMAIL, "password": PASSWORD, "unsent": kept}
    given_back = browser.post("/sign-in/", said)
    page = given_back.content.decode()
    assert "Seen it" in page
    assert "choose yours again" in page
    assert all("note" not in form.values for form in forms_of(page))
    assert 'href="/page/"' in page
