"""Mails 30, 7 and 0 days before: one for each stage, to whom it concerns, and none afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from seatrobot.accounts import mail
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.staff import conditions
from seatrobot.personnel import jobs
from seatrobot.personnel.models import Reminder

from .signing import do_everything, take
from .test_duties import change_policy

WORK = Work("personnel.remind", None, None)
MODULES = ("duties", "services", "reminding", "text")


@pytest.fixture
def at(monkeypatch):
    """Move the clock of what counts and of what is told."""

    def move(**ahead) -> None:
        moment = now() + timedelta(**ahead)
        for module in MODULES:
            monkeypatch.setattr(f"seatrobot.personnel.{module}.now", lambda: moment)
        conditions.forget()

    return move


@pytest.fixture
def mails(monkeypatch):
    """Run the job and what it defers; return the bodies of the mails."""
    sent: list[str] = []
    monkeypatch.setattr(mail, "post", lambda message: sent.append(message.body))
    told: set[int] = set()

    def run() -> list[str]:
        sent.clear()
        jobs.remind(WORK)
        waiting = ProcrastinateJob.objects.filter(task_name="personnel.mail-reminders")
        for row in waiting.exclude(pk__in=told):
            told.add(row.pk)
            facts = {name: row.args[name] for name in ("account_id", "reminder_ids")}
            jobs.mail_reminders(Work("personnel.mail-reminders", None, None), **facts)
        return list(sent)

    return run


def test_whoever_comes_in_is_told_all_in_one_mail_and_once(dana, mails):
    [body] = mails()
    assert body.count("is not signed yet") == 4
    assert body.count("is not passed yet") == 2
    assert "/staff/duties/" in body
    assert mails() == []


def test_each_stage_of_a_year(dana, key, account, at, mails):
    do_everything(dana, key)
    Reminder.objects.all().delete()
    mails()
    at(days=334)
    assert mails() == []
    for days, word in ((336, "by"), (359, "by"), (366, "was not")):
        at(days=days)
        [body] = mails()
        assert body.count("has to be taken again" if word == "by" else "and was not") == 2
        assert mails() == []
    assert sorted(
        Reminder.objects.filter(what="course:privacy").values_list("days", flat=True)
    ) == [0, 7, 30]


def test_a_new_text_is_told_and_what_is_done_meanwhile_is_not(
    dana, key, account, mails, texts_of_the_operator
):
    do_everything(dana, key)
    mails()
    change_policy(texts_of_the_operator)
    [body] = mails()
    assert "has a new text: sign it by" in body
    assert body.count("* ") == 1


def test_what_was_done_before_the_mail_is_written_is_not_told(dana, account, monkeypatch, mails):
    jobs.remind(WORK)
    for name in ("privacy", "security"):
        take(dana, name)
    [body] = mails()
    assert "passed" not in body
    assert body.count("is not signed yet") == 4
