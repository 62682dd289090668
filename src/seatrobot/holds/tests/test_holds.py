"""Holds: asked for, confirmed, shown, renewed, ended; refused otherwise, and examined."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from seatrobot.accounts.factors.tests.device import Device
from seatrobot.accounts.models import Session
from seatrobot.accounts.staff.tests.conftest import dana, key, known_address, link  # noqa: F401
from seatrobot.accounts.staff.tests.people import account_of, enrol, make_staff, sign_in
from seatrobot.backups import sweeping
from seatrobot.backups.catalogue import ACTOR, CatalogueOfBackups
from seatrobot.backups.models import Backup
from seatrobot.holds import reading, services
from seatrobot.holds.models import Hold, Investigation
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now

BASE = "/staff/holds/"
WHY = "an attacker may have read the database"


def day(days: int = 0) -> str:
    return (now().date() + timedelta(days=days)).isoformat()


@pytest.fixture
def gina(dana) -> Client:  # noqa: F811
    device, client = Device(), Client()
    enrol(Client(), make_staff("gina@seatrobot.test", "Gina"), device)
    Session.objects.filter(account=account_of("gina@seatrobot.test")).delete()
    assert sign_in(client, device).status_code == 302
    return client


def ask(client: Client, **more: object):
    place = client.post(f"{BASE}open/", {"title": "Stolen laptop"})["Location"]
    form = {"made_from": day(-5), "made_through": day(), "days": 10, "reason": WHY, **more}
    return client.post(place, form)


def state() -> str:
    with acting(Actor.staff(account_of().pk)):
        return reading.state_of(Hold.objects.latest("asked_at"))


def in_effect() -> list[Hold]:
    with acting(Actor.staff(account_of().pk)):
        return list(reading.in_effect())


def test_from_an_investigation_to_its_end(dana, gina, alice, client_of):  # noqa: F811
    assert "Nothing is held" in dana.get(BASE).content.decode()
    assert ask(dana).status_code == 302
    assert state() == "asked"
    assert in_effect() == []
    row = Hold.objects.get()
    page = dana.get(BASE).content.decode()
    assert WHY in page
    assert f"{row.pk}/confirm/" not in page
    answer = dana.post(f"{BASE}hold/{row.pk}/confirm/")
    assert "second person" in answer.content.decode()
    assert state() == "asked"
    assert gina.post(f"{BASE}hold/{row.pk}/confirm/").status_code == 302
    [held] = in_effect()
    assert held.expires_at - held.confirmed_at == timedelta(days=10)
    with acting(Actor.staff(account_of().pk)):
        assert reading.held_until(now() - timedelta(days=2)) == held.expires_at
        assert reading.held_until(now() - timedelta(days=7)) is None
        assert reading.concerning(now() + timedelta(days=1)) == []
    browser = client_of(alice)
    told = browser.get(f"/o/{alice.organization_id}/deletions/").content.decode()
    assert f'data-hold="{row.pk}"' in told
    assert "Stolen laptop" in told
    assert WHY not in told
    renewal = {"days": 30, "reason": "the matter is still open"}
    assert gina.post(f"{BASE}hold/{row.pk}/renew/", renewal).status_code == 302
    assert len(in_effect()) == 1
    newer = Hold.objects.get(renews=row)
    assert gina.post(f"{BASE}hold/{newer.pk}/confirm/").status_code == 409
    assert dana.post(f"{BASE}hold/{newer.pk}/confirm/").status_code == 302
    assert len(in_effect()) == 2
    dana.post(f"{BASE}hold/{row.pk}/end/")
    assert [each.pk for each in in_effect()] == [newer.pk]
    dana.post(f"{BASE}{row.investigation_id}/close/")
    assert in_effect() == []
    assert "data-hold" not in browser.get(f"/o/{alice.organization_id}/deletions/").content.decode()
    assert gina.get(f"{BASE}{row.investigation_id}/hold/").status_code == 404


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"days": 31}, "less than or equal to 30"),
        ({"days": 0}, "greater than or equal to 1"),
        ({"made_through": day(1)}, "not made yet"),
        ({"made_from": day(1)}, "ends before it begins"),
        ({"reason": "because"}, "10 to 500"),
        ({"reason": "card 4111 1111 1111 1111 of a guest"}, "card"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(more, sentence, dana):  # noqa: F811
    answer = ask(dana, **more)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Hold.objects.exists()


def test_it_ends_by_itself_and_lapses_where_nobody_confirms(dana, gina, monkeypatch):  # noqa: F811
    ask(dana)
    row = Hold.objects.get()
    gina.post(f"{BASE}hold/{row.pk}/confirm/")
    assert state() == "in-effect"
    later = now() + timedelta(days=10, minutes=1)
    monkeypatch.setattr(reading, "now", lambda: later)
    assert in_effect() == []
    assert state() == "expired"
    monkeypatch.undo()
    dana.post(
        f"{BASE}{row.investigation_id}/hold/",
        {"made_from": day(-3), "made_through": day(-1), "days": 5, "reason": WHY},
    )
    assert state() == "asked"
    later = now() + timedelta(hours=25)
    monkeypatch.setattr(reading, "now", lambda: later)
    assert state() == "lapsed"
    assert gina.post(f"{BASE}hold/{Hold.objects.latest('asked_at').pk}/confirm/").status_code == 409


def test_the_database_holds_the_rules_too(dana, gina):  # noqa: F811
    ask(dana)
    row = Hold.objects.get()
    who = account_of().pk

    def refused(by, **columns):
        with acting(Actor.staff(by)), pytest.raises(DatabaseError), transaction.atomic():
            Hold.objects.filter(pk=row.pk).update(**columns)

    confirmed = {"confirmed_at": now(), "expires_at": now() + timedelta(days=10)}
    refused(who, confirmed_by=who, **confirmed)
    other = account_of("gina@seatrobot.test").pk
    refused(who, confirmed_by=other, **confirmed)  # in the name of somebody else
    refused(other, confirmed_by=other, **confirmed | {"expires_at": now() + timedelta(days=11)})
    refused(other, days=29)
    with acting(Actor.staff(other)):
        services.confirm(hold=row, by=other)
    refused(other, expires_at=now() + timedelta(days=29))
    refused(other, confirmed_by=None, confirmed_at=None, expires_at=None)
    with acting(Actor.staff(who)), pytest.raises(DatabaseError), transaction.atomic():
        Hold.objects.all().delete()
    with acting(Actor.staff(who)):
        services.close_investigation(investigation=row.investigation, by=who)
    with acting(Actor.staff(who)), pytest.raises(DatabaseError), transaction.atomic():
        Investigation.objects.update(closed_at=None)


def test_a_held_backup_is_destroyed_when_its_hold_ends(dana, gina):  # noqa: F811
    made_at = now() - timedelta(days=3)
    with acting(ACTOR):
        backup = Backup.objects.create(
            made_at=made_at, finished_at=made_at, destroy_by=made_at + timedelta(days=13)
        )
        other = Backup.objects.create(
            made_at=made_at - timedelta(days=5),
            finished_at=made_at,
            destroy_by=made_at + timedelta(days=8),
        )
    ask(dana, days=30)
    row = Hold.objects.get()
    gina.post(f"{BASE}hold/{row.pk}/confirm/")
    [row] = in_effect()
    later = now() + timedelta(days=20)
    [destroyed] = sweeping.destroy_due(later)
    assert destroyed.pk == other.pk
    [known] = CatalogueOfBackups().existing()
    assert known.destroyed_by == row.expires_at
    dana.post(f"{BASE}hold/{row.pk}/end/")
    [destroyed] = sweeping.destroy_due(later)
    assert destroyed.pk == backup.pk
    assert list(CatalogueOfBackups().existing()) == []
