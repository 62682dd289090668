"""Deletions that are late: the staff are mailed once, and see how far each is until it is over."""

from __future__ import annotations

from datetime import timedelta

from procrastinate.contrib.django.models import ProcrastinateJob

from seatrobot.accounts import mail
from seatrobot.accounts.staff.tests.conftest import dana, key, known_address, link  # noqa: F401
from seatrobot.accounts.staff.tests.people import account_of, disable
from seatrobot.deletion import alerts, jobs, steps
from seatrobot.deletion.models import Alert, Deletion
from seatrobot.deletion.tests.conftest import ask
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work

PAGE = "/staff/deletions/"


def due(deletion, hours):
    with acting(steps.ACTOR, deletion.customer_id):
        moment = now() - timedelta(hours=hours)
        Deletion.objects.filter(pk=deletion.pk).update(due_at=moment)


def told():
    rows = ProcrastinateJob.objects.filter(task_name="deletion.mail-alert")
    return [row.args["account_id"] for row in rows]


def test_the_staff_are_told_once_and_see_how_far_it_is(filled, dana, monkeypatch):  # noqa: F811
    alice, _bob, _charlie = filled
    assert "No deletion is late" in dana.get(PAGE).content.decode()
    deletion = ask(alice, at_once=False)
    due(deletion, 19)
    alerts.look()
    assert not Alert.objects.exists()
    assert not alerts.untold(now())

    due(deletion, 21)
    assert alerts.untold(now()) == 1
    alerts.look()
    alerts.look()
    assert told() == [str(account_of().pk)]
    assert not alerts.untold(now())
    shown = dana.get(PAGE).content.decode()
    assert str(deletion.pk) in shown
    assert "21 hours" in shown
    assert "Late" in shown
    assert str(alice.organization_id) not in shown
    assert "Foundation" not in shown

    sent = []
    monkeypatch.setattr(mail, "post", sent.append)
    work, row = Work("deletion.mail-alert", None, None), Alert.objects.get()
    jobs.mail_alert(work, str(row.pk), str(account_of().pk))
    assert str(deletion.pk) in sent[0].body
    assert PAGE in sent[0].body

    due(deletion, 25)
    alerts.look()
    assert "Later than promised" in dana.get(PAGE).content.decode()
    steps.advance_all()  # requested -> gone; it is still looked for
    alerts.look()
    assert "Rows deleted" in dana.get(PAGE).content.decode()

    with acting(steps.ACTOR, deletion.customer_id):
        Deletion.objects.filter(pk=deletion.pk).update(state="verified")
    alerts.look()
    assert Alert.objects.get().solved_at
    assert "Done" in dana.get(PAGE).content.decode()
    jobs.mail_alert(work, str(row.pk), str(account_of().pk))
    disable()
    assert len(sent) == 1
    assert told() == [str(account_of().pk)]
    monkeypatch.setattr(alerts, "now", lambda: now() + timedelta(days=91))
    alerts.look()
    assert not Alert.objects.exists()
