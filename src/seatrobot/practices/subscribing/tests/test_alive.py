"""Whoever wants to is told regularly, signed, that the service is alive; who is not is counted."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from seatrobot.kernel.clock import now
from seatrobot.kernel.heads import memory
from seatrobot.kernel.heads import services as heads
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises.declaring import PROMISES
from seatrobot.practices.checks import notices
from seatrobot.practices.subscribing import jobs, links
from seatrobot.practices.subscribing.models import Subscriber
from seatrobot.practices.subscribing.tests.test_by_mail import EVE, subscribe

NOTE = re.compile(r"seatrobot-alive/1\n.*?\n\n— \S+ \S+\n", re.DOTALL)


def night(run_jobs) -> None:
    jobs.tell_alive(Work("subscribing.alive", None, None))
    run_jobs()


def later(**time: int) -> None:
    """Let time pass since the last mail."""
    row = Subscriber.objects.get()
    Subscriber.objects.update(alive_at=(row.alive_at or now()) - timedelta(**time))


def told(postbox) -> list[str]:
    """Return the text of every mail that the service is alive."""
    found = [message for message in postbox.to(EVE) if "Still alive" in message["Subject"]]
    return [message.get_content() for message in found]


def statement(text: str) -> dict[str, str]:
    """Return what a mail states, its signature verified."""
    note = NOTE.search(text.replace("\r\n", "\n"))
    assert note, text
    lines = signing.verify_note(note[0], signing.public_key()).splitlines()[1:]
    return dict(line.split(" ", 1) for line in lines)


@pytest.fixture
def eve(doors, postbox, run_jobs, settings, tmp_path) -> Subscriber:
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)  # heads of its own
    return subscribe(postbox, run_jobs)


def choose(row: Subscriber, rhythm: str) -> None:
    answer = Client().post(links.settings_of(row.pk).partition("8080")[2], {"alive": rhythm})
    assert answer.status_code == 302


def test_it_says_how_all_stands_and_what_changed_and_is_signed(eve, doors, postbox, run_jobs):
    heads.publish()
    doors.look(open=1)
    night(run_jobs)
    [text] = told(postbox)
    said = statement(text)
    kept = memory.read()
    assert (said["promises"], said["kept"], said["broken"]) == ("2", "1", "1")
    assert said["head"].startswith(f"{kept.size} ")
    assert "Broken: No door is open." in text
    assert kept.note in text.replace("\r\n", "\n")
    later(days=7)
    night(run_jobs)
    second = told(postbox)[1]
    assert "Nothing has changed since the last mail." not in second  # its time was moved, too
    assert statement(second)["changes"] == said["changes"]


@pytest.mark.parametrize(
    ("rhythm", "nights", "mails"), [("daily", 8, 8), ("weekly", 8, 2), ("never", 8, 0)]
)
def test_it_comes_as_often_as_somebody_chose(eve, postbox, run_jobs, rhythm, nights, mails):
    choose(eve, rhythm)
    Subscriber.objects.update(alive_at=None)
    for _night in range(nights):
        night(run_jobs)
        night(run_jobs)  # the scheduler begins a run twice
        if rhythm != "never":
            later(days=1)
    assert len(told(postbox)) == mails


def test_silence_is_said_in_it(eve, postbox, run_jobs):
    heads.publish(now() - timedelta(hours=1))
    night(run_jobs)
    [text] = told(postbox)
    assert statement(text)["silent"] == "1"
    assert "No head of the journal was signed since" in text


@pytest.mark.django_db(transaction=True)
class TestWhoIsNotToldIsCounted:
    """Within ten minutes, because `transparency.notices` is examined so often."""

    def test_the_check_is_made_often_enough(self):
        assert PROMISES["transparency.notices"].every <= timedelta(minutes=10)

    def test_a_mail_that_stays_away(self, eve):
        assert notices.told().values["overdue"] == 0
        for rhythm, days in (("daily", 2), ("weekly", 8)):
            Subscriber.objects.update(alive=rhythm, alive_at=now() - timedelta(days=days, hours=-1))
            assert notices.told().values["overdue"] == 0
            Subscriber.objects.update(alive_at=now() - timedelta(days=days, hours=1))
            assert notices.told().values["overdue"] == 1
        Subscriber.objects.update(alive="never")
        assert notices.told().values["overdue"] == 0

    def test_a_subscriber_who_was_deleted(self, eve, superuser_connection):
        assert notices.told().values["gone"] == 0
        superuser_connection.execute("DELETE FROM subscribing_subscriber")
        assert notices.told().values["gone"] == 1

    @pytest.mark.parametrize("name", ["subscribing.mail", "subscribing.mail-alive"])
    def test_mail_that_failed_for_good(self, eve, superuser_connection, name):
        assert notices.told().values["failed"] == 0
        superuser_connection.execute(
            "WITH job AS (INSERT INTO procrastinate_jobs (queue_name, task_name, status)"
            f" VALUES ('default', '{name}', 'failed') RETURNING id)"
            " INSERT INTO procrastinate_events (job_id, type, at)"
            " SELECT id, 'failed', now() FROM job"
        )
        assert notices.told().values["failed"] == 1
