"""Codes from an app: once each, one step of drift, slowed when guessed."""

import pytest
from django.test import Client

from seatrobot.accounts.models import Authenticator
from seatrobot.accounts.sign_in_log.tests.people import counted

from .conftest import code_of, codes_on, enrol_app, forget_last_step, give_password, signed_in
from .conftest import secret_on as secret_of

SECOND = "/sign-in/second-step/"
ADD = "/account/ways/app/"


@pytest.fixture
def secret(alice) -> bytes:
    secret, page = enrol_app(signed_in())
    assert len(codes_on(page)) == 10
    return secret


def second_step(code: str, client: Client | None = None):
    client = client or Client()
    give_password(client)
    return client, client.post(SECOND, {"code": code})


def test_the_page_shows_a_picture_and_the_secret(alice):
    page = signed_in().get(ADD).content.decode()
    assert 'src="data:image/svg+xml' in page
    assert "<svg" not in page.split("<main")[1].split("</main")[0].replace('<svg class="icon', "")


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_a_code_of_the_present_step_or_one_beside_it_signs_in(secret, drift):
    forget_last_step()
    client, answer = second_step(code_of(secret, drift))
    assert answer.status_code == 302
    assert client.session["assurance"]["methods"] == ["password", "totp"]


@pytest.mark.parametrize("drift", [-3, 3])
def test_a_clock_that_is_more_wrong_is_named(secret, drift):
    forget_last_step()
    _client, answer = second_step(code_of(secret, drift))
    assert answer.status_code == 422
    assert "check the clock" in answer.content.decode()


def test_a_code_is_good_once(secret, refusals):
    forget_last_step()
    code = code_of(secret)
    assert second_step(code)[1].status_code == 302
    _client, again = second_step(code)
    assert again.status_code == 422
    assert "used already" in again.content.decode()
    assert refusals() == ["used-code"]


def test_the_code_of_the_enrolment_is_used_up_too(secret):
    assert "used already" in second_step(code_of(secret))[1].content.decode()


def test_an_older_code_after_a_newer_one_is_refused(secret):
    forget_last_step()
    assert second_step(code_of(secret, 1))[1].status_code == 302
    assert second_step(code_of(secret))[1].status_code == 422


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "١٢٣٤٥٦", "0" * 200, "-12345"])
def test_what_is_no_code_is_refused(secret, code):
    client, answer = second_step(code)
    assert answer.status_code == 422
    assert client.get("/account/").status_code == 302


def test_guessing_is_slowed_and_logged(secret, refusals):
    client = Client()
    give_password(client)
    for _ in range(5):
        assert client.post(SECOND, {"code": "000000"}).status_code == 422
    forget_last_step()
    assert client.post(SECOND, {"code": code_of(secret)}).status_code == 429
    assert refusals() == ["wrong-code"] * 5
    assert counted() == [("totp", "too-many-tries", 1)]


def test_a_wrong_code_sets_nothing_up_and_keeps_the_secret(alice):
    client = signed_in()
    secret, sealed = secret_of(client.get(ADD))
    page = client.post(ADD, {"name": "App", "sealed": sealed, "code": "000000"})
    assert page.status_code == 422
    assert secret_of(page)[0] == secret
    assert not Authenticator.objects.exists()


def test_two_tabs_enrolling_at_once_the_first_code_wins(alice):
    client = signed_in()
    tabs = [secret_of(client.get(ADD)) for _ in range(2)]
    forms = [{"name": "App", "sealed": box, "code": code_of(secret)} for secret, box in tabs]
    assert client.post(ADD, forms[1]).status_code == 200
    late = client.post(ADD, forms[0])
    assert late.status_code == 422
    assert "set up already" in late.content.decode()
    assert bytes(Authenticator.objects.values_list("sealed", flat=True).get())
    assert second_step(code_of(tabs[0][0]))[1].status_code == 422


def test_a_secret_of_somebody_else_or_one_that_was_changed_is_refused(alice, charlie):
    secret, sealed = secret_of(signed_in("charlie@seatrobot.test").get(ADD))
    client = signed_in()
    for box in (sealed, sealed[:-8] + "AAAAAAA=", "é", ""):
        form = {"name": "App", "sealed": box, "code": code_of(secret)}
        assert client.post(ADD, form).status_code == 422
    assert not Authenticator.objects.exists()


def test_a_page_that_is_too_old_is_refused(alice, monkeypatch):
    from seatrobot.accounts.factors import codes

    client = signed_in()
    secret, sealed = secret_of(client.get(ADD))
    monkeypatch.setattr(codes, "PAGE_SECONDS", -1)
    page = client.post(ADD, {"name": "App", "sealed": sealed, "code": code_of(secret)})
    assert "too old" in page.content.decode()


def test_the_secret_is_sealed(secret):
    assert secret not in bytes(Authenticator.objects.values_list("sealed", flat=True).get())
