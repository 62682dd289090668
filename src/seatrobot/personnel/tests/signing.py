"""What Dana does on the pages of her duties: signing policies, taking courses."""

from __future__ import annotations

from django.test import Client

from seatrobot.accounts.factors.tests.device import Device
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.staff import conditions
from seatrobot.kernel.staff.conditions import Condition
from seatrobot.personnel import markdown, services
from seatrobot.personnel.models import Kind

DUTIES = "/staff/duties/"
POLICIES = ("acceptable-use", "customer-data", "incident", "information-security")


def options(client: Client, name: str, edition: object = None):
    edition = edition or services.in_force(Kind.POLICY, name).pk
    return client.post(f"{DUTIES}policies/{name}/options/?edition={edition}")


def sign(client: Client, key: Device, name: str):
    """Read a policy and sign it; return the answer to the signature."""
    asked = options(client, name)
    assert asked.status_code == 200, asked.content
    answer = key.get(asked.json()["challenge"])
    return client.post(f"{DUTIES}policies/{name}/", {"answer": answer})


def answers(name: str, *, wrong: int = 0) -> dict[str, object]:
    """Return what a form sends that answers all questions but so many rightly."""
    edition = services.in_force(Kind.COURSE, name)
    given: dict[str, object] = {"text": edition.digest}
    for place, question in enumerate(markdown.course_of(edition.text).questions):
        others = set(range(len(question.options))) - question.right
        chosen = question.right if place >= wrong else {min(others)}
        given[f"question-{place + 1}"] = [str(each) for each in sorted(chosen)]
    return given


def take(client: Client, name: str, *, wrong: int = 0):
    """Answer a course; return the page of the result."""
    url = f"{DUTIES}courses/{name}/"
    return client.post(url, answers(name, wrong=wrong), follow=True)


def condition(account_id, name: str) -> Condition:
    with acting(Actor.staff(account_id)):
        found = conditions.conditions(account_id)
    return next(each for each in found if each.id.endswith(name))


def do_everything(client: Client, key: Device) -> None:
    for name in POLICIES:
        assert sign(client, key, name).status_code == 302
    for name in ("privacy", "security"):
        assert "Passed" in take(client, name).content.decode()
