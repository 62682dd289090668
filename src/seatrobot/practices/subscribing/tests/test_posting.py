"""A webhook is no tool against others: where it may go, and how it gets there."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from seatrobot.kernel import outgoing
from seatrobot.kernel.clock import now
from seatrobot.practices.subscribing import posting
from seatrobot.practices.subscribing.tests.conftest import Receiver

NOT_PUBLIC = "Its host has an address that is not public."
ALWAYS_REFUSED = [
    *("169.254.169.254", "fe80::1", "224.0.0.1", "ff02::1", "0.0.0.0", "::"),
    *("64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
    *("::ffff:169.254.169.254", "fec0::1"),
]
PRIVATE = [
    *("10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "127.0.0.1", "127.8.8.8", "::1"),
    *("fd00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "192.0.0.1", "198.18.0.1", "240.0.0.1"),
    "255.255.255.255",
]


def post(url: str) -> posting.Outcome:
    return posting.post(url, {}, b"{}")


@pytest.mark.parametrize("address", [*ALWAYS_REFUSED, *PRIVATE])
def test_an_address_that_is_not_public_is_refused(address, names):
    names["hook.example"] = [address]
    assert post("https://hook.example/").text == NOT_PUBLIC


@pytest.mark.parametrize("address", ALWAYS_REFUSED)
def test_some_are_refused_whatever_the_operator_allows(address, names, settings):
    settings.WEBHOOK_PRIVATE = True
    names["hook.example"] = [address]
    assert post("https://hook.example/").text == NOT_PUBLIC


def test_one_private_address_among_public_ones_is_enough(names):
    names["hook.example"] = ["93.184.215.14", "10.0.0.1"]
    assert post("https://hook.example/").text == NOT_PUBLIC


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "[::1]", "localhost"])
def test_loopback_by_any_other_name_is_refused(host):
    assert post(f"https://{host}/").text == NOT_PUBLIC


def test_a_public_address_is_allowed(names):
    names["hook.example"] = ["93.184.215.14"]
    found = outgoing.resolve(outgoing.check("https://hook.example/"))
    assert found == ip_address("93.184.215.14")


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.org/", "ftp://example.org/", "file:///etc/passwd", "//example.org"),
        *("https://", "https://user:password@example.org/", "https://example.org/#part"),
        *("https://example.org/\r\nX: y", "https://example.org:99999/", "https://[::1/", ""),
        *("https://exämple.org/", "https://example.org/a b", "https://example.org:0/"),
    ],
)
def test_what_is_no_https_address_is_refused(url):
    with pytest.raises(outgoing.BadAddress):
        outgoing.check(url)


def test_plain_http_goes_to_loopback_alone_and_only_when_allowed(names, settings):
    names["hook.example"] = ["93.184.215.14"]
    settings.WEBHOOK_PRIVATE = True
    assert post("http://hook.example/").text == NOT_PUBLIC
    names["hook.example"] = ["192.168.1.1"]
    assert post("http://hook.example/").text == NOT_PUBLIC


def test_the_connection_goes_to_the_address_that_was_looked_at(receiver, monkeypatch):
    """The name says something else the second time, as one of an attacker would."""
    said = iter([["127.0.0.1"], ["10.0.0.1"], ["10.0.0.1"]])
    real = outgoing.socket.getaddrinfo

    def look_up(host, port, *arguments, **options):
        if host == "hook.example":
            [host] = next(said)
        return real(host, port, *arguments, **options)

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", look_up)
    assert post(f"http://hook.example:{receiver.server_port}/").ok
    [(_path, headers, _body)] = receiver.got
    assert headers["Host"] == f"hook.example:{receiver.server_port}"
    assert next(said) == ["10.0.0.1"]


def test_a_redirect_is_not_followed(receiver):
    receiver.status, receiver.location = 307, receiver.url
    assert post(receiver.url).text == "It answered 307."
    assert len(receiver.got) == 1


def test_one_that_never_answers_is_given_up(receiver, monkeypatch):
    monkeypatch.setattr(posting, "WHOLE_SECONDS", 0.2)
    receiver.silent = True
    assert post(receiver.url).text == "It did not answer in time."


def test_one_that_is_away_is_said(receiver):
    receiver.shutdown()
    receiver.server_close()
    assert "was not reached" in post(receiver.url).text


def test_a_name_that_is_unknown_is_said(names):
    names["hook.example"] = []
    assert not post("https://hook.example/").ok


@pytest.fixture
def certificate(tmp_path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, SHA256())
    )
    path = tmp_path / "certificate.pem"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + pem)
    return path


@pytest.fixture
def tls_receiver(settings, certificate) -> Iterator[Receiver]:
    settings.WEBHOOK_PRIVATE = True
    server = Receiver()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_arguments: None
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_its_certificate_must_be_valid(tls_receiver):
    url = f"https://localhost:{tls_receiver.server_port}/"
    assert post(url).text == "Its certificate is not valid."
    assert tls_receiver.got == []


def test_a_valid_certificate_of_that_name_is_accepted(tls_receiver, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert post(f"https://localhost:{tls_receiver.server_port}/").ok
    other = post(f"https://127.0.0.1:{tls_receiver.server_port}/")
    assert other.text == "Its certificate is not valid."
