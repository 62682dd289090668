"""An event deletes itself on its day, after notice, and not before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from seatrobot.conftest import as_, colleague, founder
from seatrobot.deletion.models import Deletion, Kind
from seatrobot.events import jobs, retention, services
from seatrobot.events.facts import ActivityFacts, EventFacts, WrongEvent
from seatrobot.events.feature import Action
from seatrobot.events.models import Event, EventRecord
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.vault import own
from seatrobot.kernel.vault import services as vault
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


def job():
    jobs.delete_due(Work("events.delete-due", None, None))


def test_no_organization_keeps_the_events_of_another(alice, charlie, dinner, clock, monkeypatch):
    """Neither a title as only an archive can bring it, nor keys, nor any other error."""
    locked, broken = (founder(name, name) for name in ("Lola", "Bea"))
    made = own.adopt(locked.organization_id)
    own.prove(locked.organization_id, made.words)
    own.lock(locked.organization_id)
    with as_(alice):
        dinner.sealed = EventRecord("  Congress  Dinner ")
        dinner.delete_on, dinner.deletion_told_at = DAY, dinner.ends_at
        dinner.save()
    announce = retention.announce

    def announced(organization_id):
        if organization_id == broken.organization_id:
            raise ZeroDivisionError
        return announce(organization_id)

    monkeypatch.setattr(retention, "announce", announced)
    order = [each.organization_id for each in (locked, broken, alice, charlie)]
    monkeypatch.setattr(vault, "organizations", lambda: order)
    clock(DAY)
    job()
    with as_(alice):
        assert not Event.objects.exists()


def postponed(dinner, **by):
    starts, ends = (each + timedelta(**by) for each in (dinner.starts_at, dinner.ends_at))
    return EventFacts(dinner.title, starts, ends, dinner.time_zone, capacity=dinner.capacity)


def test_an_event_that_is_postponed_beyond_its_day_stays(alice, dinner, clock, client_of):
    with as_(alice):
        retention.set_day(actor=alice, event=dinner, day=DAY)
    whose = alice.organization_id
    clock(DAY - timedelta(days=14))
    assert night(whose) == (1, 0)
    browser, page = client_of(alice), f"/o/{whose}/events/{dinner.pk}/settings/"
    form = browser.get(page).context["form"]
    said = {name: form[name].value() or "" for name in form.fields}
    said |= {"starts_at": "2028-01-31T20:00", "ends_at": "2028-01-31T23:00"}
    answer = browser.post(page, said, follow=True).content.decode()
    assert "It was to delete itself before it is over. It stays now" in answer
    with as_(alice):
        event = Event.objects.get()
        assert (event.delete_on, event.deletion_told_at) == (None, None)
        entry = Entry.objects.filter(action=Action.EVENT_CHANGE).order_by("id").last()
        assert "delete_on" in entry.sealed.facts["changed"]
    clock(DAY + timedelta(days=60))
    assert night(whose) == (0, 0)


def test_a_day_after_the_new_end_and_its_notice_stay(alice, dinner, clock):
    with as_(alice):
        retention.set_day(actor=alice, event=dinner, day=DAY)
    clock(DAY - timedelta(days=14))
    assert night(alice.organization_id) == (1, 0)
    with as_(alice):
        event = Event.objects.get()
        told = event.deletion_told_at
        assert not services.change(
            actor=alice, event=event, facts=postponed(event, days=365), seen=None
        )
        event = Event.objects.get()
        assert (event.delete_on, event.deletion_told_at) == (DAY, told)
    clock(DAY)
    assert night(alice.organization_id) == (0, 1)


@pytest.mark.parametrize("what", ["event", "activity"])
def test_nothing_that_is_not_over_deletes_itself(what, alice, dinner, clock):
    """Whatever wrote the day: the job looks at the end, too."""
    with as_(alice):
        if what == "event":
            late = DAY + timedelta(days=3)
            dinner.ends_at = dinner.ends_at.replace(year=late.year, month=late.month, day=late.day)
        else:
            services.add_activity(
                actor=alice,
                event=dinner,
                facts=ActivityFacts(
                    "Party",
                    starts_at=dinner.starts_at.replace(year=2028, month=2, day=1),
                    ends_at=dinner.starts_at.replace(year=2028, month=2, day=2),
                ),
            )
        dinner.delete_on, dinner.deletion_told_at = DAY, dinner.created_at
        dinner.save()
    clock(DAY)
    assert night(alice.organization_id) == (0, 0)
    clock(DAY + timedelta(days=5))
    assert night(alice.organization_id) == (0, 1)
