from __future__ import annotations

import pytest
from django.test import Client

from seatrobot.accounts.factors.tests.device import ORIGIN, Device
from seatrobot.accounts.models import Session

from .people import enrol, make_staff, sign_in


@pytest.fixture(autouse=True)
def known_address(settings):
    settings.BASE_URL = ORIGIN


@pytest.fixture
def link(db) -> str:
    """Dana's first link, unused."""
    return make_staff()


@pytest.fixture
def key(link) -> Device:
    """Dana's device, with the passkey she made by her link; that session is over."""
    device = Device()
    assert enrol(Client(), link, device).status_code == 302
    Session.objects.all().delete()
    return device


@pytest.fixture
def dana(key) -> Client:
    """A browser that Dana is signed in with."""
    client = Client()
    assert sign_in(client, key).status_code == 302
    return client
