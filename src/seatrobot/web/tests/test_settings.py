"""Settings read and create nothing; headers that protect a page are on every answer."""

import os
import subprocess
import sys

import pytest
from django.contrib.messages import INFO
from django.http import HttpResponse
from django.test import Client

from seatrobot.conftest import PASSWORD
from seatrobot.runtime.config import Config
from seatrobot.web.storage import Messages

IMPORT = "import django; django.setup(); from django.conf import settings; print(settings.DEBUG)"


def test_importing_the_settings_creates_nothing(tmp_path):
    data = tmp_path / "data"
    env = os.environ | {"SEATROBOT_DATA": str(data), "DJANGO_SETTINGS_MODULE": "seatrobot.settings"}
    subprocess.run([sys.executable, "-c", IMPORT], env=env, check=True, capture_output=True)
    assert not data.exists()


def test_nothing_switches_debugging_on():
    env = os.environ | {"SEATROBOT_DEBUG": "1", "DEBUG": "1", "DJANGO_DEBUG": "1"}
    env |= {"DJANGO_SETTINGS_MODULE": "seatrobot.settings"}
    done = subprocess.run(
        [sys.executable, "-c", IMPORT], env=env, check=True, capture_output=True, text=True
    )
    assert done.stdout == "False\n"


def test_the_first_run_makes_a_secret_that_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("SEATROBOT_DATA", str(tmp_path / "data"))
    config = Config.from_env()
    assert config.secret_key() == ""
    config.first_run()
    made = config.secret_key()
    config.first_run()
    assert len(made) > 40
    assert config.secret_key() == made
    assert (config.data / "keys" / "secret.key").stat().st_mode & 0o777 == 0o600


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


@pytest.mark.parametrize("place", ["/sign-in/", "/nowhere/"])
def test_a_policy_for_content_names_what_it_refuses(db, place):
    told = Client().get(place)["Content-Security-Policy"].split("; ")
    for refused in ("default-src", "object-src", "base-uri", "frame-ancestors"):
        assert f"{refused} 'none'" in told
    assert "unsafe" not in "".join(told)


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "QUERY", "CONNECT", "X"])
@pytest.mark.parametrize("place", ["/sign-in/", "/practices/practices.json", "/nowhere/"])
def test_a_method_that_no_page_has_is_refused_before_anything_else(db, place, method):
    answer = Client(enforce_csrf_checks=True).generic(method, place)
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD, OPTIONS, POST"
    assert answer.content == b""


@pytest.mark.parametrize(
    "place", ["/static/", "/.git/HEAD", "/.git/", "/static/../manage.py", "/admin/", "/docs/"]
)
def test_what_is_no_page_and_no_file_of_ours_is_not_there(db, place):
    assert Client().get(place).status_code == 404


def test_text_says_how_it_is_written(db, settings):
    for place in ("/sign-in/", "/nowhere/", "/healthz", "/practices/", "/practices/feed.atom"):
        assert "charset=utf-8" in Client().get(place)["Content-Type"]


def test_a_message_to_the_next_page_is_for_this_host_alone(rf, settings):
    settings.SESSION_COOKIE_SECURE = True
    answer = HttpResponse()
    messages = Messages(rf.get("/"))
    messages.add(INFO, "Alma Adams was added.")
    messages.update(answer)
    (cookie,) = answer.cookies.values()
    assert cookie.key == "__Host-messages"
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_what_stands_in_the_address_is_no_field_of_a_form(alice):
    form = {"username": "alice@seatrobot.test", "password": PASSWORD}
    assert Client().post("/sign-in/", query_params=form).status_code == 422
    assert Client().post("/sign-in/", form).status_code == 302
