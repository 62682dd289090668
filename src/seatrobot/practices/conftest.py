"""A running web server and an organization that uses it."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from seatrobot.practices import outside


@pytest.fixture
def web(live_server, monkeypatch, settings, transactional_db):
    """A web server on this test's database; examinations ask it and no other."""
    parts = urlsplit(live_server.url)
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    place = outside.Address(parts.hostname, parts.port, is_tls=False, name=parts.netloc)
    monkeypatch.setattr(outside, "address", lambda: place)
    return place


@pytest.fixture
def used(transactional_db, alice, dinner):
    """Alice's organization, so that the instance is in use."""
    return alice
