"""Jobs whose worker was killed run again, and are given up when it happens each time."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from seatrobot.conftest import as_
from seatrobot.kernel import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import MOST_RUNS, Work, defer, rescue

pytestmark = pytest.mark.django_db
WORK = Work("jobs.rescue", None, None)


def begun(worker=None, attempts=0, lock=None):
    """Put a job into the queue that some worker has begun."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id, attempts,"
            " queueing_lock) VALUES ('default', 'test', 'doing', %s, %s, %s) RETURNING id",
            [worker, attempts, lock],
        )
        return cursor.fetchone()[0]


def worker(last_seen):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id",
            [last_seen],
        )
        return cursor.fetchone()[0]


def status(job):
    return ProcrastinateJob.objects.values_list("status", "attempts").get(pk=job)


def test_a_job_of_a_dead_worker_runs_again():
    silent = begun(worker(now() - timedelta(minutes=10)))
    gone = begun()
    rescue(WORK)
    assert status(silent) == status(gone) == ("todo", 1)


def test_a_job_of_a_living_worker_goes_on():
    job = begun(worker(now() - timedelta(seconds=20)))
    rescue(WORK)
    assert status(job) == ("doing", 0)


def test_a_job_that_kills_its_worker_each_time_is_given_up_and_reported(caplog):
    job = begun()
    with caplog.at_level(logging.WARNING):
        for _ in range(MOST_RUNS):
            rescue(WORK)
            ProcrastinateJob.objects.filter(pk=job, status="todo").update(status="doing")
    assert status(job) == ("failed", MOST_RUNS)
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING", "ERROR"]
    assert "(test) is given up" in caplog.text


def test_a_job_that_another_waits_for_already_is_not_put_beside_it():
    job = begun(lock="once")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock)"
            " VALUES ('default', 'test', 'once')"
        )
    rescue(WORK)
    assert status(job) == ("failed", 1)


@pytest.mark.parametrize(
    ("actor", "account"), [(Actor.link("guest", new_id()), ""), (Actor.operator("import"), "")]
)
def test_a_job_is_of_the_account_that_asked_and_of_no_link(actor, account, alice):
    with acting.acting(actor, alice.organization_id):
        defer("journal.sequence", once="test")
    with as_(alice):
        job = ProcrastinateJob.objects.get(queueing_lock="test")
    assert job.args["account"] == account


@pytest.mark.django_db(transaction=True)
def test_what_a_job_defers_in_a_worker_is_in_its_transaction(alice, superuser_connection):
    """The worker is the real one: it gives the queue a connection of its own."""
    seen = []

    def waiting():
        rows = superuser_connection.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tests.asked'"
        )
        return rows.fetchone()[0]

    def ask():
        try:
            with acting.acting(Actor.system("tests"), alice.organization_id):
                defer("tests.asked")
                seen.append(waiting())
            seen.append(waiting())
            with suppress(ZeroDivisionError), acting.acting(Actor.system("tests")):
                defer("tests.asked", once="test")
                raise ZeroDivisionError
            seen.append(waiting())
        finally:
            connection.close()

    app.task(name="tests.asked")(ask)
    task = app.task(name="tests.ask", queue="tests")(ask)
    try:
        task.defer()
        call_command("procrastinate", "worker", "--one-shot", "--queues=tests")
    finally:
        del app.tasks["tests.ask"], app.tasks["tests.asked"]
    assert seen == [0, 1, 1]
