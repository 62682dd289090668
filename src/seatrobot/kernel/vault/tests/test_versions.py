"""Two versions of a process against one database lose nothing."""

from __future__ import annotations

from typing import ClassVar

import msgspec
import pytest
from django.apps import apps
from django.db import connection

from seatrobot.conftest import as_
from seatrobot.events import services
from seatrobot.events.models import Event, EventRecord
from seatrobot.kernel.acting import savepoint
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.versions import NewerRecord, version_of

pytestmark = pytest.mark.django_db


class NewerEvent(EventRecord):
    """What the next version of this product could keep of an event."""

    dress: str = ""


def newer_field():
    field = SealedField(NewerEvent)
    field.set_attributes_from_name("sealed")
    field.model = Event
    return field


def stored(event):
    """Return what a newer process reads."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM events_event WHERE id = %s", [event.pk])
        (raw,) = cursor.fetchone()
    return newer_field().open_record(event.pk, event.organization_id, bytes(raw))


@pytest.fixture
def upgraded(alice, dinner):
    """Alice's dinner as a newer process has written it."""
    record = NewerEvent("Congress Dinner", dress="Black tie")
    with as_(alice):
        raw = newer_field().seal_record(dinner.pk, dinner.organization_id, record)
        Event.objects.filter(pk=dinner.pk).update(sealed=raw)
    return record


def test_an_older_process_reads_what_it_knows(alice, upgraded):
    with as_(alice):
        assert Event.objects.get().title == "Congress Dinner"


def save(event):
    event.sealed = EventRecord("Another title")
    event.save()


def save_one_column(event):
    event.sealed = EventRecord("Another title")
    event.save(update_fields=["sealed"])


def write_all(event):
    field = Event._meta.get_field("sealed")
    raw = field.seal_record(event.pk, event.organization_id, EventRecord("Another title"))
    Event.objects.update(sealed=raw)


def write_by_sql(event):
    field = Event._meta.get_field("sealed")
    raw = field.seal_record(event.pk, event.organization_id, EventRecord("Another title"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE events_event SET sealed = %s", [raw])


WAYS = (save, save_one_column, write_all, write_by_sql)


@pytest.mark.parametrize("write", WAYS)
def test_an_older_process_refuses_to_rewrite_it_in_any_way(write, alice, upgraded):
    with pytest.raises(NewerRecord, match="A newer version of Seatrobot changed this"):
        with as_(alice):
            write(Event.objects.get())
    with as_(alice):
        assert stored(Event.objects.get()) == upgraded


def test_a_service_is_refused_with_one_sentence_and_its_work_undone(alice, dinner, upgraded):
    with as_(alice):
        event = Event.objects.get()
        with pytest.raises(Refused), savepoint():
            event.time_zone = "Asia/Tokyo"
            save(event)
        assert Event.objects.get().time_zone == dinner.time_zone
        assert stored(event) == upgraded


def test_an_older_process_may_change_what_is_beside_it(alice, upgraded):
    with as_(alice):
        event = Event.objects.get()
        event.time_zone = "Asia/Tokyo"
        event.save()  # the sealed bytes go back as they were
        assert Event.objects.get().time_zone == "Asia/Tokyo"
        assert stored(event) == upgraded


def test_a_newer_process_rewrites_what_an_older_one_wrote(alice, dinner):
    with as_(alice):
        before = stored(dinner)
        raw = newer_field().seal_record(
            dinner.pk, dinner.organization_id, NewerEvent(before.title, dress="White tie")
        )
        Event.objects.update(sealed=raw)
        assert stored(dinner).dress == "White tie"


def test_the_same_version_rewrites_as_often_as_it_likes(alice, dinner):
    with as_(alice):
        for title in ("One", "Two"):
            event = Event.objects.get()
            event.sealed = EventRecord(title)
            event.save()
        assert Event.objects.get().title == "Two"


def test_an_event_that_a_newer_process_changed_can_still_be_deleted(alice, upgraded):
    with as_(alice):
        event = Event.objects.get()
        services.delete(actor=alice, event=event, typed_title=event.title)
        assert not Event.objects.exists()


class Inner(msgspec.Struct):
    one: str = ""


class Outer(msgspec.Struct):
    many: list[Inner] = []
    by_name: dict[str, Inner | None] = {}


class OuterWithMore(msgspec.Struct):
    RETIRED: ClassVar[int] = 1
    many: list[Inner] = []
    by_name: dict[str, Inner | None] = {}


def test_a_field_more_is_a_higher_version_and_so_is_one_that_went():
    assert version_of(NewerEvent) == version_of(EventRecord) + 1
    assert version_of(Outer) == 3
    assert version_of(OuterWithMore) == 4


UNHELD = """
    SELECT t.name FROM unnest(%s::text[], %s::text[]) AS t (name, trigger)
    WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = t.trigger
                      AND tgrelid = t.name::regclass AND tgenabled = 'O')
"""


def test_every_sealed_column_is_held(superuser_connection):
    columns = [
        (model._meta.db_table, f"{model._meta.db_table}_{field.column}_version")
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, SealedField)
    ]
    assert len(columns) > 10
    tables, triggers = map(list, zip(*columns, strict=True))
    assert superuser_connection.execute(UNHELD, [tables, triggers]).fetchall() == []
