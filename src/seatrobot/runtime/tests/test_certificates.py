"""Certificate files that are no good: noticed for what they are, and never served."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import ssl
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from seatrobot.kernel import tls
from seatrobot.kernel.clock import now
from seatrobot.practices.checks import hello
from seatrobot.runtime import certificates
from seatrobot.runtime.faulting.processes import children, free_port
from seatrobot.runtime.tests.instance import Instance, until

PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8
CLEAR = serialization.NoEncryption()


def named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def signed(key, name="localhost", issuer=None, *, days=2, begun=-1, ca=False):
    """A certificate, signed by another (certificate and key), or by itself."""
    by, by_key = issuer or (None, key)
    builder = x509.CertificateBuilder().subject_name(named(name)).public_key(key.public_key())
    builder = builder.issuer_name(by.subject if by else named(name))
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now() + timedelta(days=begun))
    builder = builder.not_valid_after(now() + timedelta(days=days))
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    is_edwards = isinstance(by_key, ed25519.Ed25519PrivateKey)
    return builder.add_extension(names, critical=False).sign(
        by_key, None if is_edwards else hashes.SHA256()
    )


def write(place, chain, key, form=PKCS8, encryption=CLEAR):
    files = place / "public.pem", place / "private.pem"
    files[0].write_bytes(b"".join(each.public_bytes(PEM) for each in chain))
    files[1].write_bytes(key.private_bytes(PEM, form, encryption))
    return files


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


class Authorities:
    def __init__(self):
        self.root_key, self.middle_key = new_key(), new_key()
        self.root = signed(self.root_key, "Root", days=30, ca=True)
        self.middle = signed(self.middle_key, "Middle", (self.root, self.root_key), ca=True)

    def issue(self, key, **more):
        return signed(key, issuer=(self.middle, self.middle_key), **more)


GOOD = {
    "ECDSA P-256": new_key,
    "ECDSA P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "RSA 2048": lambda: rsa.generate_private_key(65537, 2048),
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_certificate_that_signs_itself_is_good(kind, tmp_path):
    key = GOOD[kind]()
    assert certificates.problem(write(tmp_path, [signed(key)], key)) == ""


def test_a_whole_chain_is_good_and_one_with_a_hole_is_not(tmp_path, monkeypatch):
    made, key = Authorities(), new_key()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
    (tmp_path / "root.pem").write_bytes(made.root.public_bytes(PEM))
    ours = made.issue(key)
    assert certificates.problem(write(tmp_path, [ours, made.middle], key)) == ""
    assert certificates.problem(write(tmp_path, [ours, made.middle, made.root], key)) == ""
    assert "leads to no authority" in certificates.problem(write(tmp_path, [ours], key))


def bad(place):
    """Write one kind after the other; give its files and what has to be said of them.

    Each has keys of its own, so that a file of one beside a file of the next is no good pair.
    """
    made = Authorities()

    def cut(which, size, form=PKCS8):
        key = new_key()
        files = write(place, [signed(key), made.middle], key, form)
        files[which].write_bytes(files[which].read_bytes()[:size])
        return files

    def dated(**dates):
        key = new_key()
        return write(place, [signed(key, **dates)], key)

    def chained(*others, ours_first=True):
        key = new_key()
        chain = [made.issue(key), *others]
        return write(place, chain if ours_first else chain[::-1], key)

    def of_kind(key):
        return write(place, [signed(key)], key)

    yield of_kind(rsa.generate_private_key(65537, 1024)), "RSA with 1024 bits"
    yield dated(days=-0.5), "has expired on"
    yield dated(begun=1), "is valid from"
    yield write(place, [signed(new_key())], new_key()), "does not belong"
    yield chained(made.middle, ours_first=False), "own certificate must come first"
    yield chained(), "leads to no authority"
    old = signed(made.middle_key, "Middle", (made.root, made.root_key), days=-0.5, ca=True)
    yield chained(old), "An authority's certificate"
    yield cut(0, 0), "is no PEM certificate"
    yield cut(0, 300), "no PEM certificate, or only half of one"
    yield cut(0, -100), "ends with only half"
    yield cut(1, -40), "is no PEM key, or only half of one"
    key = new_key()
    locked = serialization.BestAvailableEncryption(b"x")
    yield write(place, [signed(key)], key, encryption=locked), "is encrypted"
    traditional = serialization.PrivateFormat.TraditionalOpenSSL
    yield cut(1, None, traditional), "must be in PKCS#8 form"
    yield of_kind(ec.generate_private_key(ec.SECP521R1())), "is of a kind"
    yield of_kind(ed25519.Ed25519PrivateKey.generate()), "is of a kind"
    yield of_kind(dsa.generate_private_key(2048)), "is of a kind"
    files = dated()
    files[1].unlink()
    yield files, "does not exist"


def test_each_kind_of_bad_file_is_told_for_what_it_is(tmp_path):
    found = [(certificates.problem(files), words) for files, words in bad(tmp_path)]
    assert len(found) == 17
    assert [each for each in found if each[1] not in each[0]] == []


def test_bad_files_never_take_the_place_of_good_ones_and_http_leads_to_tls(tmp_path):
    """One instance: each kind in turn, a good one, a start with a bad one, and the redirect."""
    key, http_port = new_key(), free_port()
    public, private = write(tmp_path, [signed(key)], key)
    given = {
        "SEATROBOT_TLS_CERTIFICATE": str(public),
        "SEATROBOT_TLS_PRIVATE_KEY": str(private),
        "SEATROBOT_TLS_PROFILE": "compatible",
        "SEATROBOT_HTTP_PORT": str(http_port),
    }
    instance = Instance(tmp_path / "data", **given)
    try:
        first = served(instance.port)
        web = instance.part("runtime.serving")
        here = ("127.0.0.1", instance.port, "localhost")
        assert hello.outside(*here, tls.PROFILES["compatible"]) == []
        assert hello.outside(*here, tls.PROFILES["modern"]) == ["TLSv1.2"]
        redirects(http_port, instance.port)
        other = tmp_path / "other"
        other.mkdir()
        for files, words in bad(other):
            for source, target in zip(files, (public, private), strict=True):
                shutil.copyfile(source, target) if source.exists() else target.unlink()
            os.kill(web, signal.SIGHUP)
            until(lambda words=words: words in tls.refused(instance.data))
            until(lambda words=words: said(instance, words))
        assert served(instance.port) == first
        for worker in children(web):
            os.kill(worker, signal.SIGKILL)  # those that take their place use the old one, too
        until(lambda: served(instance.port) == first, 60)
        second = signed(key)
        write(tmp_path, [second], key)
        second = second.public_bytes(serialization.Encoding.DER)
        until(lambda: served(instance.port) == second, 60)
        assert tls.refused(instance.data) == ""
        assert instance.part("runtime.serving") == web
    finally:
        instance.end()
    public.write_text("-----BEGIN CERTIFICATE-----\nMII")
    instance = Instance(tmp_path / "data", **given)
    try:
        assert said(instance, "or only half of one")
        assert served(instance.port) == second
    finally:
        instance.end()


def said(instance, words):
    return any(words in each and "stays in use" in each for each in list(instance.lines))


def redirects(port, https):
    def ask(method, path):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            line.request(method, path, headers={"Host": "elsewhere.example"})
            answer = line.getresponse()
            assert answer.headers["Strict-Transport-Security"] is None
            return answer.status, answer.headers["Location"], answer.read()
        finally:
            line.close()

    place = f"https://localhost:{https}"
    until(lambda: listens(port))
    assert ask("GET", "/sign-in/?next=%2F")[:2] == (301, f"{place}/sign-in/?next=%2F")
    assert ask("GET", "//elsewhere.example/x")[:2] == (301, f"{place}//elsewhere.example/x")
    assert ask("GET", "http://elsewhere.example/x")[:2] == (301, f"{place}/x")
    assert ask("HEAD", "/") == (301, f"{place}/", b"")
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert ask(method, "/sign-in/")[:2] == (403, None)
    for raw in (b"GET / HTTP/1.1\nHost: x\n\r\n\r\n", b"\x16\x03\x01\r\n\r\n", b"x" * 40_000):
        with socket.create_connection(("127.0.0.1", port), 10) as line:
            line.sendall(raw)
            assert line.recv(100).startswith(b"HTTP/1.1 400")


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


def served(port: int) -> bytes:
    """The certificate that the web server shows now; b"" while it shows none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as line:
            with context.wrap_socket(line) as secured:
                return secured.getpeercert(binary_form=True) or b""
    except OSError:
        return b""
