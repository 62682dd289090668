"""What is masked of each sealed record, and what becomes of masks that are saved."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
import pytest

from seatrobot.conftest import as_
from seatrobot.events.models import Event, EventRecord
from seatrobot.guests.records import GuestRecord
from seatrobot.kernel.acting import savepoint
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import NoWorkForStaff, defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.services import NotOnAVisit
from seatrobot.kernel.vault import masking
from seatrobot.kernel.vault.errors import MaskedValue
from seatrobot.kernel.vault.fields import sealed_fields
from seatrobot.kernel.vault.masking import MASK

IN_CLEAR = {
    "ActivityRecord": {"title", "place"},
    "ArchiveRecord": {"sha256", "canonical", "rows", "leave_unknown"},
    "ContactRecord": {"language"},
    "DeletionRecord": {"accounts", "fingerprints", "identifiers", "tables"},
    "Details": {"facts", "shown", "everybody"},
    "EventRecord": {"title", "venue"},
    "FieldRecord": {"labels", "choices"},
    "GrantRecord": {"reason", "ticket", "review_note", "uses", "code", "code_at"},
    "ImportRecord": {"row_count", "keep_contacts"},
    "OrganizationRecord": {"name"},
    "Report": {
        *("guests", "tables", "quality", "before", "wishes_met", "wishes_total", "evenness"),
        *("unmet", "left", "optimal", "seconds", "conflict", "after", "asked", "better", "worse"),
    },
    "RuleRecord": {"column"},
    "TableRecord": {"label"},
}
"""Written out a second time on purpose: whatever is not here is masked, in every record."""


def test_every_record_says_what_staff_see_of_it():
    records = {field.record for field in sealed_fields() if field.record}
    found = {record.__name__: masking.clear_fields(record) for record in records}
    assert {name: clear for name, clear in found.items() if clear} == IN_CLEAR


def sample(kind: object) -> object:
    """Return a value of a type, with something in it."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = msgspec.structs.fields(kind)
        return kind(**{field.name: sample(field.type) for field in fields})
    plain = {str: "Adams", bytes: b"Adams", int: 7, float: 7.0, bool: True}
    plain |= {UUID: new_id(), datetime: now()}
    plain[type(None)] = None
    if kind in plain:
        return plain[kind]
    parts = [sample(part) for part in kind.__args__ if part is not Ellipsis]
    origin = getattr(kind, "__origin__", None)
    if origin is list:
        return parts[:1]
    if origin is dict:
        return {parts[0]: parts[1]}
    return tuple(parts) if origin is tuple else parts[0]


@pytest.mark.parametrize("field", list(sealed_fields()), ids=str)
def test_no_masked_field_of_any_record_is_left(field):
    if field.record is None:
        return
    record = sample(field.record)
    shown = masking.masked(record, new_id())
    for name in masking.hidden(field.record):
        text = str(getattr(shown, name))
        assert "Adams" not in text, name
    assert masking.holds_masks(shown) == bool(masking.hidden(field.record))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(shown), type=field.record)


def test_masked_people_are_told_apart_by_their_row_alone():
    pk = UUID("01932b1e-0000-7000-8000-0000000a4f2a")
    first = masking.masked(GuestRecord(first_name="Alma", last_name="Adams", title="Rep."), pk)
    assert first.full_name == f"{MASK} 4f2a"
    nameless = masking.masked(GuestRecord(email="alma@congress.example"), pk)
    assert nameless.email == f"{MASK} 4f2a"
    assert masking.masked(GuestRecord(), pk) == GuestRecord()


def test_what_is_saved_with_masks_keeps_what_is_under_them(alice, dinner):
    with as_(alice) as access:
        access.masks = True
        event = Event.objects.get()
        assert (event.sealed.title, event.sealed.description) == ("Congress Dinner", MASK)
        event.sealed = EventRecord("Gala", event.sealed.venue, event.sealed.description)
        event.save()
    with as_(alice):
        assert Event.objects.get().sealed == EventRecord("Gala", "Library of Congress", "Black tie")


def test_a_mask_over_nothing_is_not_saved(alice, dinner):
    with as_(alice) as access:
        access.masks = True
        event = Event.objects.get()
        for description in (f"{MASK} and more", f"a{MASK}"):
            event.sealed = EventRecord("Gala", "", description)
            with pytest.raises(MaskedValue), savepoint():
                event.save()
    with as_(alice):
        assert Event.objects.get().sealed.title == "Congress Dinner"


def test_whoever_sees_masks_takes_nothing_out_and_starts_no_work(alice, dinner):
    from seatrobot.events.feature import Action as EventAction
    from seatrobot.guests.feature import Action as GuestAction

    with as_(alice) as access:
        access.masks = True
        ends = (GuestAction.GUEST_EXPORT, GuestAction.GUEST_REMOVE, EventAction.EVENT_DELETE)
        for action in ends:
            with pytest.raises(NotOnAVisit):
                journal.record(action)
        with pytest.raises(NoWorkForStaff):
            defer("guests.import", import_id=str(dinner.pk))
