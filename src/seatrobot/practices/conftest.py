"""Fixtures: a data directory for each test, a running web server, an organization."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from django.core.servers.basehttp import WSGIRequestHandler

from seatrobot.practices.checks import browser, static_files
from seatrobot.practices.contact import security_txt


@pytest.fixture
def instance(settings, tmp_path):
    """A data directory of its own, reached as https://guests.example.org."""
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
    settings.BASE_URL = "https://guests.example.org"
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "guests.example.org"]
    security_txt._signed.cache_clear()  # noqa: SLF001  a key of another test signed it
    return tmp_path


@pytest.fixture
def operator(instance) -> Callable[[str], None]:
    """Write the operator's practices.toml."""

    def write(text: str) -> None:
        (instance / "profile").mkdir(mode=0o700, exist_ok=True)
        (instance / "profile" / "practices.toml").write_text(text, "utf-8")

    return write


@pytest.fixture
def web(live_server, monkeypatch, settings, transactional_db):
    """A web server on this test's database; examinations ask it and no other."""
    # Otherwise each answer on a connection that is kept waits 40 ms for an acknowledgement.
    monkeypatch.setattr(WSGIRequestHandler, "disable_nagle_algorithm", True)
    parts = urlsplit(live_server.url)
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    settings.ALLOWED_PORTS = {str(parts.port)}
    place = browser.Address(parts.hostname, parts.port, is_tls=False, name=parts.netloc)
    monkeypatch.setattr(browser, "own_address", lambda: place)
    return place


@pytest.fixture
def used(transactional_db, alice, dinner):
    """Alice's organization, so that the instance is in use."""
    return alice


@pytest.fixture
def static_site(instance, settings, monkeypatch) -> Iterator[Path]:
    """The static files as a start of the service collects them, and a server that answers them."""
    real = {"BACKEND": "seatrobot.web.storage.StaticFiles"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": real}
    settings.STATIC_ROOT, settings.STATIC_LISTS = instance / "static", instance / "static-lists"
    static_files.collect(settings.STATIC_ROOT, settings.STATIC_LISTS)

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(instance))

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    place = browser.Address("127.0.0.1", server.server_port, is_tls=False, name="localhost")
    monkeypatch.setattr(browser, "own_address", lambda: place)
    yield settings.STATIC_ROOT
    server.shutdown()
    server.server_close()
