"""What would be unsafe or cannot work is refused at once, in one sentence."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

import seatrobot
from seatrobot.runtime import address
from seatrobot.runtime.config import Config, unknown_settings
from seatrobot.runtime.directory import InUseError, held, make_private, secret
from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.faulting.processes import free_port
from seatrobot.runtime.tests.instance import command, environment


@pytest.fixture
def configured(monkeypatch):
    def configured(**values):
        monkeypatch.setenv("SEATROBOT_PORT", str(free_port()))
        for name, value in values.items():
            monkeypatch.setenv(f"SEATROBOT_{name}", str(value))
        return Config.from_env()

    return configured


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    place = tmp_path_factory.mktemp("tls")
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    make += ["-keyout", str(place / "key.pem"), "-out", str(place / "cert.pem")]
    subprocess.run(make, check=True, capture_output=True)
    old = ["openssl", "rsa", "-traditional", "-in", str(place / "key.pem")]
    subprocess.run([*old, "-out", str(place / "old.pem")], check=True, capture_output=True)
    return place


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_loopback_needs_no_tls(host):
    assert address.is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "localhost.example", ""])
def test_anything_else_without_tls_is_refused(host, configured):
    with pytest.raises(RefusedError, match="without TLS"):
        address.check(configured(HOST=host))


def test_anything_else_with_tls_is_fine(configured, certificate):
    tls = {"TLS_CERTIFICATE": certificate / "cert.pem", "TLS_PRIVATE_KEY": certificate / "key.pem"}
    address.check(configured(HOST="0.0.0.0", **tls))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"TLS_CERTIFICATE": "cert.pem"}, "needs both"),
        ({"TLS_PRIVATE_KEY": "key.pem"}, "needs both"),
        ({"TLS_CERTIFICATE": "cert.pem", "TLS_PRIVATE_KEY": "none.pem"}, "does not exist"),
        ({"TLS_CERTIFICATE": "key.pem", "TLS_PRIVATE_KEY": "key.pem"}, "is no PEM certificate"),
        ({"TLS_CERTIFICATE": "cert.pem", "TLS_PRIVATE_KEY": "old.pem"}, "must be in PKCS#8 form"),
    ],
)
def test_tls_that_cannot_work_is_refused(given, sentence, configured, certificate):
    with pytest.raises(RefusedError, match=sentence):
        address.check(configured(**{name: certificate / file for name, file in given.items()}))


def test_a_proxy_that_nobody_declared_is_refused(configured):
    with pytest.raises(RefusedError, match="set SEATROBOT_TRUSTED_PROXIES to the number"):
        address.check(configured(BASE_URL="https://seat.example"))


def test_a_declared_proxy_is_fine(configured):
    address.check(configured(BASE_URL="https://seat.example", TRUSTED_PROXIES=1))


ELSEWHERE = "postgresql://app:secret@db.example/seatrobot"


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_EXAMINER_URL"])
@pytest.mark.parametrize(
    "url",
    [
        ELSEWHERE,
        f"{ELSEWHERE}?sslmode=require",
        f"{ELSEWHERE}?sslmode=prefer&connect_timeout=5",
        "postgresql://app@/seatrobot?host=db.example",
        "postgresql://app@192.0.2.7:5433/seatrobot",
        "postgresql://app@localhost.example/seatrobot",
        "postgresql://app@127.example.org/seatrobot",
        "postgresql://app@127.0.0.1,db.example/seatrobot",
        "postgresql://app@localhost/seatrobot?host=/run/postgresql,db.example",
        "postgresql://app@localhost/seatrobot?hostaddr=192.0.2.7",
        "postgresql:///seatrobot?service=elsewhere",
    ],
)
def test_a_database_elsewhere_whose_answers_nobody_verifies_is_refused(name, url, monkeypatch):
    monkeypatch.setenv(name, url)
    with pytest.raises(RefusedError, match=f"{name} leads to another machine.*sslmode=verify-full"):
        Config.from_env()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://app@localhost/seatrobot",
        "postgresql://app@127.0.0.1:5433/seatrobot",
        "postgresql://app@[::1]/seatrobot",
        "postgresql://app@%2Frun%2Fpostgresql/seatrobot",
        "postgresql:///seatrobot?host=/run/postgresql",
    ],
)
def test_a_database_here_or_verified_is_fine(url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", url)
    assert Config.from_env().database_url == url


@pytest.mark.parametrize("mode", ["verify-full", "verify-ca&passfile=/path"])
@pytest.mark.parametrize(("profile", "oldest"), [("modern", "TLSv1.3"), ("compatible", "TLSv1.2")])
def test_a_verified_database_elsewhere_is_asked_for_tls_of_the_profile(
    mode, profile, oldest, monkeypatch
):
    url = f"{ELSEWHERE}?sslmode={mode}"
    monkeypatch.setenv("SEATROBOT_TLS_PROFILE", profile)
    monkeypatch.setenv("DATABASE_URL", url)
    asked = Config.from_env().database_url
    assert asked == f"{url}&ssl_min_protocol_version={oldest}"
    monkeypatch.setenv("DATABASE_URL", asked)
    assert Config.from_env().database_url == asked


def test_a_database_with_older_tls_than_the_profile_is_refused(monkeypatch):
    url = f"{ELSEWHERE}?sslmode=verify-full&ssl_min_protocol_version=TLSv1.1"
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(RefusedError, match="which is not in the TLS profile modern"):
        Config.from_env()


@pytest.mark.parametrize("name", ["intermediate", "Modern", "1.2"])
def test_a_profile_that_is_none_is_refused(name, configured):
    with pytest.raises(RefusedError, match="SEATROBOT_TLS_PROFILE must be modern or compatible"):
        configured(TLS_PROFILE=name)


def test_an_address_that_people_reach_in_clear_is_refused(configured):
    with pytest.raises(RefusedError, match="People would reach"):
        address.check(configured(BASE_URL="http://seat.example"))


def test_a_witness_that_is_reached_in_clear_is_refused(configured):
    key = "witness.example+7f0f8d5f+BKCnbB2yn0Xxj7u0S6kQ0F4J4jYwFh0Yx5t7s9m9h0Y2"
    with pytest.raises(RefusedError, match="SEATROBOT_WITNESSES"):
        configured(WITNESSES=f"http://witness.example {key}")


@pytest.mark.parametrize(
    "url", ["http://mail.example", "mail.example:587", "smtp://", "smtp:mail.example", "smtp://h:x"]
)
def test_a_mail_server_that_is_none_is_refused(url, configured):
    with pytest.raises(RefusedError, match="SEATROBOT_SMTP_URL must be smtp"):
        configured(SMTP_URL=url)


@pytest.mark.parametrize("url", ["smtp://localhost", "smtps://u:p@mail.example:465", ""])
def test_a_mail_server_is_taken(url, configured):
    assert configured(SMTP_URL=url).smtp_url == url


def test_a_variable_that_is_mistyped_is_named(configured):
    configured(PROT=1, SMTP_URL="")
    assert unknown_settings() == ["SEATROBOT_PROT"]


def test_every_setting_of_the_handbook_is_known(monkeypatch):
    handbook = Path(seatrobot.__file__).parents[2] / "docs" / "operations.md"
    for name in re.findall(r"SEATROBOT_[A-Z_]+", handbook.read_text()):
        monkeypatch.setenv(name, "1")
    assert unknown_settings() == []


@pytest.mark.parametrize("port", ["", "http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(port, configured):
    with pytest.raises(RefusedError, match="SEATROBOT_PORT must be a number"):
        configured(PORT=port)


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o777, 0o710])
def test_a_directory_open_to_others_is_refused(mode, tmp_path):
    tmp_path.chmod(mode)
    with pytest.raises(RefusedError, match="chmod 700"):
        make_private(tmp_path)


def test_a_file_in_place_of_the_directory_is_refused(tmp_path):
    (tmp_path / "data").touch()
    with pytest.raises(RefusedError, match="is not a directory"):
        make_private(tmp_path / "data")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_directory_of_somebody_else_is_refused(tmp_path):
    os.chown(tmp_path, 12345, 12345)
    tmp_path.chmod(0o700)
    with pytest.raises(RefusedError, match="belongs to user number 12345"):
        make_private(tmp_path)


def test_a_directory_is_held_by_one_at_a_time(tmp_path):
    with held(tmp_path), pytest.raises(InUseError, match=str(os.getpid())), held(tmp_path):
        pass
    with held(tmp_path):
        pass


def test_a_secret_is_made_once_and_only_for_its_owner(tmp_path):
    first = secret(tmp_path / "some.key")
    assert secret(tmp_path / "some.key") == first != secret(tmp_path / "other.key")
    assert (tmp_path / "some.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.key", "some.key"]


def test_the_command_line_tells_the_sentence_and_an_exit_code(tmp_path):
    refused = command("up", env=environment(tmp_path / "data", SEATROBOT_HOST="0.0.0.0"))
    assert refused.returncode == 78
    assert refused.stderr.startswith("seatrobot: Seatrobot does not listen on 0.0.0.0 without TLS")
    assert len(refused.stderr.splitlines()) == 1


def test_web_refuses_a_superuser(postgres, tmp_path):
    env = environment(tmp_path, DATABASE_URL=postgres.url("postgres"))
    refused = command("web", env=env)
    assert refused.returncode == 78
    assert "is a superuser" in refused.stderr


def test_a_lost_key_that_has_signed_is_not_replaced_by_another_one(tmp_path):
    data, missing = tmp_path / "data", "journal.key"
    make_private(data)
    make_private(data / "heads")
    (data / "heads" / "2026-11").write_bytes(b"what the key has made")
    up = command("up", env=environment(data, SEATROBOT_PORT=str(free_port())))
    assert up.returncode == RefusedError.code
    assert f"{missing} is missing" in up.stderr + up.stdout
    assert "Traceback" not in up.stderr
    assert not (data / "keys" / missing).exists()
    assert not (data / "postgresql").exists()
