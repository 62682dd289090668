"""Over TLS: what a browser is told, and that the service itself speaks it."""

from __future__ import annotations

import http.client
import shutil
import ssl
import subprocess

import pytest

from seatrobot.runtime.tests.instance import Instance


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    place = tmp_path_factory.mktemp("tls")
    return make(place / "certificate.pem", place / "key.pem")


def make(public, private):
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-out", str(public), "-keyout", str(private)]
    subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)
    private.chmod(0o600)
    return public, private


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
    response.place = f"https://127.0.0.1:{instance.port}/sign-in/"
    yield response
    connection.close()
    instance.end()


@pytest.fixture
def place(answer):
    return answer.place


def test_the_page_comes_over_a_recommended_version(answer):
    assert answer.status == 200
    assert answer.version_of_tls in {"TLSv1.2", "TLSv1.3"}


@pytest.mark.skipif(not shutil.which("curl"), reason="curl speaks HTTP/2, Python does not")
@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
@pytest.mark.parametrize(
    ("options", "status"), [([], "200"), (["-I"], "200"), (["-d", "a"], "403")]
)
def test_either_version_of_http_gives_the_same_answers(version, options, status, answer, place):
    told = ["curl", "-sSk", version, *options, "-o", "/dev/null", "-w", "%{http_code}", place]
    done = subprocess.run(told, capture_output=True, text=True, check=False, timeout=30)
    assert (done.stdout, done.stderr) == (status, "")


def test_browsers_are_told_to_stay_with_tls(answer):
    assert "max-age=63072000" in answer.headers["Strict-Transport-Security"]


def test_also_by_what_is_refused_before_any_page_is_asked(place, certificate):
    context = ssl.create_default_context(cafile=str(certificate[0]))
    line = http.client.HTTPSConnection(place.split("/")[2], context=context, timeout=30)
    line.putrequest("POST", "/sign-in/")
    line.putheader("Content-Length", str(2**31))
    line.endheaders()
    refused = line.getresponse()
    line.close()
    assert refused.status == 413
    assert refused.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


def test_cookies_are_for_tls_and_this_host_alone(answer):
    cookies = answer.headers.get_all("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert "; Secure" in cookie
        assert "; HttpOnly" in cookie
        assert "; SameSite=Lax" in cookie
