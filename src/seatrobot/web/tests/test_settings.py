"""Settings read and create nothing; headers that protect a page are on every answer."""

import os
import subprocess
import sys

import pytest
from django.test import Client

from seatrobot.runtime.config import Config

IMPORT = "import django; django.setup(); from django.conf import settings; print(settings.DEBUG)"


def test_importing_the_settings_creates_nothing(tmp_path):
    data = tmp_path / "data"
    env = os.environ | {"SEATROBOT_DATA": str(data), "DJANGO_SETTINGS_MODULE": "seatrobot.settings"}
    subprocess.run([sys.executable, "-c", IMPORT], env=env, check=True, capture_output=True)
    assert not data.exists()


def test_the_first_run_makes_a_secret_that_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("SEATROBOT_DATA", str(tmp_path / "data"))
    config = Config.from_env()
    assert config.secret_key() == ""
    config.first_run()
    made = config.secret_key()
    config.first_run()
    assert len(made) > 40
    assert config.secret_key() == made
    assert (config.data / "secret.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("place", ["/sign-in/", "/nowhere/"])
def test_every_answer_has_the_headers_that_protect_it(db, place):
    answer = Client().get(place, secure=True)
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]


def test_transport_security_is_promised_over_tls_alone(db):
    assert "Strict-Transport-Security" not in Client().get("/sign-in/")
