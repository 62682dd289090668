"""The pages of an organization's own key: made, tried, locked, unlocked; and what is left."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from seatrobot.conftest import as_, colleague
from seatrobot.kernel import jobs
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.vault import own
from seatrobot.kernel.vault.errors import StoreUnreachable
from seatrobot.organizations.permissions import Role

pytestmark = pytest.mark.django_db(transaction=True)

WORD = re.compile(r"<li>([a-z]+)</li>")


def address(name, member):
    return reverse(f"organizations:{name}", args=[member.organization_id])


def made_sheet(client, alice):
    page = client.post(address("own-key-adopt", alice)).content.decode()
    words = WORD.findall(page)
    assert len(words) == 33
    return " ".join(words)


@pytest.fixture
def words(client_of, alice, dinner):
    client = client_of(alice)
    words = made_sheet(client, alice)
    answer = client.post(address("own-key", alice), {"words": words})
    assert answer.status_code == 302
    return words


def locked(client, alice):
    answer = client.post(address("own-key-lock", alice), {"understood": "on"})
    assert (answer.status_code, answer.url) == (302, address("locked", alice))


def test_the_primary_owner_locks_and_unlocks_everything(client_of, alice, dinner, words):
    client, bob = client_of(alice), colleague("Bob", Role.TEAM, alice)
    guests = reverse("guests:list", args=[alice.organization_id, dinner.pk])
    assert client.get(guests).status_code == 200
    locked(client, alice)

    for member in (alice, bob):
        browser = client_of(member)
        answer = browser.get(guests)
        assert (answer.status_code, answer.url) == (302, address("locked", alice))
        script = browser.get(guests, headers={"Accept": "application/json"})
        assert script.status_code == 423
        assert "is locked" in script.json()["detail"]
        page = browser.get(address("locked", alice)).content.decode()
        assert "This organization is locked" in page
        assert "Congress Dinner" not in page
        assert "Foundation" not in page
        assert ("Unlock everything" in page) is (member is alice)

    wrong = client.post(address("locked", alice), {"words": words.rpartition(" ")[0]})
    assert wrong.status_code == 422
    assert "33 words" in wrong.content.decode()
    answer = client.post(address("locked", alice), {"words": words})
    assert answer.status_code == 302
    assert client.get(guests).status_code == 200
    assert client.get(address("locked", alice)).url == address("enter", alice)
    with as_(alice):
        acts = [each.action for each in Entry.objects.order_by("id")]
    told = [each for each in acts if each.startswith("organization:own-key")]
    assert [each.rpartition(":")[2] for each in told if "view" not in each] == [
        "adopt",
        "try",
        "lock",
        "unlock",
    ]


def test_whoever_locks_second_is_told_that_it_is_locked(client_of, alice, words, monkeypatch):
    """Two confirmations at one moment: both were asked for before either was done."""
    client, late = client_of(alice), own.lock

    def first(organization_id):
        monkeypatch.setattr(own, "lock", late)
        late(organization_id)
        late(organization_id)

    monkeypatch.setattr(own, "lock", first)
    locked(client, alice)


def test_a_sheet_that_was_replaced_meanwhile_locks_nothing(client_of, alice, words, monkeypatch):
    client, late = client_of(alice), own.lock

    def replaced(organization_id):
        own.adopt(organization_id)
        late(organization_id)

    monkeypatch.setattr(own, "lock", replaced)
    answer = client.post(address("own-key-lock", alice), {"understood": "on"})
    assert answer.status_code == 409
    assert "nothing is locked" in answer.content.decode()
    assert not own.state(alice.organization_id).is_locked


def test_a_lock_that_the_key_store_does_not_take_is_recorded(client_of, alice, words, monkeypatch):
    def away(_organization_id):
        raise StoreUnreachable("the key store is away")

    monkeypatch.setattr(own, "lock", away)
    answer = client_of(alice).post(address("own-key-lock", alice), {"understood": "on"})
    assert answer.status_code == 409
    assert "nothing is locked" in answer.content.decode()
    with as_(alice):
        told = list(Entry.objects.order_by("id").values_list("action", flat=True))
    acts = [each.removeprefix("organization:own-key:") for each in told if "own-key" in each]
    assert acts[acts.index("lock") :][:2] == ["lock", "not-locked"]


def test_nobody_but_the_primary_owner_uses_it(client_of, alice, words):
    admin = colleague("Adam", Role.ADMINISTRATOR, alice)
    client = client_of(admin)
    page = client.get(address("own-key", alice))
    assert page.status_code == 200
    assert "Who can open what" in page.content.decode()
    assert client.post(address("own-key", alice), {"words": words}).status_code == 403
    for name in ("own-key-adopt", "own-key-give-up", "own-key-lock"):
        assert client.post(address(name, alice), {"understood": "on"}).status_code == 403
    locked(client_of(alice), alice)
    assert client.post(address("locked", alice), {"words": words}).status_code == 403
    assert own.state(alice.organization_id).is_locked


def test_a_stranger_does_not_learn_that_it_is_locked(client_of, alice, charlie, words):
    locked(client_of(alice), alice)
    assert client_of(charlie).get(address("locked", alice)).status_code == 404


def test_it_is_not_locked_unless_the_sheet_was_tried_and_the_warning_confirmed(
    client_of, alice, dinner
):
    client = client_of(alice)
    made_sheet(client, alice)
    page = client.post(address("own-key-lock", alice), {"understood": "on"})
    assert page.status_code == 422
    assert "must be able to unlock" in page.content.decode()
    sheet = own.adopt(alice.organization_id)
    own.prove(alice.organization_id, sheet.words)
    page = client.post(address("own-key-lock", alice), {"sent": "1"})
    assert page.status_code == 422
    assert "an event that goes on now" in page.content.decode().casefold()
    assert not own.state(alice.organization_id).is_locked


def test_other_organizations_of_a_member_are_as_they_were(client_of, alice, charlie, words):
    with as_(charlie):
        from seatrobot.accounts.models import Account
        from seatrobot.organizations import services

        services.add_member(
            charlie.organization_id, Account.objects.get(pk=alice.account_id), Role.TEAM
        )
    client = client_of(alice)
    locked(client, alice)
    page = client.get(reverse("organizations:choose")).content.decode()
    assert "Competitor" in page
    assert "Foundation" not in page
    assert client.get(reverse("events:list", args=[charlie.organization_id])).status_code == 200


def test_somebody_signs_in_while_it_is_locked(client, alice, client_of, words):
    locked(client_of(alice), alice)
    answer = client.post(
        reverse("accounts:sign-in"),
        {"username": "alice@seatrobot.test", "password": "correct horse battery staple"},
        follow=True,
    )
    assert "This organization is locked" in answer.content.decode()


def test_a_job_waits_and_says_why(alice, client_of, words, caplog):
    locked(client_of(alice), alice)

    @jobs.job("tests.waits")
    def waits(work):
        with work.acting():
            from seatrobot.events.models import Event

            done.append(Event.objects.get().title)

    done = []
    task = jobs.app.tasks["tests.waits"]
    context = _context(task, alice)
    task.func(context, **context.job.task_kwargs)
    assert done == []
    assert "waits: the organization" in caplog.text
    assert "is locked with its own key" in caplog.text
    own.unlock(alice.organization_id, words)
    task.func(context, **context.job.task_kwargs)
    assert done == ["Congress Dinner"]
    from procrastinate.contrib.django.models import ProcrastinateJob

    waiting = ProcrastinateJob.objects.get(task_name="tests.waits")
    assert waiting.status == "todo"
    assert waiting.args["organization"] == str(alice.organization_id)


def _context(task, member):
    from procrastinate import JobContext
    from procrastinate.jobs import Job

    job = Job(
        id=1,
        queue="default",
        lock=None,
        queueing_lock=None,
        task_name=task.name,
        task_kwargs={
            "organization": str(member.organization_id),
            "account": str(member.account_id),
        },
    )
    return JobContext(app=jobs.app, job=job, start_timestamp=0, abort_reason=lambda: None)
