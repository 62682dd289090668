"""What is in an archive follows from the models, so nothing new can be forgotten."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.test.utils import isolate_apps

from seatrobot.archive import help as pages
from seatrobot.archive.tables import not_carried, table_of, tables
from seatrobot.events.models import Event
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.tenancy.carrying import Way, carried
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.words import WordField

OF_PEOPLE = "belongs to an account, which no organization owns"
OF_STAFF = "about staff and operators of the instance"
OF_THE_INSTANCE = "evidence and counts of the instance itself"
NOT_OF_AN_ORGANIZATION = {
    "accounts_account": OF_PEOPLE,
    "accounts_attempt": OF_PEOPLE,
    "accounts_authenticator": OF_PEOPLE,
    "accounts_background_check": OF_STAFF,
    "accounts_known_origin": OF_PEOPLE,
    "accounts_passkey": OF_PEOPLE,
    "accounts_recovery_code": OF_PEOPLE,
    "accounts_refusal_count": OF_THE_INSTANCE,
    "accounts_session": OF_PEOPLE,
    "accounts_staff_link": OF_STAFF,
    "accounts_staff_member": OF_STAFF,
    "deletion_alert": OF_STAFF,
    "deletion_deletion": "each has a receipt, which is a file of its own",
    "devices_device": OF_STAFF,
    "devices_enrolment_token": OF_STAFF,
    "grants_text": "its words are told with the grant",
    "heads_head": OF_THE_INSTANCE,
    "heads_stream": OF_THE_INSTANCE,
    "journal_checkpoint": "the proof of the access log is a file of its own",
    "journal_leaf": "the proof of the access log is a file of its own",
    "organizations_setup_link": OF_THE_INSTANCE,
    "personnel_edition": OF_STAFF,
    "personnel_reminder": OF_STAFF,
    "personnel_result": OF_STAFF,
    "personnel_signature": OF_STAFF,
    "practices_probe": OF_THE_INSTANCE,
    "practices_sign_in_count": OF_THE_INSTANCE,
    "promises_attestation": OF_THE_INSTANCE,
    "promises_change": OF_THE_INSTANCE,
    "promises_day": OF_THE_INSTANCE,
    "promises_evidence": OF_THE_INSTANCE,
    "promises_signing_key": OF_THE_INSTANCE,
    "providers_certificate": OF_STAFF,
    "providers_provider": OF_STAFF,
    "providers_warned": OF_STAFF,
    "subscribing_pending": "the public's",
    "subscribing_subscriber": "the public's",
    "subscribing_untold": OF_THE_INSTANCE,
}


def own_models() -> list[type[models.Model]]:
    return [each for each in apps.get_models() if each.__module__.startswith("seatrobot.")]


def test_every_table_says_whether_it_is_carried_or_belongs_to_no_organization():
    silent = {each._meta.db_table for each in own_models() if carried(each) is None}
    assert silent == NOT_OF_AN_ORGANIZATION.keys()


def test_every_table_says_what_it_is_and_why_it_does_not_move():
    for model in own_models():
        said = carried(model)
        if said is not None:
            assert said.what, f"{model} does not say what it holds"
            assert said.why or said.way == Way.MOVES, f"{model} does not say why"


def test_every_column_is_in_an_archive_or_says_why_not():
    left = {what for what, _why in not_carried()}
    for table in tables():
        names = {column.attribute for column in table.columns}
        for field in table.model._meta.concrete_fields:
            is_there = field.attname in names or f"{table.name}.{field.attname}" in left
            assert is_there or field.attname == table.carried.owner


def test_what_is_declared_is_there():
    """A name in a declaration that is no column any more would protect nothing."""
    for table in tables():
        said = table.carried
        columns = {field.attname for field in table.model._meta.concrete_fields}
        named = {*said.left_out, *said.accounts, *said.refers, *said.made, *said.rewritten}
        assert named <= columns, f"{table.name} has no {named - columns}"


class SongRecord(msgspec.Struct, omit_defaults=True):
    """key: in which it is sung. asked_by: the guest who wants it."""

    REFERS = frozenset({"asked_by"})

    title: str
    key: str = ""
    asked_by: str = ""


@pytest.fixture
def song():
    """A table that nobody has told the archive of."""
    with isolate_apps("seatrobot.events"):

        class Song(TenantModel):
            """beats: in a minute. dancers: who stays on the floor."""

            event = models.ForeignKey(Event, models.CASCADE, "+", db_constraint=False)
            kind = WordField(max_length=5, choices=[("waltz", "Waltz"), ("tango", "Tango")])
            beats = models.PositiveSmallIntegerField(null=True)
            dancers = ArrayField(models.UUIDField(), default=list)
            sealed = SealedField(SongRecord)

            class Meta:
                app_label = "events"
                db_table = "events_song"

        yield Song


@pytest.mark.django_db
def test_a_new_table_is_carried_with_all_of_its_columns(song):
    table = table_of(song)
    assert table.is_imported
    assert table.column_names() == [
        *("id", "event_id", "kind", "beats", "dancers"),
        *("record.title", "record.key", "record.asked_by"),
    ]
    kinds = {column.name: column.kind for column in table.columns}
    assert kinds["kind"] == Literal["waltz", "tango"]
    assert kinds["beats"] == int | None
    moving = {column.name for column in table.columns if column.moves}
    assert moving == {"id", "event_id", "dancers", "record"}


@pytest.mark.django_db
def test_a_new_table_and_its_columns_are_on_the_help_page(song):
    lines = {line.name: line for line in pages.lines_of(table_of(song))}
    assert lines["beats"].said == "In a minute."
    assert lines["record.key"].said == "In which it is sung."
    assert lines["kind"].kind == "one of: waltz, tango"


@pytest.mark.django_db
def test_identifiers_of_a_new_table_become_others(song):
    table, one = table_of(song), str(new_id())
    values = {"id": one, "dancers": [one], "record": {"title": one, "asked_by": f"field:{one}"}}
    moved = table.moved(values, lambda _text: "new")
    assert moved == {
        "id": "new",
        "dancers": ["new"],
        "record": {"title": one, "asked_by": "field:new"},
    }


@pytest.mark.django_db
def test_a_kind_of_column_that_nobody_can_write_is_refused():
    with isolate_apps("seatrobot.events"):

        class Clip(TenantModel):
            length = models.DurationField()

            class Meta:
                app_label = "events"

        with pytest.raises(TypeError, match="nobody said how"):
            table_of(Clip)
