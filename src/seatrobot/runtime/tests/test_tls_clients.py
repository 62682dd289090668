"""Whoever connects to others speaks TLS of the profile, each kind of client by itself."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from urllib.parse import urlsplit

import psycopg
import pytest

from seatrobot.accounts import mail
from seatrobot.kernel import outgoing, tls
from seatrobot.kernel.heads import witnesses
from seatrobot.kernel.vault import remote
from seatrobot.runtime.faulting.certificates import Authority

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
"""With which libpq asks for TLS (PostgreSQL's documentation, "Message Formats")."""


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server that speaks TLS 1.2 alone, and notes each handshake that succeeded."""
    authority = Authority(tmp_path)
    authority.issue(3)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certificate, authority.private_key)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    listening = socket.create_server(("127.0.0.1", 0))
    done = []

    def serve():
        while True:
            try:
                opened, _ = listening.accept()
            except OSError:
                return
            with opened, contextlib.suppress(OSError):
                opened.settimeout(10)
                if opened.recv(8, socket.MSG_PEEK) == SSL_REQUEST:
                    opened.recv(8)
                    opened.sendall(b"S")
                with context.wrap_socket(opened, server_side=True) as secured:
                    done.append((secured.version(), secured.cipher()[0]))

    threading.Thread(target=serve, daemon=True).start()
    yield listening.getsockname()[1], done, authority
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


def webhook(port, _authority):
    parts = urlsplit(f"https://localhost:{port}/")
    with contextlib.closing(outgoing._Pinned(parts, "127.0.0.1", 10)) as line:
        line.connect()


def smtps(port, _authority):
    mail._server(f"smtps://localhost:{port}").open()


def witness(port, _authority):
    witnesses._post(f"https://localhost:{port}", b"")


def openbao(port, authority):
    place = authority.file.with_name("token")
    place.write_text("token")
    remote.OpenBao(f"openbao://localhost:{port}/transit/keys/k?token-file={place}").encrypt(
        b"", b"n" * 16
    )


def aws(port, authority, monkeypatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_ENDPOINT_URL_KMS": f"https://localhost:{port}",
        "AWS_CA_BUNDLE": str(authority.file),
    }.items():
        monkeypatch.setenv(name, value)
    holder = remote.AwsKms("aws-kms://arn:aws:kms:eu-central-1:1:key/k")
    holder.encrypt(b"", b"n" * 16)


def postgresql(port, authority):
    url = f"postgresql://app@localhost:{port}/x?sslmode=verify-full&sslrootcert={authority.file}"
    asked = f"{url}&ssl_min_protocol_version={tls.chosen().versions[0]}"
    psycopg.connect(asked, connect_timeout=10)


CLIENTS = [webhook, smtps, witness, openbao, aws, postgresql]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda each: each.__name__)
def test_a_client_meets_an_old_server_under_the_compatible_profile_alone(
    client, server, monkeypatch
):
    port, done, authority = server
    rest = (monkeypatch,) if client is aws else ()
    for profile, version in (("modern", []), ("compatible", ["TLSv1.2"])):
        monkeypatch.setenv(tls.VARIABLE, profile)
        done.clear()
        with contextlib.suppress(Exception):  # nothing answers after the handshake
            client(port, authority, *rest)
        assert sorted({each for each, _suite in done}) == version
        assert all(suite in tls.SUITES_12 for _version, suite in done)
