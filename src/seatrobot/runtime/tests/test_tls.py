"""Over TLS: what a browser is told, and that the service itself speaks it."""

from __future__ import annotations

import http.client
import ssl
import subprocess

import pytest

from seatrobot.runtime.tests.instance import Instance


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    place = tmp_path_factory.mktemp("tls")
    pair = place / "certificate.pem", place / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-out", str(pair[0]), "-keyout", str(pair[1])]
    subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)
    pair[1].chmod(0o600)
    return pair


@pytest.fixture(scope="module")
def answer(certificate, tmp_path_factory):
    public, private = certificate
    instance = Instance(
        tmp_path_factory.mktemp("up") / "data",
        SEATROBOT_TLS_CERTIFICATE=str(public),
        SEATROBOT_TLS_PRIVATE_KEY=str(private),
    )
    context = ssl.create_default_context(cafile=str(public))
    connection = http.client.HTTPSConnection("127.0.0.1", instance.port, context=context)
    connection.request("GET", "/sign-in/")
    response = connection.getresponse()
    response.version_of_tls = connection.sock.version()
    yield response
    connection.close()
    instance.end()


def test_the_page_comes_over_a_recommended_version(answer):
    assert answer.status == 200
    assert answer.version_of_tls in {"TLSv1.2", "TLSv1.3"}


def test_browsers_are_told_to_stay_with_tls(answer):
    assert "max-age=63072000" in answer.headers["Strict-Transport-Security"]


def test_cookies_are_for_tls_and_this_host_alone(answer):
    cookies = answer.headers.get_all("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert "; Secure" in cookie
        assert "; HttpOnly" in cookie
        assert "; SameSite=Lax" in cookie
