"""What is asked of a password, and what is not."""

import re
import subprocess
import sys

import pytest
from django.test import Client

from seatrobot.accounts.forms import LONGEST_PASSWORD
from seatrobot.accounts.models import Account

LONG = "zebra umbrella lantern accordion "


@pytest.fixture
def set_password(alice):
    def set_password(password: str) -> None:
        account = Account.objects.get(pk=alice.account_id)
        account.set_password(password)
        account.save()

    return set_password


def signs_in(password: str) -> bool:
    form = {"username": "alice@seatrobot.test", "password": password}
    return Client().post("/sign-in/", form).status_code == 302


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("fourteen signs", "at least 15 characters"),
        ("passwordpassword", "guessers try first"),
        ("alice@seatrobot.test", "your own data"),
        ("x" * (LONGEST_PASSWORD + 1), "at most 1000 characters"),
    ],
)
def test_a_new_password_that_does_not_do_changes_nothing(client_of, alice, password, sentence):
    from seatrobot.conftest import PASSWORD

    form = {"old": PASSWORD, "new": password}
    answer = client_of(alice).post("/account/password/", form)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert signs_in(PASSWORD)


def test_the_organizations_own_name_makes_no_password(db):
    from seatrobot.organizations import setup

    link = setup.first_run_link()
    form = {"organization": "Tea Foundation", "name": "Eve", "email": "eve@x.test"}
    answer = Client().post(link, form | {"password": "TeaFoundation-2026"})
    assert "your own data" in answer.content.decode()
    assert not Account.objects.exists()


def test_a_reset_link_takes_no_easy_password_and_lives_on(alice):
    from seatrobot.accounts.passwords import resetting

    link = resetting.link(Account.objects.get(pk=alice.account_id))
    answer = Client().post(link, {"password": "alice@seatrobot.test"})
    assert "your own data" in answer.content.decode()
    assert Client().get(link).status_code == 200


def test_production_hashes_with_argon2id_at_full_cost():
    """In a process of its own: in tests a fixture lowers the cost."""
    script = (
        "import django; django.setup();"
        "from django.contrib.auth.hashers import make_password; print(make_password('x' * 15))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.startswith("argon2$argon2id$v=19$m=102400,t=2,p=8$")


@pytest.mark.parametrize("length", [64, 128, LONGEST_PASSWORD])
def test_every_character_of_a_long_password_counts(set_password, length):
    password = (LONG * 40)[: length - 1] + "!"
    set_password(password)
    assert signs_in(password)
    assert not signs_in(password[:-1] + "?")
    assert not signs_in(password[:-1])


def test_case_and_spaces_count(set_password):
    set_password(f" {LONG}")
    assert signs_in(f" {LONG}")
    assert not signs_in(f" {LONG}".upper())
    assert not signs_in(LONG)


def test_a_password_does_not_grow_old(set_password):
    set_password(LONG)
    Account.objects.update(created_at="2016-01-01T00:00:00Z")
    assert signs_in(LONG)


@pytest.mark.parametrize("page", ["/sign-in/", "/account/"])
def test_fields_are_masked_and_open_to_password_managers(client_of, alice, page):
    browser = Client() if page == "/sign-in/" else client_of(alice)
    fields = re.findall(r"<input[^>]*password[^>]*>", browser.get(page).content.decode())
    assert fields
    for field in fields:
        assert 'type="password"' in field
        assert re.search(r'autocomplete="(current|new)-password"', field)
        assert "onpaste" not in field


def test_there_is_no_account_from_the_start(db):
    assert not Account.objects.exists()


def test_no_form_asks_for_a_hint_or_a_secret_question():
    from django import forms as django_forms

    from seatrobot.accounts import forms

    fields = {
        name
        for form in vars(forms).values()
        if isinstance(form, type) and issubclass(form, django_forms.Form)
        for name in form.base_fields
    }
    assert fields <= {"username", "password", "email", "name", "old", "new", "code", "sealed"}


@pytest.mark.parametrize(("minutes", "status"), [(59, 200), (61, 410)])
def test_a_reset_link_lives_sixty_minutes(alice, monkeypatch, minutes, status):
    from datetime import datetime, timedelta

    from seatrobot.accounts.passwords import resetting
    from seatrobot.accounts.passwords.resetting import tokens

    link = resetting.link(Account.objects.get(pk=alice.account_id))
    later = datetime.now() + timedelta(minutes=minutes)  # noqa: DTZ005  as Django counts
    monkeypatch.setattr(tokens, "_now", lambda: later)
    assert Client().get(link).status_code == status
