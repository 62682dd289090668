"""One's own passkeys: a fresh look before each change, a mail after it, and never without one."""

from dataclasses import replace

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from seatrobot.accounts.factors.services import Notice
from seatrobot.accounts.factors.tests.device import Device
from seatrobot.accounts.jobs import mail_factor_notice, mail_new_origin
from seatrobot.accounts.models import Passkey, RecoveryCode, SignIn
from seatrobot.accounts.staff.sessions import StaffSessionStore
from seatrobot.accounts.tests.mails import kept_mail
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.jobs import Work

from .people import COOKIE, account_of, challenge, enrol, is_in, link_for, make_staff, sign_in

CONFIRM = "/staff/confirm/"


def path(what: str) -> str:
    return f"/staff/passkeys/{Passkey.objects.earliest('created_at').pk}/{what}/"


def age(client) -> None:
    """As if the passkey had been shown long ago."""
    session = StaffSessionStore(client.cookies[COOKIE].value)
    session["assurance"] = session["assurance"] | {"at": "2026-01-01T00:00:00+00:00"}
    session.save()


def add(client, device: Device, name: str = "Key"):
    asked = challenge(client, "/staff/passkeys/add/options/")
    return client.post("/staff/passkeys/add/", {"name": name, "answer": device.create(asked)})


def notices() -> list[str]:
    jobs = ProcrastinateJob.objects.filter(task_name="accounts.mail-factor-notice").order_by("id")
    return [job.args["notice"] for job in jobs]


def test_a_second_one_signs_in_too(dana):
    second = Device()
    before = dana.cookies[COOKIE].value
    assert add(dana, second).url == "/staff/passkeys/"
    assert dana.cookies[COOKIE].value != before
    assert "Key" in dana.get("/staff/passkeys/").content.decode()
    assert sign_in(dana, second).status_code == 302
    assert notices() == ["enrolled", "added"]


def test_even_the_first_brings_no_recovery_codes(dana):
    """A staff link normally enrols it; the database would refuse the codes anyway."""
    Passkey.objects.all().delete()
    assert add(dana, Device()).url == "/staff/passkeys/"
    assert not RecoveryCode.objects.exists()


def test_only_a_passkey_shows_again_who_it_is(dana):
    age(dana)
    for form in ({"password": "zebra umbrella lantern accordion"}, {"code": "123456"}):
        assert dana.post(CONFIRM, form).status_code == 422
    assert dana.post(path("rename"), {"name": "x"}).url.startswith(CONFIRM)


def test_the_only_one_stays(dana):
    assert "menu-item is-danger" not in dana.get("/staff/passkeys/").content.decode()
    answer = dana.post(path("remove"), follow=True)
    assert "This is your only passkey" in answer.content.decode()
    assert Passkey.objects.count() == 1
    assert notices() == ["enrolled"]


def test_one_of_two_goes_and_is_dead(dana, key):
    add(dana, Device())
    assert dana.get(path("remove")).status_code == 200
    dana.post(path("remove"))
    assert Passkey.objects.count() == 1
    assert sign_in(dana, key).status_code == 422
    assert notices() == ["enrolled", "added", "removed"]


def test_it_gets_another_name(dana):
    dana.post(path("rename"), {"name": "Work laptop"})
    assert "Work laptop" in dana.get("/staff/passkeys/").content.decode()
    assert dana.post(path("rename"), {"name": " "}).status_code == 422
    assert notices() == ["enrolled", "renamed"]


@pytest.mark.parametrize("device", [Device(origin="https://evil.test"), Device(flags=1)])
def test_a_forged_one_changes_nothing(dana, device):
    assert add(dana, device).status_code == 422
    assert Passkey.objects.count() == 1


def test_the_same_device_twice_is_refused(dana, key):
    assert add(dana, key).status_code == 422


@pytest.mark.parametrize("what", ["rename", "remove"])
def test_those_of_somebody_else_are_not_there(dana, what):
    link, device = make_staff("sam@seatrobot.test", "Sam"), Device()
    sam = dana.__class__()
    enrol(sam, link, device)
    assert sam.post(path(what), {"name": "Mine"}).status_code == 404
    assert Passkey.objects.count() == 2


@pytest.mark.parametrize("page", ["add/", "rename", "remove"])
def test_a_page_asks_first(dana, key, page):
    age(dana)
    url = path(page) if page != "add/" else "/staff/passkeys/add/"
    assert dana.get(url).url.startswith(f"{CONFIRM}?next=")
    assert dana.post(url, {"name": "x"}).url.startswith(f"{CONFIRM}?next=%2Fstaff%2F&sent=")
    answer = key.get(challenge(dana, f"{CONFIRM}options/"))
    assert dana.post(CONFIRM, {"answer": answer, "next": url}).url == url
    assert dana.get(url).status_code == 200


def test_only_a_passkey_of_ones_own_confirms(dana, key):
    age(dana)
    for answer in (Device().get(challenge(dana, f"{CONFIRM}options/")), "{", ""):
        assert dana.post(CONFIRM, {"answer": answer}).status_code == 422
    answer = key.get(challenge(dana, "/staff/sign-in/options/"))
    assert dana.post(CONFIRM, {"answer": answer}).status_code == 422
    assert dana.get("/staff/passkeys/add/").status_code == 302


def test_guessing_at_the_question_is_slowed(dana):
    for _ in range(5):
        dana.post(CONFIRM, {"answer": "{"})
    assert dana.post(CONFIRM, {"answer": "{"}).status_code == 429
    assert is_in(dana)


def test_the_mail_leads_to_the_staff_area(dana, settings, tmp_path):
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
    mail_factor_notice(
        Work("accounts.mail-factor-notice", None, None), str(account_of().pk), Notice.ENROLLED
    )
    [mail] = kept_mail()
    assert "/staff/passkeys/" in mail
    assert "password" not in mail


def test_a_new_place_is_mailed_without_a_word_of_members(dana, key, settings, tmp_path):
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
    sign_in(dana.__class__(HTTP_USER_AGENT="Firefox", REMOTE_ADDR="203.0.113.9"), key)
    [job] = ProcrastinateJob.objects.filter(task_name="accounts.mail-new-origin")
    mail_new_origin(
        Work("x", None, account_of().pk), job.args["sign_in_id"], job.args["account_id"]
    )
    [mail] = kept_mail()
    assert "http://localhost:8080/staff/" in mail
    assert "This wasn't me" not in mail
    with acting(Actor.staff(account_of().pk)):
        assert SignIn.objects.filter(pk=job.args["sign_in_id"]).exists()


def test_a_link_enrols_a_device_that_has_an_older_passkey(dana):
    asked = dana.post(f"{link_for()}options/").json()
    assert not asked.get("excludeCredentials")
    assert dana.post("/staff/passkeys/add/options/").json()["excludeCredentials"]
