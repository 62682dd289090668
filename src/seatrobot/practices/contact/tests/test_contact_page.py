"""The contact page tells a person in plain words how to reach one."""

import pytest
from django.test import Client

from seatrobot.practices.contact import openpgp

pytestmark = pytest.mark.usefixtures("instance")


def page() -> str:
    answer = Client().get("/practices/contact/")
    assert answer.status_code == 200
    assert answer.cookies.output() == ""
    return answer.content.decode()


def test_it_names_the_operators_addresses_and_the_key(operator):
    operator(
        'email = "security@example.org"\nurl = "https://example.org/contact"\n'
        'languages = "en, de, tlh"\n'
    )
    assert 'href="mailto:security@example.org"' in page()
    assert 'href="https://example.org/contact"' in page()
    assert openpgp.fingerprint() in page().replace(" ", "")
    assert "English, German, tlh" in page()


def test_it_says_so_when_the_operator_named_none():
    assert "No address yet" in page()


def test_a_wrong_file_of_the_operator_does_not_take_it_down(operator):
    operator("this is no TOML")
    assert "No address yet" in page()


def test_it_shows_what_the_operator_wrote_as_text(operator):
    operator('name = "<script>alert(1)</script>"\n')
    assert "<script>alert" not in page()
