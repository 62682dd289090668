"""Dana of the staff, the links she gets, and the browsers she uses."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

from django.test import Client

from seatrobot.accounts import services as accounts
from seatrobot.accounts.factors.tests.device import Device
from seatrobot.accounts.models import Account, BackgroundCheck, SignIn, StaffMember
from seatrobot.accounts.staff import checks, services
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor

DANA = "dana@seatrobot.test"
COOKIE = "staff-session"
OPERATOR = Actor.operator("tests")
CHECKED = date(2026, 11, 2)


def make_staff(email: str = DANA, name: str = "Dana") -> str:
    """Make somebody staff, their background checked by two people; return the path of their link.

    The check of the first is confirmed by the second.
    """
    with acting(OPERATOR):
        services.add(email=email, name=name)
        services.record_check(email=email, on=CHECKED, reference="HR-1", passed=True)
    confirm_checks()
    with acting(OPERATOR):
        link = services.enable(email=email)
    confirm_checks()
    return urlsplit(link).path


def confirm_checks() -> None:
    """Let whoever may confirm what is recorded."""
    enabled = list(StaffMember.objects.filter(is_enabled=True))
    for check in BackgroundCheck.objects.filter(confirmed_by=None).select_related("account__staff"):
        for each in enabled:
            if each.pk not in {check.account_id, check.recorded_by}:
                with acting(Actor.staff(each.pk)):
                    checks.confirm(member=check.account.staff, check_id=check.pk)
                break


def link_for(email: str = DANA) -> str:
    with acting(OPERATOR):
        return urlsplit(services.new_link(email=email)).path


def disable(email: str = DANA) -> None:
    with acting(OPERATOR):
        services.disable(email=email)


def enable(email: str = DANA) -> None:
    with acting(OPERATOR):
        services.enable(email=email)


def account_of(email: str = DANA) -> Account:
    found = accounts.find(email)
    assert found
    return found


def challenge(client: Client, url: str) -> str:
    answer = client.post(url)
    assert answer.status_code == 200, answer.status_code
    return answer.json()["challenge"]


def enrol(client: Client, link: str, device: Device, name: str = "Laptop"):
    """Follow a link and make its passkey."""
    asked = challenge(client, f"{link}options/")
    return client.post(link, {"name": name, "answer": device.create(asked)})


def sign_in(client: Client, device: Device, **more: str):
    asked = challenge(client, "/staff/sign-in/options/")
    return client.post("/staff/sign-in/", {"answer": device.get(asked)} | more)


def is_in(client: Client) -> bool:
    return client.get("/staff/").status_code == 200


def rows(email: str = DANA) -> list[tuple[str, str, str]]:
    """Return method, outcome and reason of every attempt that staff see, the oldest first."""
    with acting(Actor.staff(account_of(email).pk)):
        found = SignIn.objects.filter(organization_id=None).order_by("id")
        return list(found.values_list("method", "outcome", "reason"))
