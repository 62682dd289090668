"""Imports and runs of the robot that go on while their event, or the organization, is deleted."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from seatrobot.checkin import services as doors
from seatrobot.checkin.services import DoorRequest
from seatrobot.conftest import as_
from seatrobot.deletion import declarations, steps
from seatrobot.deletion.models import Deletion, Kind, State
from seatrobot.deletion.tests.conftest import ask
from seatrobot.deletion.tests.test_running_jobs import verify_all
from seatrobot.deletion.tests.test_steps import left
from seatrobot.events import services as events
from seatrobot.events.models import Activity, Event
from seatrobot.guests.importing.mapping import Mapping
from seatrobot.guests.models import Guest, ImportFile
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import editing, imports
from seatrobot.guests.statuses import Status
from seatrobot.kernel.acting import acting
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import SUPERFLUOUS, defer
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.vault.errors import KeyringMissing
from seatrobot.seating.models import Table
from seatrobot.seating.services import moves, robot, tables
from seatrobot.web.log_lines import Line

SHEET = b"first name,last name\nBerta,Brown\nCora,Clark\n"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
"""Connections that wait for somebody else's rows."""


def begin_import(alice, event):
    with as_(alice):
        upload = imports.receive(actor=alice, event=event, filename="list.csv", data=SHEET)
        columns = {"first name": "first_name", "last name": "last_name"}
        imports.set_mapping(
            actor=alice,
            upload=upload,
            mapping=Mapping(columns, {}),
            default_status=Status.CONFIRMED,
        )
        imports.start(actor=alice, event_id=event.pk, upload_id=upload.pk)


def begin_robot(alice, event):
    with as_(alice):
        activity = Activity.objects.get(event=event, position=0)
        tables.add_tables(actor=alice, activity=activity, count=2, facts=tables.TableFacts(seats=4))
        proposal = robot.request(actor=alice, activity=activity, seconds=0.5)
        defer("seating.propose", proposal_id=str(proposal.pk), event_id=str(event.pk))


def delete_event(alice, event):
    with as_(alice):
        events.delete(actor=alice, event=Event.objects.get(pk=event.pk), typed_title="Gala")
        return Deletion.objects.get(subject_id=event.pk).pk


def delete_organization(alice, _event):
    deletion = ask(alice)
    steps.advance(deletion.pk)
    return deletion.pk


def delete_organization_by_job(alice, _event):
    """A step that fails is logged, and tried again."""
    ask(alice)
    steps.advance_all()


DELETIONS = {"event": delete_event, "organization": delete_organization}
TRIED_AGAIN = {"event": delete_event, "organization": delete_organization_by_job}


WORK = {
    "import": (begin_import, "guests.import", imports, "apply"),
    "robot": (begin_robot, "seating.propose", robot, "think"),
}
"""How it is asked for, its job, and the function before which it is interrupted."""


def closing_its_connection(monkeypatch, name):
    """Have the worker's thread close its connection when the job has ended."""
    function = app.tasks[name].func

    def run(*arguments, **named):
        try:
            function(*arguments, **named)
        finally:
            connection.close()

    monkeypatch.setattr(app.tasks[name], "func", run)


class Interrupted:
    """Deletes from another connection while the work stands where it was interrupted."""

    def __init__(self, delete, alice, event):
        self._delete = lambda: delete(alice, event)
        self._threads = ThreadPoolExecutor(1)
        self._future = None

    def begin(self, superuser):
        """Return when the deletion is done, or waits for the work."""
        self._future = self._threads.submit(self._run)
        while not self._future.done() and not superuser.execute(WAITING).fetchone()[0]:
            time.sleep(0.05)

    def _run(self):
        try:
            return self._delete()
        finally:
            connection.close()

    def end(self):
        with self._threads:
            return self._future.result(30)


@pytest.mark.parametrize("what", DELETIONS)
@pytest.mark.parametrize("work", WORK)
def test_it_ends_with_one_sentence_and_leaves_nothing(
    filled, monkeypatch, superuser_connection, caplog, work, what
):
    alice, _bob, _charlie = filled
    with as_(alice):
        event = Event.objects.get()
    interrupted = Interrupted(DELETIONS[what], alice, event)

    def in_the_middle(function):
        def run(*arguments, **named):
            interrupted.begin(superuser_connection)
            return function(*arguments, **named)

        return run

    begin, name, place, step = WORK[work]
    begin(alice, event)
    monkeypatch.setattr(place, step, in_the_middle(getattr(place, step)))
    closing_its_connection(monkeypatch, name)
    with connection.cursor() as cursor:  # the worker is to run nothing else
        cursor.execute(
            "UPDATE procrastinate_jobs SET queue_name = 'own' WHERE task_name = %s", [name]
        )
    caplog.set_level(logging.INFO)
    call_command(
        "procrastinate", "worker", "--one-shot", "--queues=own", "--delete-jobs=successful"
    )
    pk = interrupted.end()
    if work == "robot" or what == "organization":
        said = [each for each in caplog.records if each.msg == SUPERFLUOUS]
        assert len(said) == 1
    lines = "\n".join(map(Line().format, caplog.records))
    assert "Traceback" not in lines
    assert str(alice.organization_id) not in lines
    assert str(event.pk) not in lines

    for _time in range(2):  # the first may have met rows that came late
        steps.advance_all()
    assert not ProcrastinateJob.objects.filter(queue_name="own").exists()
    assert verify_all().remains == []
    with acting(steps.ACTOR):
        deletion = Deletion.objects.get(pk=pk)
    assert deletion.state == State.VERIFIED
    named = event.pk if what == "event" else alice.organization_id
    assert left(superuser_connection, named) <= declarations.KEPT.keys()


def arrive(alice, event):
    tap = DoorRequest(new_id())
    doors.check_in(actor=alice, event_id=event.pk, guest_id=Guest.objects.latest("pk").pk, tap=tap)


def be_seated(alice, event):
    moves.place(
        actor=alice,
        activity=Activity.objects.get(event=event, position=0),
        guest_id=Guest.objects.latest("pk").pk,
        table_id=Table.objects.latest("pk").pk,
    )


def be_added(alice, event):
    editing.add(actor=alice, event=event, record=GuestRecord(first_name="Late", last_name="Comer"))


@pytest.mark.parametrize("what", DELETIONS)
@pytest.mark.parametrize("act", [arrive, be_seated, be_added])
def test_what_is_committed_while_it_is_deleted_goes_too(filled, superuser_connection, act, what):
    """At the door, at the plan and in the list: who was first keeps nobody from deleting."""
    alice, _bob, _charlie = filled
    with as_(alice):
        event = Event.objects.get()
        tables.add_tables(
            actor=alice,
            activity=Activity.objects.get(event=event, position=0),
            count=1,
            facts=tables.TableFacts(seats=4),
        )
    interrupted = Interrupted(TRIED_AGAIN[what], alice, event)
    # Without keys, or chosen to end a deadlock, it is refused and writes nothing.
    with suppress(*([KeyringMissing, OperationalError] if what == "organization" else [])):
        with as_(alice):
            act(alice, event)
            interrupted.begin(superuser_connection)
    interrupted.end()
    for _time in range(2):
        steps.advance_all()
    assert verify_all().remains == []
    named = event.pk if what == "event" else alice.organization_id
    assert left(superuser_connection, named) <= declarations.KEPT.keys()


def test_an_event_goes_with_a_file_that_nobody_imported(filled):
    alice, _bob, _charlie = filled
    with as_(alice):
        event = Event.objects.get()
        imports.receive(actor=alice, event=event, filename="list.csv", data=SHEET)
    delete_event(alice, event)
    with as_(alice):
        assert not ImportFile.objects.exists()


def test_two_people_delete_one_event(filled):
    """The second, whose page is open still, reads that it is gone, and it goes once."""
    alice, _bob, _charlie = filled
    with as_(alice):
        event = Event.objects.get()
    delete_event(alice, event)
    with as_(alice), pytest.raises(Refused, match="deleted this event"):
        events.delete_unasked(actor=alice, event=event)
    with as_(alice):
        assert Deletion.objects.filter(kind=Kind.EVENT).count() == 1


def test_what_the_log_said_of_it_is_overwritten(filled):
    alice, _bob, charlie = filled
    log = settings.CONFIG.data / "logs" / "web.log"
    log.parent.mkdir(exist_ok=True)
    line = "Internal Server Error: /o/{}/events/\n"
    before = line.format(alice.organization_id) + line.format(charlie.organization_id)
    log.write_text(before)
    try:
        steps.advance(ask(alice).pk)
        assert verify_all().remains == []
        after = log.read_text()
    finally:
        log.unlink()
    assert after == before.replace(str(alice.organization_id), "-" * 36)
