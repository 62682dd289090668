"""The table of clients comes from a measurement, and from hellos that are complete."""

from __future__ import annotations

import socket
import ssl
import threading

import pytest

from seatrobot.practices.checks import clients, hello
from seatrobot.runtime.faulting.certificates import Authority


@pytest.fixture
def listener(tmp_path):
    """A listener of TLS 1.2 with one suite; gives its port and the records that it got."""
    authority = Authority(tmp_path)
    authority.issue(3)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certificate, authority.private_key)
    context.set_ciphers("ECDHE-ECDSA-CHACHA20-POLY1305")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                opened, _ = listening.accept()
            except OSError:
                return
            try:
                context.wrap_socket(opened, server_side=True).close()
            except OSError:
                opened.close()

    threading.Thread(target=serve, daemon=True).start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


def test_what_is_let_in_is_what_the_listener_and_the_client_agree_on(listener):
    found = clients.replay("127.0.0.1", listener, "localhost")
    ours = hello.SUITES["ECDHE-ECDSA-CHACHA20-POLY1305"]
    versions = list(hello.VERSIONS)
    for client in clients.clients():
        offers = client.hello
        knows = ours in offers.suites and 0x17 in offers.groups + [0x17] * (not offers.groups)
        can = (
            versions.index(client.oldest)
            <= versions.index("TLSv1.2")
            <= versions.index(client.newest)
        )
        assert bool(found[client.name]) == (knows and can), client.name
    assert 10 < sum(bool(each) for each in found.values()) < len(found)


def test_every_client_was_measured_once_and_has_a_source():
    named = [each.name for each in clients.clients()]
    assert len(named) == len(set(named)) >= 50
    assert [each.name for each in clients.measured().clients] == named
    assert all(each.source for each in clients.clients())


def test_the_modern_profile_lets_in_whoever_offers_tls_1_3_and_the_other_no_fewer():
    newest = {each.name: each.newest for each in clients.clients()}
    table = clients.table()
    for line in table.lines:
        assert line.modern == (newest[line.name] == "TLSv1.3")
        assert line.compatible >= line.modern
        assert line.with_rsa >= line.modern
    assert table.outside_modern > table.outside_compatible > 0


def test_what_mozilla_calls_the_oldest_clients_of_a_profile_are_let_in():
    """Those of version 6.0 of whose hellos there is a recording."""
    lines = {each.name: each for each in clients.table().lines}
    assert all(lines[name].modern for name in ("Chrome 70", "Android 10", "Java 11"))
    oldest = ("Android 4.4", "Chrome 49", "Edge 15", "Java 8u161", "OpenSSL 1.0.1l")
    oldest += ("Internet Explorer 11 on Windows 10", "Safari 9 on iOS 9", "Firefox 31 ESR")
    for name in oldest:
        assert lines[name].compatible, name
        assert lines[name].with_rsa, name
        assert not lines[name].modern, name


@pytest.mark.django_db
def test_the_table_is_on_the_public_page_of_its_promise(client):
    text = client.get("/practices/encryption.compatibility/").content.decode()
    assert "Which clients a TLS profile keeps out" in text
    assert text.count("<tr>") >= len(clients.clients())
    other = client.get("/practices/encryption.transit/").content.decode()
    assert "Which clients a TLS profile keeps out" not in other
