"""Whoever asked to be told is told, by what the journal says was done (`transparency.notices`)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from seatrobot.kernel import clock
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.journal import services as journal
from seatrobot.practices.checks import notices
from seatrobot.practices.feature import Action
from seatrobot.practices.subscribing import jobs, links, services, webhooks
from seatrobot.practices.subscribing.models import Hook, Subscriber, Untold
from seatrobot.practices.subscribing.tests.test_by_mail import EVE, subscribe

pytestmark = pytest.mark.django_db(transaction=True)
MALLORY = "mallory@seatrobot.test"


@pytest.fixture
def eve(doors, postbox, run_jobs) -> Subscriber:
    return subscribe(postbox, run_jobs)


@pytest.fixture
def counted(monkeypatch):
    """Return a function that measures at a later time; what is not named must be as it should."""

    def measure(minutes: int = 20, **wanted: int) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(notices, "now", lambda: clock.now() + timedelta(minutes=minutes))
            found = notices.told()
        assert {name: value for name, value in found.values.items() if value} == wanted, found.notes

    return measure


def tell() -> None:
    jobs.tell(Work("subscribing.tell", None, None))


def test_a_change_is_told_to_everybody_who_asked_for_its_section(eve, doors, run_jobs, counted):
    doors.look(open=1, unlocked=1)
    counted(minutes=14)
    counted(untold=2, unmailed=2)
    run_jobs()
    counted()


def test_deleting_what_waits_silences_nothing(eve, doors, run_jobs, counted):
    doors.look(open=1)
    Untold.objects.all().delete()
    run_jobs()
    counted(untold=1, unmailed=1)
    counted(minutes=25 * 60)  # of yesterday; it was broken for a day


def test_mail_whose_job_never_ran_is_missed(eve, doors, postbox, run_jobs, counted):
    doors.look(open=1)
    tell()
    counted(unmailed=1)
    run_jobs()
    counted()
    assert len(postbox.to(EVE)) == 2


def test_only_the_sections_that_somebody_asked_for_count(doors, postbox, run_jobs, counted):
    row = subscribe(postbox, run_jobs, "encryption")
    doors.look(open=1)
    run_jobs()
    counted()
    Subscriber.objects.update(sections=["retention"])
    counted(unasked=1)
    doors.look(unlocked=1)
    run_jobs()
    counted(unasked=1, unmailed=1)
    Subscriber.objects.update(sections=["encryption"], alive="never")
    counted(unasked=1, unmailed=1)
    with acting(Actor.visitor()):
        services.change(subscriber=row, sections=["retention"], alive="weekly")
    counted()  # who chose anew within the quarter of an hour is told by the new choice


def test_a_webhook_hears_of_every_change(doors, alice, receiver, run_jobs, counted):
    """Until it is removed, whatever its row says."""
    with acting(alice.actor, alice.organization_id):
        hook = webhooks.add_hook(actor=alice, url=receiver.url)
    doors.look(open=1)
    run_jobs()
    assert len(receiver.got) == 1
    counted()
    with acting(alice.actor, alice.organization_id):
        Hook.objects.update(disabled_at=clock.now())
    doors.look(open=0)
    run_jobs()
    counted(unposted=1)
    with acting(alice.actor, alice.organization_id):
        Hook.objects.all().delete()
    counted(unposted=1, gone=1)
    with acting(alice.actor, alice.organization_id):
        journal.record(Action.HOOK_REMOVE, subject_id=hook.pk)
    counted()


def test_a_date_in_the_future_does_not_put_off_the_regular_mail(eve, counted):
    Subscriber.objects.update(alive_at=clock.now() + timedelta(days=1000))
    counted(minutes=7 * 24 * 60)
    counted(minutes=8 * 24 * 60 + 1, overdue=1)


def test_who_left_is_owed_nothing(eve, doors, run_jobs, counted):
    doors.look(open=1)
    address = links.settings_of(eve.pk).partition("8080")[2]
    assert Client().post(f"{address}leave/").status_code in {200, 302}
    run_jobs()
    counted()
