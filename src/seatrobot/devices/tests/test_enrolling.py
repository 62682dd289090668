"""Enrolling: a token of the owner, a key of the laptop, a passkey that confirms it."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from seatrobot.accounts import mail
from seatrobot.accounts.factors import statements
from seatrobot.accounts.factors.tests.device import Device as Passkey
from seatrobot.accounts.staff.tests.people import DANA, challenge, disable, enrol, make_staff
from seatrobot.agent import protocol, reporting
from seatrobot.devices import download, jobs, reading, services
from seatrobot.devices.models import Device, EnrolmentToken
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work

from .laptop import BASE, GOOD, Laptop, confirm, enrolled, said, signed, token_of


@pytest.fixture
def sam(db) -> Client:
    client = Client()
    assert enrol(client, make_staff("sam@seatrobot.test", "Sam"), Passkey()).status_code == 302
    return client


def refused(laptop: Laptop, token: str) -> str:
    try:
        laptop.enrol(token)
    except reporting.NotTaken as error:
        return str(error)
    raise AssertionError("it was enrolled")


def test_from_the_first_page_to_a_laptop_that_is_well(dana, key, sam, tmp_path):
    assert "No laptop yet" in dana.get(BASE).content.decode()
    laptop = Laptop(tmp_path)
    answer = laptop.enrol(token_of(dana))
    page = dana.get(f"{BASE}{answer['device']}/").content.decode()
    assert answer["fingerprint"] in page
    assert "To be confirmed" in dana.get(BASE).content.decode()
    assert "not confirmed yet" in laptop.refused()
    assert confirm(dana, key, laptop).status_code == 302
    assert "Has not reported yet" in dana.get(BASE).content.decode()
    laptop.report()
    assert "Your laptop is in posture until" in dana.get(BASE).content.decode()
    laptop.report(lock=protocol.lock(False))
    for client in (dana, sam):
        page = client.get(BASE).content.decode()
        assert "Out of posture" in page
        assert "does not lock by itself" in page
    packed = statements.unpack(laptop.row.confirmation)
    statements.verify(packed)
    assert packed.facts["key"] == answer["fingerprint"]
    assert (
        laptop.place.key.stat().st_mode & 0o777,
        laptop.place.directory.stat().st_mode & 0o777,
    ) == (0o600, 0o700)


def test_a_token_works_once_for_a_quarter_of_an_hour_and_the_last_one_alone(dana, tmp_path):
    first, second = token_of(dana), token_of(dana)
    assert "does not work" in refused(Laptop(tmp_path / "1"), first)
    Laptop(tmp_path / "2").enrol(second)
    assert "does not work" in refused(Laptop(tmp_path / "3"), second)
    third = token_of(dana)
    EnrolmentToken.objects.update(expires_at=now() - timedelta(seconds=1))
    assert "does not work" in refused(Laptop(tmp_path / "4"), third)
    assert Device.objects.count() == 1


def test_a_token_of_somebody_who_is_disabled(dana, tmp_path):
    token = token_of(dana)
    disable()
    assert "does not work" in refused(Laptop(tmp_path), token)


def test_a_key_that_is_enrolled_or_not_its_own(dana, key, sam, laptop):
    body = laptop.sent[0]
    again = said(body) | {"token": token_of(sam)}
    answer = laptop.send(signed(laptop, again, protocol.ENROLMENT), "enrol")
    assert (answer.status_code, answer.json()["reason"]) == (403, "known")
    answer = laptop.send(signed(laptop, again, protocol.LAPTOP), "enrol")
    assert answer.json()["reason"] == "signature"
    answer = laptop.send(body | {"message": protocol.encode(again)}, "enrol")
    assert answer.json()["reason"] == "signature"


def test_nobody_confirms_or_removes_the_laptop_of_another(dana, key, sam, tmp_path):
    laptop = Laptop(tmp_path)
    laptop.enrol(token_of(dana))
    place = f"{BASE}{laptop.row.pk}/"
    assert sam.get(place).status_code == 404
    assert sam.post(f"{place}options/").status_code == 404
    assert sam.post(f"{place}remove/").status_code == 404
    assert laptop.row.confirmed_at is None


def test_only_a_signature_over_this_very_key_confirms(dana, key, tmp_path):
    laptop = Laptop(tmp_path / "1")
    laptop.enrol(token_of(dana))
    place = f"{BASE}{laptop.row.pk}/"
    asked = challenge(dana, f"{place}options/")
    assert dana.post(place, {"answer": Passkey().get(asked)}).status_code == 422
    assert dana.post(place, {"answer": key.get(asked)}).status_code == 422  # used up
    asked = challenge(dana, f"{place}options/")
    other = Laptop(tmp_path / "2")
    other.enrol(token_of(dana))  # forgets the first, which nobody confirmed
    assert dana.post(place, {"answer": key.get(asked)}).status_code == 404
    place = f"{BASE}{other.row.pk}/"
    assert dana.post(place, {"answer": key.get(asked)}).status_code in {409, 422}
    assert other.row.confirmed_at is None


def test_no_more_than_a_few_laptops(dana, key, laptop, monkeypatch):
    monkeypatch.setattr(services, "MOST_DEVICES", 1)
    assert "remove one" in dana.post(f"{BASE}new/").content.decode()


def test_the_owner_is_told_what_is_wrong_while_it_is(laptop, monkeypatch):
    sent = []
    monkeypatch.setattr(mail, "post", sent.append)
    work = Work("devices.tell-owner", None, None)
    for lock in (protocol.lock(False), GOOD["lock"]):
        laptop.report(lock=lock)
        jobs.tell_owner(work, str(laptop.row.pk))
    [message] = sent
    assert message.to == [DANA]
    assert "The screen does not lock by itself." in message.body
    assert "/staff/devices/" in message.body
    assert len(message.subject.splitlines()) == 1


def test_the_owner_is_told_once_that_a_laptop_fell_silent(laptop, monkeypatch):
    sent, asked = [], []
    monkeypatch.setattr(mail, "post", sent.append)
    monkeypatch.setattr(jobs, "defer", lambda name, **given: asked.append((name, given)))
    work = Work("devices.remind", None, None)
    laptop.report()
    jobs.tell_silence(work, str(laptop.row.pk))
    assert not sent
    for minutes in (23 * 60, 24 * 60 + 10, 25 * 60 + 10, 26 * 60 + 10):
        moment = now() + timedelta(minutes=minutes)
        monkeypatch.setattr(jobs, "now", lambda moment=moment: moment)
        monkeypatch.setattr(reading, "now", lambda moment=moment: moment)
        jobs.remind(work)
    assert asked == [("devices.tell-silence", {"device_id": str(laptop.row.pk)})]
    jobs.tell_silence(work, str(laptop.row.pk))
    [message] = sent
    assert message.to == [DANA]
    assert "has not reported within the last 24 hours" in message.body


def test_what_nobody_confirms_is_forgotten(dana, key, laptop, tmp_path):
    Laptop(tmp_path / "other").enrol(token_of(dana))
    token_of(dana)
    assert services.purge(now()) == 0
    assert services.purge(now() + services.UNCONFIRMED_FOR + timedelta(minutes=1)) == 1
    assert not EnrolmentToken.objects.exists()
    assert Device.objects.get().pk == laptop.row.pk


def test_the_program_runs_with_nothing_but_python(dana, tmp_path):
    """As it is downloaded, without any package of this environment."""
    answer = dana.get(f"{BASE}{download.NAME}")
    file = tmp_path / download.NAME
    file.write_bytes(answer.content)
    assert download.digest() in dana.post(f"{BASE}new/").content.decode()
    shown = subprocess.run(
        [sys.executable, "-I", "-S", str(file), "show"], capture_output=True, check=True, text=True
    )
    assert '"system": "linux"' in shown.stdout
    failed = subprocess.run(
        [sys.executable, "-I", "-S", str(file), "report"],
        env={"SEATROBOT_DEVICE": str(tmp_path / "none")},
        capture_output=True,
        check=False,
        text=True,
    )
    assert (failed.returncode, failed.stderr.count("not enrolled")) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_program_reports_over_http(dana, key, tmp_path, live_server, settings):
    """The file as it is downloaded, on this machine, which is no laptop of anybody."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.ALLOWED_PORTS = {str(urlsplit(live_server.url).port)}
    file = tmp_path / download.NAME
    file.write_bytes(download.program())

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", str(file), *words]
        places = {"SEATROBOT_DEVICE": str(tmp_path / "laptop"), "PATH": "/usr/bin:/bin:/usr/sbin"}
        return subprocess.run(command, env=places, capture_output=True, check=False, text=True)

    done = run("enrol", live_server.url, token_of(dana), "--name", "This one")
    assert done.returncode == 0, done.stderr
    row = Device.objects.get()
    asked = challenge(dana, f"{BASE}{row.pk}/options/")
    assert dana.post(f"{BASE}{row.pk}/", {"answer": key.get(asked)}).status_code == 302
    first, second = run("report"), run("report")
    assert (first.returncode, second.returncode) == (3, 3), first.stderr
    assert "screen locks" in first.stdout
    assert "lock-unknown" in Device.objects.get().problems
    assert run("enrol", "http://guests.example.org", "token").returncode == 1


def test_enrolled_laptops_speak_to_nobody_in_clear(tmp_path):
    with pytest.raises(reporting.AgentError, match="https"):
        reporting.enrol(reporting.Place(tmp_path), "http://guests.example.org", "token", "x")


def test_removed_is_removed(dana, key, tmp_path):
    laptop = enrolled(dana, key, tmp_path)
    row = laptop.row.pk
    laptop.report()
    assert dana.post(f"{BASE}{row}/remove/").status_code == 302
    assert not Device.objects.exists()
    assert "not enrolled" in laptop.refused()
