"""What is over is deleted at night, and what is not stays."""

from datetime import timedelta

import pytest

from seatrobot.accounts import jobs, limits
from seatrobot.accounts.models import Attempt, Session
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import NIGHT, Work, app

pytestmark = pytest.mark.django_db


@pytest.fixture
def night(alice, client_of):
    client_of(alice)
    client_of(alice)
    limits.count_attempt(limits.per_address("sign-in", "eve@seatrobot.test"))
    limits.count_attempt(limits.per_address("sign-in", "bob@seatrobot.test"))
    return Work("accounts.purge-expired", None, None)


def test_what_is_not_over_stays(night):
    jobs.purge_expired(night)
    assert (Session.objects.count(), Attempt.objects.count()) == (2, 2)


def test_ended_sessions_go(night):
    ended = Session.objects.first()
    Session.objects.filter(pk=ended.pk).update(expire_date=now() - timedelta(seconds=1))
    jobs.purge_expired(night)
    assert not Session.objects.filter(pk=ended.pk).exists()
    assert Session.objects.count() == 1


def test_old_counts_go(night):
    old = Attempt.objects.first()
    Attempt.objects.filter(pk=old.pk).update(last_at=now() - 2 * limits.EXPIRY)
    jobs.purge_expired(night)
    assert list(Attempt.objects.values_list("pk", flat=True)) != [old.pk]
    assert Attempt.objects.count() == 1


def test_it_is_on_the_queue_s_calendar():
    calendar = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert calendar["accounts.purge-expired"] == NIGHT
