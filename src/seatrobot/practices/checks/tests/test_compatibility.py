"""A front that tells what TLS agreed on is believed only if it overwrites what a client says."""

from __future__ import annotations

import ssl
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection

from seatrobot.kernel.promises.declaring import NotSetUp
from seatrobot.practices.checks import arrivals, browser, compatibility
from seatrobot.runtime.faulting.certificates import Authority

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "X-Client-TLS"


@pytest.fixture(autouse=True)
def behind_a_front(settings, monkeypatch):
    """An instance without TLS of its own, whose front takes both protocols."""
    settings.CONFIG = replace(settings.CONFIG, tls_header=HEADER, certificate="")
    settings.BASE_URL = "https://localhost:1"
    monkeypatch.setenv("SEATROBOT_TLS_PROFILE", "compatible")
    place = browser.Address("127.0.0.1", 1, is_tls=False, name="localhost:1")
    monkeypatch.setattr(browser, "own_address", lambda: place)
    monkeypatch.setattr(compatibility, "PATIENCE_SECONDS", 0.5)


@pytest.fixture
def front(tmp_path, settings):
    """Start a front, and the service behind it; `tells` makes the header of what a client sent."""
    servers = []

    def start(tells):
        class Front(BaseHTTPRequestHandler):
            def do_GET(self):
                said = tells(self.connection, self.headers.get(HEADER, ""))
                agreed = arrivals.agreed({"HTTP_X_CLIENT_TLS": said}, is_secure=True)
                counting = arrivals.Counting()
                counting.count(agreed, "127.0.0.1", is_local=True)
                counting.write()
                connection.close()
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        authority = Authority(tmp_path)
        authority.issue(3)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.certificate, authority.private_key)
        server = ThreadingHTTPServer(("127.0.0.1", 0), Front)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        settings.BASE_URL = f"https://localhost:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def truth(opened, _claimed):
    return f"{opened.version()} {opened.cipher()[0]}"


@pytest.mark.parametrize(
    ("tells", "miscounted", "forged"),
    [
        (truth, 0, 0),
        (lambda _opened, claimed: claimed, 8, 8),
        (lambda opened, claimed: claimed + "," + truth(opened, claimed), 8, 0),
        (lambda _opened, _claimed: "TLSv1.3 TLS_AES_256_GCM_SHA384", 4, 0),
    ],
    ids=["overwrites", "passes on", "adds", "says always the same"],
)
def test_requests_are_counted_as_what_they_were(tells, miscounted, forged, front):
    front(tells)
    values = compatibility.compatibility().values
    assert values["clients"] >= 50
    assert values["let_in"] > 30
    assert (values["asked"], values["miscounted"], values["forged"]) == (8, miscounted, forged)


def test_a_front_that_tells_nothing_is_not_set_up(front, settings):
    front(truth)
    settings.CONFIG = replace(settings.CONFIG, tls_header="")
    with pytest.raises(NotSetUp, match="SEATROBOT_TLS_HEADER"):
        compatibility.compatibility()


def test_the_embedded_listener_cannot_tell_two_protocols_apart(front, settings, monkeypatch):
    settings.CONFIG = replace(settings.CONFIG, tls_header="", certificate="a.pem")
    own = browser.Address("127.0.0.1", 1, is_tls=True, name="localhost:1")
    monkeypatch.setattr(browser, "own_address", lambda: own)
    with pytest.raises(NotSetUp, match="embedded listener"):
        compatibility.compatibility()
