"""An event deletes itself on its day, after notice, and not before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from seatrobot.conftest import as_, colleague
from seatrobot.deletion.models import Deletion, Kind
from seatrobot.events import retention
from seatrobot.events.facts import WrongEvent
from seatrobot.events.models import Event
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.organizations.models import SentMail
from seatrobot.organizations.permissions import Role

DAY = date(2028, 1, 31)


@pytest.fixture
def clock(monkeypatch):
    real = retention.now

    def at(day):
        moment = real().replace(year=day.year, month=day.month, day=day.day, hour=3)
        monkeypatch.setattr(retention, "now", lambda: moment)

    return at


def night(organization_id):
    """Do what the job does; return how many events were announced and deleted."""
    with acting(Actor.system("tests"), organization_id):
        told = retention.announce(organization_id)
        return told, retention.delete_due(organization_id)


def test_an_event_goes_on_its_day_after_notice(alice, dinner, clock):
    colleague("Ada", Role.ADMINISTRATOR, alice)
    with as_(alice):
        retention.set_day(actor=alice, event=dinner, day=DAY)
    whose = alice.organization_id
    clock(DAY - timedelta(days=20))
    assert night(whose) == (0, 0)
    clock(DAY - timedelta(days=14))
    assert night(whose) == (1, 0)
    with as_(alice):
        assert sorted(mail.sealed.to for mail in SentMail.objects.all()) == [
            "ada@seatrobot.test",
            "alice@seatrobot.test",
        ]
        assert all("2028-01-31" in mail.sealed.subject for mail in SentMail.objects.all())
    clock(DAY - timedelta(days=1))
    assert night(whose) == (0, 0)
    clock(DAY)
    assert night(whose) == (0, 1)
    with as_(alice):
        assert not Event.objects.exists()
        assert Deletion.objects.get().kind == Kind.EVENT


def test_a_notice_that_comes_late_puts_the_day_off(alice, dinner, clock):
    with as_(alice):
        retention.set_day(actor=alice, event=dinner, day=DAY)
    clock(DAY + timedelta(days=3))
    assert night(alice.organization_id) == (1, 0)
    clock(DAY + timedelta(days=16))
    assert night(alice.organization_id) == (0, 0)
    clock(DAY + timedelta(days=17))
    assert night(alice.organization_id) == (0, 1)


def test_the_day_is_proposed_and_can_be_taken_back(alice, vera, dinner, client_of):
    page = f"/o/{alice.organization_id}/events/{dinner.pk}/deletion-day/"
    browser = client_of(alice)
    assert 'value="2028-01-20"' in browser.get(page).content.decode()
    wrong = browser.post(page, {"delete_on": "2027-01-20"})
    assert wrong.status_code == 422
    assert "after the event" in wrong.content.decode()
    assert browser.post(page, {"delete_on": "2028-02-01"}).status_code == 302
    settings = page.replace("deletion-day", "settings")
    assert "deletes itself on" in browser.get(settings).content.decode()
    assert browser.post(page, {"delete_on": ""}).status_code == 302
    with as_(alice):
        assert Event.objects.get().delete_on is None
        with pytest.raises(WrongEvent, match="30 years"):
            retention.set_day(actor=alice, event=dinner, day=date(2099, 1, 1))
    assert client_of(vera).get(page).status_code == 403
