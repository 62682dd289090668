"""Jobs that run while what they name is deleted: they end in the queue, and then they are gone."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from seatrobot.conftest import as_
from seatrobot.deletion import cluster as clusters
from seatrobot.deletion import steps, verifying
from seatrobot.deletion.models import Deletion, State
from seatrobot.deletion.tests.conftest import ask, reload
from seatrobot.events import services as events
from seatrobot.events.models import Event
from seatrobot.kernel.acting import acting


def queued(identifier, state):
    """Put a job into the queue that names a row, as waiting, running or ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args)"
            " VALUES ('tests', 'tests.names', %s, jsonb_build_object('what', %s::text))"
            " RETURNING id",
            [state, str(identifier)],
        )
        return cursor.fetchone()[0]


def verify_all():
    with clusters.opened() as cluster:
        return verifying.verify(verifying.waiting(), cluster, lambda _id: ())


def organization_deleted(alice):
    deletion = ask(alice)
    return alice.organization_id, deletion.pk


def event_deleted(alice):
    with as_(alice):
        event = Event.objects.get()
        events.delete(actor=alice, event=event, typed_title="Gala")
    with acting(steps.ACTOR):
        return event.pk, Deletion.objects.get(subject_id=event.pk).pk


@pytest.mark.parametrize(
    ("of", "end"), [("organization", "failed"), ("event", "todo"), ("event", "failed")]
)
def test_a_job_that_runs_stays_until_it_has_ended(filled, of, end):
    alice, _bob, _charlie = filled
    with as_(alice):
        named = alice.organization_id if of == "organization" else Event.objects.get().pk
    running, *others = [queued(named, state) for state in ("doing", "todo", "failed", "succeeded")]
    _named, pk = organization_deleted(alice) if of == "organization" else event_deleted(alice)
    steps.advance_all()
    with acting(steps.ACTOR):
        deletion = Deletion.objects.get(pk=pk)
    assert deletion.state == State.GONE
    assert deletion.entered_at
    assert ProcrastinateJob.objects.get(pk=running).status == "doing"
    assert not ProcrastinateJob.objects.filter(pk__in=others).exists()
    assert verifying.waiting() == []

    with connection.cursor() as cursor:  # the worker ends it, or puts it back to try again
        cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [end, running])
    done = verify_all()
    assert any("procrastinate_jobs" in place for place in done.remains), "a left-over is found"
    steps.advance_all()
    assert not ProcrastinateJob.objects.filter(pk=running).exists()
    assert verify_all().remains == []
    assert reload(deletion).state == State.VERIFIED


def test_the_job_that_deletes_an_organization_ends_in_the_queue(filled, monkeypatch):
    """The worker is the real one; a job that is not in the queue any more it cannot finish."""
    alice, _bob, _charlie = filled
    deletion = ask(alice)
    asked = ProcrastinateJob.objects.get(task_name="deletion.advance")
    with connection.cursor() as cursor:  # the worker is to run nothing else
        cursor.execute("UPDATE procrastinate_jobs SET queue_name = 'own' WHERE id = %s", [asked.pk])
    advance_all = steps.advance_all

    def and_close():
        try:
            advance_all()
        finally:
            connection.close()  # of the worker's thread

    monkeypatch.setattr(steps, "advance_all", and_close)
    call_command("procrastinate", "worker", "--one-shot", "--queues=own", "--delete-jobs=never")
    assert reload(deletion).state == State.GONE
    assert ProcrastinateJob.objects.get(pk=asked.pk).status == "succeeded"
    assert verify_all().remains == []
    assert reload(deletion).state == State.VERIFIED
