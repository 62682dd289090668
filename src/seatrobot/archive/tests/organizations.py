"""Organizations with something of everything, and archives of them."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
from django.db import transaction
from hypothesis import strategies as st
from msgspec import inspect

from seatrobot.archive import importing
from seatrobot.archive.formats import MANIFEST, Origin
from seatrobot.archive.writing import Writer
from seatrobot.contacts import services as contacts
from seatrobot.contacts.models import Contact, ContactRecord
from seatrobot.events.models import (
    Activity,
    ActivityRecord,
    Choice,
    Event,
    EventRecord,
    Field,
    FieldRecord,
)
from seatrobot.guests.models import (
    Arrival,
    Guest,
    Import,
    ImportMemory,
    ImportRecord,
    MemoryRecord,
    Party,
    PartyRecord,
)
from seatrobot.guests.records import GuestRecord, SpecialRecord
from seatrobot.guests.services.mapping_memory import index_of
from seatrobot.guests.statuses import Delivery, Money, Reply, Withdrawal
from seatrobot.guests.writing import email_index_of
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.progress.models import Outcome, Progress
from seatrobot.seating.models import (
    Conflict,
    Left,
    Proposal,
    Report,
    Room,
    Rule,
    RuleRecord,
    SeatAssignment,
    Shape,
    Step,
    Table,
    TableRecord,
    Unmet,
)

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Nd")), max_size=12)
"""Texts of people, without digits: those of a card would be refused."""
EMAILS = st.lists(st.sampled_from(["kim@x.example", "ö@x.example"]), unique=True)
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu")


def record(kind, **known):
    """Return a strategy for a record: any texts, and what is given for other fields."""
    parts = {}
    for field in inspect.type_info(kind).fields:
        if field.name in known:
            parts[field.name] = known[field.name]
        elif (strategy := of_type(field.type)) is not None:
            parts[field.name] = strategy
    return st.builds(kind, **parts)


def of_type(kind):
    """Return a strategy for values of a type; None for one that is left to the default."""
    if isinstance(kind, inspect.StrType):
        return WORDS
    if isinstance(kind, inspect.BoolType):
        return st.booleans()
    if isinstance(kind, inspect.ListType) and isinstance(kind.item_type, inspect.StrType):
        return st.lists(WORDS, max_size=3)
    return None


def fill(draw, owner) -> None:
    """Put rows of everything that is imported into an organization; call it as its owner."""
    own = {"organization_id": owner.organization_id}
    people = [
        Contact(**own, sealed=each, created_at=now(), changed_at=now())
        for each in draw(st.lists(record(ContactRecord, emails=EMAILS), max_size=3))
    ]
    Contact.objects.bulk_create(people)
    contacts.index_addresses(owner.organization_id, people)
    for _ in range(draw(st.integers(0, 2))):
        columns = dict.fromkeys(draw(st.lists(WORDS, max_size=2)), "ignore")
        memory = ImportMemory(**own, used_at=now(), sealed=MemoryRecord(columns))
        memory.headings_index = index_of(memory)
        if not ImportMemory.objects.filter(headings_index=memory.headings_index).exists():
            memory.save(force_insert=True)
    for _ in range(draw(st.integers(0, 2))):
        event(draw, own, people)


def event(draw, own, people) -> None:
    starts = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(hours=draw(st.integers(0, 10_000)))
    row = Event.objects.create(
        **own,
        sealed=draw(record(EventRecord)),
        starts_at=starts,
        ends_at=starts + timedelta(hours=3),
        time_zone=draw(st.sampled_from(ZONES)),
        created_at=now(),
    )
    own = {**own, "event": row}
    places = draw(st.lists(record(ActivityRecord), min_size=1, max_size=2))
    activities = [
        Activity(**own, position=place, capacity=draw(st.integers(0, 50)), sealed=sealed)
        for place, sealed in enumerate(places)
    ]
    Activity.objects.bulk_create(activities)
    labels = st.dictionaries(st.sampled_from(["de", "fr"]), WORDS).map(lambda d: {"": "Hotel", **d})
    fields = [
        Field(
            **own,
            position=place,
            type=draw(st.sampled_from(Field.Type)),
            special=draw(st.booleans()),
            sealed=FieldRecord(draw(labels), [Choice(draw(WORDS), {"": draw(WORDS)})]),
        )
        for place in range(draw(st.integers(0, 2)))
    ]
    Field.objects.bulk_create(fields)
    guests = [
        guest(draw, own, fields, people, activities[0]) for _ in range(draw(st.integers(0, 5)))
    ]
    if len(guests) > 1 and draw(st.booleans()):
        guests[1].host = guests[0]
        guests[1].save(update_fields=["host"])
    progress = Progress.objects.create(
        organization_id=row.organization_id,
        kind="seating.propose",
        event_id=row.pk,
        account_id=uuid4(),
        state="done",
        started_at=now(),
        sealed=Outcome(draw(WORDS), {"created": 3}),
    )
    Import.objects.create(
        **own,
        account_id=uuid4(),
        progress_id=progress.pk,
        created_at=now(),
        sealed=ImportRecord(
            draw(WORDS), {draw(WORDS): f"field:{field.pk.hex}" for field in fields}
        ),
    )
    for activity in activities:
        room(draw, own, activity, guests, fields, progress)


def guest(draw, own, fields, people, activity) -> Guest:
    party = Party.objects.create(
        **own,
        places=draw(st.none() | st.integers(0, 9)),
        sealed=draw(st.none() | record(PartyRecord)),
        created_at=now(),
    )
    answers = {field.pk: draw(WORDS) for field in fields if not field.special}
    special = {field.pk: draw(WORDS) for field in fields if field.special}
    reply = draw(st.sampled_from(Reply))
    arrives = draw(st.booleans())
    row = Guest(
        **own,
        party=party,
        contact=draw(st.sampled_from([None, *people])),
        reply=reply,
        withdrawal=draw(st.sampled_from(Withdrawal)) if reply == Reply.WITHDRAWN else "",
        held=draw(st.booleans()),
        delivery=draw(st.sampled_from(["", *Delivery])),
        money=draw(st.sampled_from(["", *Money])),
        sealed=draw(record(GuestRecord, answers=st.just(answers))),
        special=SpecialRecord(special) if special else None,
        created_at=now(),
        changed_at=now(),
    )
    row.email_index = email_index_of(row)
    if arrives:
        row.checked_in_at, row.checked_in_by = now(), uuid4()
        Arrival.objects.create(
            **own,
            activity=activity,
            guest_id=row.pk,
            at=row.checked_in_at,
            by=row.checked_in_by,
            door="Main",
            device_at=draw(st.sampled_from([None, now()])),
        )
    row.save(force_insert=True)
    return row


def room(draw, own, activity, guests, fields, progress) -> None:
    split = [each.party_id for each in guests[:1]]
    here = {**own, "room": Room.objects.create(**own, activity=activity, split_parties=split)}
    tables = [
        Table.objects.create(
            **here,
            number=number,
            seats=8,
            shape=draw(st.sampled_from(Shape)),
            x=draw(st.floats(-99, 99)),
            rotation=draw(st.integers(0, 359)),
            sealed=draw(record(TableRecord)),
        )
        for number in range(1, draw(st.integers(1, 3)))
    ]
    for seat, each in enumerate(guests if tables else []):
        SeatAssignment.objects.create(
            **here, guest=each, table=tables[0], seat=seat, locked=draw(st.booleans())
        )
    ids = [each.pk for each in guests]
    column = f"field:{fields[0].pk.hex}" if fields else "title"
    Rule.objects.create(
        **here,
        kind=draw(st.sampled_from(Rule.Kind)),
        guest_ids=ids,
        table_ids=[each.pk for each in tables],
        sealed=RuleRecord(column, draw(WORDS)),
    )
    moved = [[str(each), str(tables[0].pk) if tables else None, 1, False] for each in ids]
    Step.objects.create(
        **here,
        account_id=uuid4(),
        kind=Step.Kind.MOVE,
        before=[[str(each), None, None, False] for each in ids],
        after=moved,
        at=now(),
    )
    texts = [str(each) for each in ids]
    Proposal.objects.create(
        **here,
        progress_id=progress.pk,
        mode=Proposal.Mode.REST,
        outcome=Proposal.Outcome.SEATED,
        seconds_allowed=2.5,
        created_at=now(),
        sealed=Report(
            guests=len(ids),
            quality=draw(st.floats(0, 100)),
            evenness={texts[0]: 0.5} if texts else {},
            unmet=[Unmet(texts[0], texts, 3, "a reason")] if texts else [],
            left=[Left(texts, 3, 2)],
            conflict=Conflict(rules=texts),
            after=[tuple(each) for each in moved],
        ),
    )


def archive_of(owner) -> bytes:
    """Return an archive of everything of an organization; call it as its owner."""
    origin = Origin(str(owner.organization_id), "Foundation", "https://a.example")
    return b"".join(Writer(owner.organization_id, origin, now(), "tests").pieces())


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


def manifest_of(data: bytes) -> dict:
    return json.loads(opened(data).read(MANIFEST))


def lines_of(data: bytes, table: str) -> list[dict]:
    return [json.loads(line) for line in opened(data).read(f"json/{table}.jsonl").splitlines()]


def bring(owner, data: bytes, **options) -> importing.Imported:
    return importing.import_archive(actor=owner, file=io.BytesIO(data), **options)


def rewritten(data: bytes, change, *, honest: bool = True) -> bytes:
    """Return an archive whose files were changed; honest: the manifest says what they are now.

    change: is called with the manifest and the files by name, and may change both.
    """
    archive = opened(data)
    files = {name: archive.read(name) for name in archive.namelist() if name != MANIFEST}
    manifest = json.loads(archive.read(MANIFEST))
    change(manifest, files)
    if honest:
        manifest["files"] = [
            {"path": name, "bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
            for name, text in files.items()
        ]
        for table in manifest["tables"]:
            table["rows"] = files.get(table["json"], b"").count(b"\n")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in files.items():
            file.writestr(name, text)
        file.writestr(MANIFEST, msgspec.json.encode(manifest))
    return made.getvalue()


@contextmanager
def undone():
    """Undo in the database what the block does."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def new_identifier() -> str:
    return str(new_id())
