"""Destroying, and everything that a store has although it should not, or lacks."""

from __future__ import annotations

import io
import os
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError

from seatrobot.backups import keys, sweeping
from seatrobot.backups.catalogue import CatalogueOfBackups
from seatrobot.backups.making import destroy_by, place
from seatrobot.backups.models import Backup, Part
from seatrobot.backups.reading import open_part
from seatrobot.backups.stores import StoreGone
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import first_id, new_id
from seatrobot.kernel.vault.errors import KeyringMissing

from .conftest import ACTOR, at

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_begun_on_a_day_is_destroyed_with_its_day():
    assert destroy_by(at("2026-11-03 00:00")) == at("2026-11-16 18:00")
    assert destroy_by(at("2026-11-03 23:59")) == at("2026-11-16 18:00")


def test_destroying_deletes_the_key_first_and_everything_in_every_store(places, backup):
    copied = places[0].get(place(backup.pk, Part.CLUSTER))
    with open_part(places[0], backup.pk, Part.CLUSTER) as plain:
        assert plain.read() == b"rows of people"
    assert sweeping.destroy(backup)
    assert not any(list(store.list()) for store in places)
    places[0].put(place(backup.pk, Part.CLUSTER), io.BytesIO(copied))
    with pytest.raises(KeyringMissing), open_part(places[0], backup.pk, Part.CLUSTER):
        pass  # somebody's copy opens nothing any more
    with pytest.raises(FileExistsError):
        keys.store().put(backup.pk, b"SRK1 again")
    backup.refresh_from_db()
    assert backup.destroyed_at is not None


def test_a_store_that_was_away_is_emptied_when_it_is_back(places, backup, tmp_path):
    (tmp_path / "two").rename(tmp_path / "away")
    assert not sweeping.destroy(backup)
    (tmp_path / "away").rename(tmp_path / "two")
    assert list(places[1].list())
    sweeping.destroy_due()
    assert not list(places[1].list())


def test_what_is_due_is_destroyed_and_what_no_hold_names_is_not_held(backup):
    assert sweeping.destroy_due(backup.destroy_by - timedelta(minutes=1)) == []
    with acting(ACTOR):
        Backup.objects.filter(pk=backup.pk).update(hold_id=new_id())
    assert [row.pk for row in sweeping.destroy_due(now() + timedelta(days=20))] == [backup.pk]


def test_no_row_keeps_a_backup_for_longer_than_14_days(backup):
    with pytest.raises(IntegrityError), acting(ACTOR):
        Backup.objects.filter(pk=backup.pk).update(destroy_by=now() + timedelta(days=15))


def test_deletion_waits_for_what_may_still_hold_it(places, backup):
    assert {(each.store, each.made_at) for each in CatalogueOfBackups().existing()} == {
        (store.name, backup.made_at) for store in places
    }
    sweeping.destroy(backup)
    assert not list(CatalogueOfBackups().existing())


def test_nothing_is_wrong_with_what_was_written(backup):
    found = sweeping.sweep()
    assert found == sweeping.Sweep(looked=6)


@pytest.mark.parametrize(
    ("name", "days", "kinds"),
    [
        ("dump.sql", 0, {"foreign"}),
        ("dump.sql", 15, {"foreign", "old"}),
        ("trial", 15, {"old"}),
        ("log/{new}/000000010000000000000003", 0, {"unknown"}),
        ("base/{old}/cluster", 0, {"unknown", "old"}),
        ("base/{known}/cluster", 15, {"old", "unlike"}),
    ],
)
def test_what_does_not_belong_there_is_named(places, backup, name, days, kinds):
    earlier = first_id(now() - timedelta(days=20)).int | 7 << 76 | 2 << 62
    name = name.format(new=new_id(), old=UUID(int=earlier), known=backup.pk)
    places[0].put(name, io.BytesIO(b"copied"))
    moment = (now() - timedelta(days=days)).timestamp()
    os.utime(places[0].directory / name, (moment, moment))
    found = sweeping.sweep()
    assert {kind for kind in ("old", "unknown", "foreign", "unlike") if getattr(found, kind)} == (
        kinds
    )
    assert all(name in each for kind in kinds for each in getattr(found, kind))


def test_what_is_lacking_or_away_is_named(places, backup, tmp_path):
    places[0].delete(place(backup.pk, Part.FILES))
    (tmp_path / "two").rename(tmp_path / "away")
    found = sweeping.sweep()
    assert (len(found.unlike), len(found.away)) == (1, 1)
    with pytest.raises(StoreGone):
        list(places[1].list())


def test_dates_that_cannot_be_are_named(backup):
    assert [
        each.split(" ", 1)[0] for each in sweeping.out_of_order(now() + timedelta(hours=3))
    ] == [str(backup.pk)]
    with acting(ACTOR):
        moved = now() + timedelta(days=30)
        Backup.objects.filter(pk=backup.pk).update(made_at=moved, destroy_by=moved)
    assert len(sweeping.out_of_order()) == 2


def test_a_key_of_what_was_destroyed_is_named(backup, monkeypatch):
    monkeypatch.setattr(keys, "destroy", lambda _name: None)
    sweeping.destroy(backup)
    assert "the key" in sweeping.out_of_order()[0]


def test_destroying_is_tried_and_leaves_nothing(places, monkeypatch):
    assert sweeping.try_destroying() == []
    assert not any(list(store.list()) for store in places)
    monkeypatch.setattr(type(places[0]), "delete", lambda _self, _key: None)
    assert len(sweeping.try_destroying()) == 3
