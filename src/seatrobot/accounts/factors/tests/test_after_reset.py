"""A new password by link takes the place of the old one, and of nothing else."""

from django.test import Client

from seatrobot.accounts.models import Account
from seatrobot.accounts.passwords import resetting

from .conftest import enrol_app, signed_in

NEW = "zebra umbrella lantern accordion"


def test_a_new_password_does_not_bypass_the_second_factor(alice):
    enrol_app(signed_in())
    link = resetting.link(Account.objects.get(pk=alice.account_id))
    browser = Client()
    browser.post(link, {"password": NEW})
    answer = browser.post("/sign-in/", {"username": "alice@seatrobot.test", "password": NEW})
    assert answer.url.startswith("/sign-in/second-step/")
    assert browser.get("/account/").status_code == 302
