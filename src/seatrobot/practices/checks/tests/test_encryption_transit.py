"""What a listener offers is seen from outside; each weakness turns one number."""

from __future__ import annotations

import ssl
import threading
import warnings
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from seatrobot.kernel import tls
from seatrobot.kernel.clock import now
from seatrobot.kernel.promises.declaring import CannotMeasure
from seatrobot.practices.checks import browser, encryption

pytestmark = pytest.mark.django_db


@pytest.fixture
def serve(tmp_path, monkeypatch):
    """Start a listener on this machine, weak as told; its own certificate is trusted."""
    servers = []

    def start(*, days=30, name="localhost", trusted=True, header="max-age=63072000", **weak):
        certificate = made(tmp_path, days, name)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate) if trusted else "/dev/null")
        server = ThreadingHTTPServer(("127.0.0.1", 0), answering(header))
        server.socket = context(certificate, **weak).wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        port = server.server_address[1]
        place = browser.Address("127.0.0.1", port, is_tls=True, name=f"localhost:{port}")
        monkeypatch.setattr(browser, "own_address", lambda: place)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def public_name(settings, monkeypatch):
    settings.BASE_URL = "https://localhost"
    monkeypatch.setenv(tls.VARIABLE, "compatible")


GOOD = {"modern": 1, "weak": 0, "certificate": 0, "strict": 1, "clients": 0, "database": 0}
GOOD |= {"waiting": 0}


def measured():
    numbers = dict(encryption.transit().values)
    return numbers.pop("days"), numbers


def test_a_good_listener_has_nothing_wrong(serve):
    serve()
    days, numbers = measured()
    assert numbers == GOOD
    assert 29 < days <= 30


@pytest.mark.parametrize(
    ("weakness", "wrong"),
    [
        ({"oldest": ssl.TLSVersion.TLSv1}, {"weak": 3}),
        ({"suites": "ALL:@SECLEVEL=0"}, {"weak": 1}),
        ({"suites": "ECDHE+AESGCM:ECDHE-ECDSA-AES128-SHA256"}, {"weak": 1}),
        ({"suites": "ECDHE+AESGCM:ECDHE-ECDSA-AES128-CCM"}, {"weak": 1}),
        ({"newest": ssl.TLSVersion.TLSv1_2}, {"modern": 0}),
        ({"trusted": False}, {"certificate": 1}),
        ({"name": "elsewhere.example"}, {"certificate": 1}),
        ({"days": -1}, {"certificate": 1}),
        ({"header": "max-age=60"}, {"strict": 0}),
        ({"header": ""}, {"strict": 0}),
    ],
)
def test_a_weakness_is_found(weakness, wrong, serve):
    serve(**weakness)
    _days, numbers = measured()
    assert numbers == GOOD | wrong


def test_what_the_profile_does_not_have_is_found_and_what_it_has_is_not(serve, monkeypatch):
    monkeypatch.setenv(tls.VARIABLE, "modern")
    serve()
    assert measured()[1] == GOOD | {"weak": 1}
    serve(oldest=ssl.TLSVersion.TLSv1_3)
    assert measured()[1] == GOOD


def test_new_files_that_are_not_used_are_told(serve, settings, tmp_path):
    serve()
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
    (tmp_path / "tls").mkdir()
    (tmp_path / tls.REFUSED).write_text("The certificate has expired.")
    taken = encryption.transit()
    assert taken.values["waiting"] == 1
    assert "The certificate has expired." in taken.notes


def test_a_client_that_offers_more_than_the_profile_is_found(serve, monkeypatch):
    serve()
    context = ssl.create_default_context()
    monkeypatch.setattr(tls, "narrowed", lambda _made: context)
    assert measured()[1] == GOOD | {"clients": 8}


def test_an_expiry_that_is_near_is_measured(serve):
    serve(days=3)
    assert 2 < measured()[0] <= 3


def test_without_tls_nothing_can_be_told(monkeypatch, settings):
    settings.BASE_URL = "http://localhost:8080"
    place = browser.Address("127.0.0.1", 8080, is_tls=False, name="localhost:8080")
    monkeypatch.setattr(browser, "own_address", lambda: place)
    with pytest.raises(CannotMeasure, match="without TLS"):
        encryption.transit()


def test_a_proxy_that_cannot_be_seen_is_said(monkeypatch, settings):
    settings.BASE_URL = "https://127.0.0.1:1"
    place = browser.Address("127.0.0.1", 8080, is_tls=False, name="127.0.0.1:1")
    monkeypatch.setattr(browser, "own_address", lambda: place)
    with pytest.raises(CannotMeasure, match="proxy in front"):
        encryption.transit()


def answering(header):
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            if header:
                self.send_header("Strict-Transport-Security", header)
            self.end_headers()

        def log_message(self, *_):
            pass

    return Answering


def context(certificate, oldest=ssl.TLSVersion.TLSv1_2, newest=ssl.TLSVersion.TLSv1_3, suites=""):
    made_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made_context.load_cert_chain(certificate)
    old = oldest < ssl.TLSVersion.TLSv1_2
    made_context.set_ciphers(suites or ("ALL:@SECLEVEL=0" if old else "ECDHE+AESGCM"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        made_context.minimum_version, made_context.maximum_version = oldest, newest
    return made_context


def made(place, days, name):
    """Return a file with a key and a certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now() - timedelta(days=9))
    builder = builder.not_valid_after(now() + timedelta(days=days))
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    signed = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = place / "listener.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(key.private_bytes(pem, *form) + signed.public_bytes(pem))
    return file


def test_a_database_over_a_network_without_tls_is_seen(serve, monkeypatch):
    serve()
    monkeypatch.setattr(encryption, "OVER_A_NETWORK", "SELECT true")
    assert measured()[1] == {**GOOD, "database": 1}
