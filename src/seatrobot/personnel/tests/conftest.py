"""Dana of the staff with her passkey, and policies and courses that are published."""

from __future__ import annotations

import pytest
from django.test import Client

from seatrobot.accounts.factors.tests.device import ORIGIN, Device
from seatrobot.accounts.models import Account
from seatrobot.accounts.staff.tests.people import OPERATOR, account_of, enrol, make_staff
from seatrobot.kernel.acting import acting
from seatrobot.kernel.staff import conditions
from seatrobot.personnel import publishing

DAN = "daniel@seatrobot.test"


@pytest.fixture(autouse=True)
def known_address(settings):
    settings.BASE_URL = ORIGIN


@pytest.fixture(autouse=True)
def nothing_kept():
    conditions.forget()
    yield
    conditions.forget()


@pytest.fixture
def texts_of_the_operator(settings, tmp_path):
    """The data directory, where the operator puts texts."""
    from dataclasses import replace

    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
    for place in ("policies", "courses"):
        (tmp_path / place).mkdir()
    return tmp_path


@pytest.fixture
def published(db, texts_of_the_operator):
    publish()


def publish() -> list:
    with acting(OPERATOR):
        return publishing.publish()


@pytest.fixture
def key(published) -> Device:
    return Device()


@pytest.fixture
def dana(key) -> Client:
    """A browser that Dana is signed in with."""
    client = Client()
    assert enrol(client, make_staff(), key).status_code == 302
    return client


@pytest.fixture
def daniel(dana) -> Client:
    client = Client()
    assert enrol(client, make_staff(DAN, "Daniel"), Device()).status_code == 302
    return client


@pytest.fixture
def account(dana) -> Account:
    return account_of()
