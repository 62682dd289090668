"""No number of a payment card is kept: every text that is stored, every form, every import."""

from __future__ import annotations

import io
import logging
from datetime import UTC, date, datetime
from importlib import import_module
from pkgutil import walk_packages
from uuid import UUID

import msgspec
import openpyxl
import pytest
from django import forms
from django.apps import apps
from django.db import models
from django.urls import reverse
from msgspec import inspect

import seatrobot
from seatrobot.conftest import as_
from seatrobot.guests.importing.headings import Target
from seatrobot.guests.models import ImportFile
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import imports
from seatrobot.kernel.cards import CardNumber, find, refuse_record
from seatrobot.kernel.ids import PLATFORM, new_id
from seatrobot.kernel.textfields import LineField, TextField
from seatrobot.kernel.vault.fields import sealed_fields
from seatrobot.organizations.models import Organization
from seatrobot.web.log_lines import Line

CARD = "4242 4242 4242 4242"

KEPT_IN_CLEAR = {
    "Arrival.door": "refused by the request of a door",
    "Party.language": "a tag of a language, judged by its form",
    "Event.time_zone": "the name of a zone there is",
    "AttestationRow.text": "refused when somebody attests; else of identifiers and moments",
    "Deletion.counts": "names of tables, and numbers",
    "Deletion.searched": "words of ours, and numbers",
    "Deletion.found": "names of places",
    "Deletion.result": "signed words of ours, identifiers and moments",
    "SigningKey.rp_id": "the name of our host",
    "Device.confirmation": "a statement that a passkey has signed, of identifiers and moments",
    "Device.last_report": "a hash",
    "Device.problems": "words of ours",
    "Account.password": "a hash",
    "Session.session_data": "signed words of ours and identifiers",
    "SentMail.error": "words of ours",
    "Hook.last_outcome": "words of ours",
    "Change.reason": "words of ours",
    "Edition.name": "of a file of the operator's",
    "Edition.title": "a policy or course, which the operator publishes",
    "Edition.digest": "a hash",
    "Signature.signed": "a statement that a passkey has signed, of identifiers and moments",
    "Result.wrong": "numbers of questions",
    "Reminder.what": "words of ours",
    "Recording.command": "words of ours",
    "Provider.name": "refused by its form",
    "Provider.service": "refused by its form",
    "Warned.what": "words of ours",
}
"""Columns of text that are not sealed and not words of a list of ours, and why they hold none."""
OF_OURS = {"action", "actor_kind", "actor_name", "kind", "state", "promise", "before", "method"}
OF_OURS |= {"reason", "outcome", "device", "factors", "sections", "split_parties", "after", "note"}
OF_OURS |= {"guest_ids", "table_ids", "event_ids", "text", "signature"}

SEALED_AS_TYPED = {
    "AttestForm.note",
    "ContactForm.emails",
    "GuestForm.new_tags",
    "CertificateForm.source",
    "HookForm.url",
    "MakeForm.recipient",
    *("CredentialsForm.name", "CredentialsForm.secret"),
    *("HoldForm.address", "HoldForm.name", "HoldForm.secret"),
}
"""Texts that their service refuses, as it seals them or looks itself.

A source is an address, a recipient is a key. What leads to a key service is kept only after that
service has opened something with it.
"""


def texts(kind: inspect.Type) -> bool:
    """Whether a value of this type may hold text that is typed."""
    if isinstance(kind, inspect.UnionType):
        return any(texts(each) for each in kind.types)
    if isinstance(kind, (inspect.ListType, inspect.SetType, inspect.VarTupleType)):
        return texts(kind.item_type)
    if isinstance(kind, inspect.DictType):
        return texts(kind.value_type)
    return isinstance(kind, inspect.StrType)


SIMPLE = {
    inspect.BoolType: False,
    inspect.IntType: 0,
    inspect.FloatType: 0.0,
    inspect.BytesType: b"",
    inspect.UUIDType: UUID(int=1),
    inspect.DateTimeType: datetime(2027, 1, 1, tzinfo=UTC),
    inspect.DateType: date(2027, 1, 1),
    inspect.NoneType: None,
}
SEVERAL = {inspect.ListType: list, inspect.VarTupleType: tuple, inspect.SetType: set}


def example(kind: inspect.Type, text: str) -> object:
    """Return a value of a type, with the text wherever it may stand."""
    if type(kind) in SIMPLE:
        return SIMPLE[type(kind)]
    if isinstance(kind, inspect.UnionType):
        return example(next((each for each in kind.types if texts(each)), kind.types[0]), text)
    if type(kind) in SEVERAL:
        return SEVERAL[type(kind)]([example(kind.item_type, text)])
    if isinstance(kind, inspect.DictType):
        return {"key": example(kind.value_type, text)}
    if isinstance(kind, inspect.StructType):
        return kind.cls(**{f.name: example(f.type, text) for f in kind.fields if f.required})
    return next(iter(kind.cls)) if isinstance(kind, inspect.EnumType) else text


def records_with_a_card() -> list[tuple[str, object, object]]:
    """Give for each text of each sealed record its name, the field, and a record that has it."""
    found = []
    for field in sealed_fields():
        told = inspect.type_info(field.record)
        required = {f.name: example(f.type, "words") for f in told.fields if f.required}
        for part in told.fields:
            if texts(part.type):
                record = field.record(**required | {part.name: example(part.type, CARD)})
                name = f"{field.model.__name__}.{field.column}.{part.name}"
                found.append((name, field, record))
    return found


def is_kept(field, key, owner, record) -> bool:
    """Whether a sealed value holds the card, or the refusal repeats it."""
    try:
        sealed = field.seal_record(key, owner, record)
    except CardNumber as refusal:
        return "4242" in refusal.sentence
    return field.count_cards(key, owner, sealed) > 0 or not record.CUTS_CARDS


def test_no_text_of_any_sealed_record_takes_one(alice):
    taken, tried = [], 0
    with as_(alice):
        for name, field, record in records_with_a_card():
            is_tenant = any(f.name == "organization_id" for f in field.model._meta.get_fields())
            is_tenant = is_tenant or hasattr(field.model, "organization_id")
            owner = alice.organization_id if is_tenant or field.model is Organization else PLATFORM
            key = new_id()
            tried += 1
            if is_kept(field, key, owner, record):
                taken.append(name)
    assert tried > 60
    assert taken == []


def test_every_column_of_text_in_clear_is_listed():
    kinds = (models.CharField, models.TextField, models.JSONField)
    found = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("seatrobot")
        for field in model._meta.concrete_fields
        if (isinstance(field, kinds) or hasattr(field, "base_field")) and not field.choices
        if field.name not in OF_OURS or f"{model.__name__}.{field.name}" in KEPT_IN_CLEAR
    }
    named = {name for name in found if not name.startswith(("Checkpoint.", "Head."))}
    assert named - KEPT_IN_CLEAR.keys() == set()


def form_classes() -> set[type[forms.BaseForm]]:
    for module in walk_packages(seatrobot.__path__, "seatrobot."):
        if module.name.endswith("forms"):
            import_module(module.name)

    def below(cls):
        for each in cls.__subclasses__():
            yield each
            yield from below(each)

    places = {each: each.__module__.split(".") for each in below(forms.BaseForm)}
    return {
        each for each, (top, *rest) in places.items() if top == "seatrobot" and "tests" not in rest
    }


NOT_KEPT = {
    "password": "kept as a hash",
    "username": "looked up, and logged without the number",
    "code": "looked up",
    "sealed": "made by us",
    "recovery_code": "looked up",
    "search": "looked for in the list and not kept",
    "guest": "looked for in the log and not kept",
    "head": "verified and not kept",
    "checkpoint": "verified and not kept",
    "seen": "made by us",
    "old": "a password",
    "new": "a password",
    "language": "a tag of a language",
    "domains": "names of domains",
    "networks": "networks",
    "words": "open a keyring, and are not kept",
}


def test_every_text_of_every_form_refuses_one_or_is_sealed_or_not_kept():
    loose = set()
    for form in form_classes():
        for name, field in getattr(form, "base_fields", {}).items():
            is_text = isinstance(field, forms.CharField) and not isinstance(field, forms.UUIDField)
            is_own = isinstance(field, (LineField, TextField))
            if is_text and not is_own and name not in NOT_KEPT and "password" not in name:
                loose.add(f"{form.__name__}.{name}")
            if is_own and isinstance(field, (LineField, TextField)):
                with pytest.raises(forms.ValidationError) as error:
                    field.clean(CARD[: field.max_length] if field.max_length else CARD)
                assert "4242" not in str(error.value)
    assert loose == SEALED_AS_TYPED


@pytest.mark.parametrize("target", list(Target))
def test_an_import_refuses_one_whatever_the_column_is(alice, dinner, target):
    data = f"Name,{target.value}\nAna,fine\nBen,{CARD}\n".encode()
    with as_(alice), pytest.raises(CardNumber) as error:
        imports.receive(actor=alice, event=dinner, filename="guests.csv", data=data)
    assert "Row 3" in error.value.sentence
    assert str(target.value) in error.value.sentence
    assert "4242" not in error.value.sentence


@pytest.mark.parametrize(
    ("filename", "data"),
    [(f"{CARD}.csv", b"Name\nAna\n"), ("guests.csv", f"Name,{CARD}\nAna,x\n".encode())],
)
def test_nor_in_the_name_of_the_file_or_a_heading(alice, dinner, filename, data):
    with as_(alice), pytest.raises(CardNumber) as error:
        imports.receive(actor=alice, event=dinner, filename=filename, data=data)
    assert "4242" not in error.value.sentence


def workbook(**more: str) -> bytes:
    """Return a workbook with a list, and a text where the list does not show it."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Name", "Notes"], ["Ana", "fine"], ["Ben", "well"]):
        sheet.append(row)
    if "sheet" in more:
        book.create_sheet("Other").append(["Paid with", more["sheet"]])
    if "comment" in more:
        sheet["A2"].comment = openpyxl.comments.Comment(more["comment"], "Ana")
    if "property" in more:
        book.properties.description = more["property"]
    if "hidden" in more:
        sheet["A2"].hyperlink = f"https://x.example/?q={more['hidden']}"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def refused(alice, dinner, filename: str, data: bytes) -> str:
    with as_(alice), pytest.raises(CardNumber) as error:
        imports.receive(actor=alice, event=dinner, filename=filename, data=data)
    assert "4242" not in error.value.sentence
    with as_(alice):
        assert not ImportFile.objects.exists()
    return error.value.sentence


@pytest.mark.parametrize("place", ["sheet", "comment", "property", "hidden"])
def test_nor_where_a_workbook_does_not_show_it(alice, dinner, place):
    with as_(alice):
        imports.receive(
            actor=alice, event=dinner, filename="a.xlsx", data=workbook(**{place: "0.4242424242"})
        )
        ImportFile.objects.all().delete()
    said = refused(alice, dinner, "a.xlsx", workbook(**{place: CARD.replace(" ", "")}))
    assert "Another worksheet, a comment or the properties of the workbook" in said


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (f"Paid with {CARD}\n\nName,Notes\nAna,fine\nBen,well\n", "Lines above the headings"),
        ("Name,A,B,C,D\nAna,4242,4242,4242,4242\n", "Row 2, over several columns"),
    ],
)
def test_nor_around_the_table_or_over_its_columns(alice, dinner, data, place):
    assert place in refused(alice, dinner, "guests.csv", data.encode())


def test_all_places_are_told_at_once(alice, dinner):
    rows = [f"Ana,{CARD},fine", f"Ben,{CARD},x", "Cid,y,z", "Dan,y,4242424242424242/1229"]
    said = refused(alice, dinner, "guests.csv", "\n".join(["Name,Notes,Order", *rows]).encode())
    for place in ("Row 2, column Notes", "Row 3, column Notes", "Row 5, column Order"):
        assert place in said
    assert "delete them from the file" in said
    said = refused(alice, dinner, f"{CARD}.csv", "\n".join(["Name,Notes", *rows[:1] * 20]).encode())
    assert said.count("Row") == 9
    assert "and 11 more" in said


def test_phones_beside_references_are_no_cards(alice, dinner):
    """Eight digits and eight digits give the check digit of a card in one row of ten."""
    rows = [f"Ana{n},4{n:07d},{n:08d}" for n in range(200)]
    data = "\n".join(["last_name,phone,reference", *rows]).encode()
    with as_(alice):
        imports.receive(actor=alice, event=dinner, filename="guests.csv", data=data)
        for row in rows:
            _name, phone, reference = row.split(",")
            record = GuestRecord(last_name="Ana", phone=phone, reference=reference)
            refuse_record(record, msgspec.msgpack.encode(record))


def test_pages_say_which_field_it_is_and_keep_nothing(alice, dinner, client_of):
    client = client_of(alice)
    answers = {
        "Notes": client.post(
            reverse("contacts:new", args=[alice.organization_id]),
            {"last_name": "Adams", "notes": f"Pays with {CARD}"},
        ),
        "Title": client.post(
            reverse("events:new", args=[alice.organization_id]),
            {
                "title": CARD,
                "starts_at": "2027-05-01T18:00",
                "ends_at": "2027-05-01T23:00",
                "time_zone": "UTC",
            },
        ),
        "First name": client.post(
            reverse("guests:add", args=[alice.organization_id, dinner.pk]),
            {"first_name": "4242 4242 4242 4242", "last_name": "Adams"},
        ),
    }
    for field, answer in answers.items():
        page = answer.content.decode()
        assert answer.status_code == 422, field
        assert f"“{field}” has what looks like the number of a payment card" in page, field


def test_a_line_of_the_log_and_its_trace_are_cut():
    trace = (ValueError, ValueError(f"cannot read {CARD}"), None)
    record = logging.LogRecord("x", logging.ERROR, "", 0, "paid with %s", (CARD,), trace)
    line = Line().format(record)
    assert find(line) == []
    assert line.count("424242…4242") == 2


def test_a_log_entry_is_written_whatever_a_browser_calls_itself(alice, client_of):
    client = client_of(alice)
    place = reverse("events:list", args=[alice.organization_id])
    assert client.get(place, headers={"User-Agent": f"Browser {CARD}"}).status_code == 200


def test_struct_of_a_log_is_cut_and_says_so():
    cutting = {
        field.record.__name__
        for field in sealed_fields()
        if getattr(field.record, "CUTS_CARDS", False)
    }
    assert cutting == {
        "Details",
        "RecordingRecord",
        "RefusalRecord",
        "SessionRecord",
        "SignInRecord",
    }
    assert issubclass(next(sealed_fields().__iter__()).record, msgspec.Struct)
