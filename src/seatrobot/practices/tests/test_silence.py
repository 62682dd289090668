"""Who reads the page learns that the service has fallen silent, whatever its evidence says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from seatrobot.kernel.clock import now
from seatrobot.kernel.heads import services as heads
from seatrobot.kernel.promises import services
from seatrobot.kernel.promises.declaring import PROMISES, Measure, Measurement, Promise
from seatrobot.kernel.promises.tests.running import inline, no_promises
from seatrobot.practices import silence
from seatrobot.practices.checks import notices

pytestmark = pytest.mark.django_db(transaction=True)
JOB = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, scheduled_at)
    VALUES ('default', 'promises.examine-due', {lock}, {at})
"""


def words(later=timedelta(), statuses=()):
    return silence.find(now() + later, statuses)


def page(client):
    return client.get("/practices/").content.decode()


def test_a_service_that_works_is_not_silent(instance, client):
    heads.publish()
    assert words(timedelta(minutes=14)) == []
    assert "has fallen silent" not in page(client)
    assert client.get("/practices/practices.json").json()["silence"] == []


def test_stopped_jobs_are_seen_by_the_heads_that_nobody_signs(instance, client):
    heads.publish(now() - timedelta(minutes=20))
    assert "No head of the journal was signed since" in page(client)
    document = client.get("/practices/practices.json").json()
    assert (len(document["silence"]), document["max_age"]) == (1, 900)
    badge = client.get("/practices/badge.svg").content.decode()
    assert "silent" in badge


def test_examinations_that_are_overdue(instance):
    with no_promises():
        row = Promise(
            "access.doors",
            "Doors are closed.",
            "Doors are counted.",
            [Measure("open", "open doors", most=0)],
            examine=lambda: Measurement({"open": 0}),
            every=timedelta(minutes=30),
        )
        PROMISES[row.id] = row
        services.examine(row, inline)
        statuses = services.reading.statuses()
        assert words(timedelta(minutes=44), statuses) == []
        assert len(words(timedelta(minutes=46), statuses)) == 1


@pytest.mark.parametrize(
    ("lock", "at", "found"),
    [
        ("NULL", "NULL", 0),
        ("NULL", "now() - interval '16 minutes'", 1),
        ("NULL", "now() + interval '3 hours'", 0),
        ("'promises.examine-due'", "now() + interval '14 minutes'", 1),
        ("'promises.examine-due'", "'2099-01-01'", 1),
    ],
)
def test_work_that_stands_still_or_is_put_off(instance, superuser_connection, lock, at, found):
    superuser_connection.execute(JOB.format(lock=lock, at=at))
    assert len(words()) == found
    assert notices.told().values["put_off"] == (lock != "NULL")


def test_a_change_that_nobody_is_told(instance, superuser_connection):
    superuser_connection.execute(
        "INSERT INTO promises_change (id, promise, at, before, state, reason) VALUES"
        " (gen_random_uuid(), 'access.visible', now() - interval '16 minutes', 'kept', 'broken',"
        " '');"
        " INSERT INTO subscribing_untold SELECT id FROM promises_change"
    )
    assert words() == ["Changes were not announced for more than 15 minutes."]
    assert notices.told().values["untold"] == 1
