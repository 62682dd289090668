"""A browser at the address passkeys are bound to, and its ways to enrol."""

from __future__ import annotations

import re
from base64 import b32decode

import pytest
from django.test import Client
from django_otp.oath import totp

from seatrobot.accounts.models import Authenticator
from seatrobot.accounts.sign_in_log.kinds import Outcome
from seatrobot.accounts.sign_in_log.recording import sign_in_logged
from seatrobot.conftest import PASSWORD

from .device import ORIGIN, Device

ALICE = "alice@seatrobot.test"


@pytest.fixture(autouse=True)
def known_address(settings):
    settings.BASE_URL = ORIGIN


def give_password(client: Client, email: str = ALICE, **more: str):
    return client.post("/sign-in/", {"username": email, "password": PASSWORD} | more)


def signed_in(email: str = ALICE) -> Client:
    client = Client()
    assert give_password(client, email).status_code == 302
    return client


def challenge(client: Client, url: str) -> str:
    answer = client.post(url)
    assert answer.status_code == 200
    return answer.json()["challenge"]


def enrol(client: Client, device: Device, name: str = "Phone"):
    asked = challenge(client, "/account/ways/passkey/options/")
    return client.post("/account/ways/passkey/", {"name": name, "answer": device.create(asked)})


def codes_on(page) -> list[str]:
    return re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", page.content.decode())


def secret_on(page) -> tuple[bytes, str]:
    """Return the secret and the sealed field of the page that sets an app up."""
    text = page.content.decode()
    typed = re.search(r"<code>([A-Z2-7 ]+)</code>", text)[1]
    sealed = re.search(r'name="sealed" value="([^"]+)"', text)[1]
    return b32decode(typed.replace(" ", "")), sealed


def code_of(secret: bytes, drift: int = 0) -> str:
    return f"{totp(secret, drift=drift):06}"


def enrol_app(client: Client):
    """Set an app up; return its secret and the page that came."""
    secret, sealed = secret_on(client.get("/account/ways/app/"))
    form = {"name": "App", "sealed": sealed, "code": code_of(secret)}
    return secret, client.post("/account/ways/app/", form)


def forget_last_step() -> None:
    """As if the last code had been typed long ago."""
    Authenticator.objects.update(last_step=0)


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
def refusals():
    """Return the reasons of all refused attempts that the sign-in log has heard of."""
    rows = []

    def hear(sign_in, **_):
        rows.append(sign_in)

    sign_in_logged.connect(hear)
    yield lambda: [row.reason for row in rows if row.outcome == Outcome.FAILURE]
    sign_in_logged.disconnect(hear)
