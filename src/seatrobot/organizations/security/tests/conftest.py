"""Browsers that have shown some factors, and an organization that asks for some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from seatrobot.accounts import assurance
from seatrobot.accounts.assurance import Assurance
from seatrobot.conftest import as_
from seatrobot.kernel.clock import now
from seatrobot.organizations.members import Member
from seatrobot.organizations.security import services
from seatrobot.organizations.security.services import Wanted

LOOPBACK = "127.0.0.1"
STRONG = Assurance(frozenset({"password", "passkey"}), now())


@pytest.fixture
def browser_of(client_of: Callable[[Member], Client]) -> Callable[..., Client]:
    """Return a browser of a member in which some factors were shown just now."""

    def browser(member: Member, *methods: str) -> Client:
        client = client_of(member)
        session = client.session
        session[assurance.KEY] = {
            "methods": sorted({"password", *methods}),
            "at": now().isoformat(),
        }
        session.save()
        return client

    return browser


@pytest.fixture
def ask(alice: Member) -> Callable[..., None]:
    """Return a function with which Alice puts settings in force."""

    def ask(by: Member = alice, address: str = LOOPBACK, **settings: Any) -> None:
        with as_(by):
            services.change(actor=by, wanted=Wanted(**settings), assurance=STRONG, address=address)

    return ask
