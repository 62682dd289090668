"""Destroying backups on their date, and looking through everything that a store has.

Destroying is deleting the key; whatever a bucket, a disk or a copy still has of it opens nothing
from then on. Then the objects go from every store, with all of their versions. A store that is away
is swept when it is back: what no live row of the catalogue names and was ours is deleted there.
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from seatrobot.backups import keys
from seatrobot.backups.configured import stores
from seatrobot.backups.feature import Action
from seatrobot.backups.making import ACTOR, About, outgoing, place
from seatrobot.backups.models import Backup, Day
from seatrobot.backups.packing import packed
from seatrobot.backups.reading import ABOUT, log_object
from seatrobot.backups.stores import (
    IDENTITY,
    LEDGER,
    TRIAL,
    Store,
    StoredObject,
    StoreError,
)
from seatrobot.holds import reading as holds
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.vault.errors import KeyringMissing

LONGEST = timedelta(days=14)
"""What is promised of everything that a store has."""
OURS = re.compile(r"(base|log)/([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})/.+")
ALWAYS = frozenset({IDENTITY, LEDGER})
AGREE = timedelta(minutes=5)
DUE_FOR = timedelta(hours=2)
KEPT_ROWS = timedelta(days=90)


@dataclass(slots=True)
class Sweep:
    """What was found in the stores; each a sentence.

    old: older than 14 days. unknown: ours by its name, but of no backup that should be there.
    foreign: nothing of ours is called so. unlike: lacking, or of another size than it was written.
    away: stores that could not be looked through. looked: objects.
    """

    looked: int = 0
    old: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)
    away: list[str] = field(default_factory=list)


def destroy(row: Backup | Day) -> bool:
    """Destroy a backup or a day of log: its key at once, then its objects in every store.

    Returns whether every store could be emptied; the key is gone in any case. KeyringRemains where
    a copy of the key is left.
    """
    keys.destroy(row.pk)
    is_backup = isinstance(row, Backup)
    action = Action.BACKUP_DESTROY if is_backup else Action.DAY_DESTROY
    with acting(ACTOR):
        model = Backup if is_backup else Day
        changed = model.objects.filter(pk=row.pk, destroyed_at=None).update(destroyed_at=now())
        if changed:
            journal.record(action, subject_id=row.pk)
    top = f"base/{row.pk}/" if is_backup else f"log/{row.pk}/"
    shutil.rmtree(outgoing() / str(row.pk), ignore_errors=True)
    shutil.rmtree(outgoing() / "log" / str(row.pk), ignore_errors=True)
    whole = True
    for store in stores():
        try:
            for each in list(store.list(top)):
                store.delete(each.key)
            whole = whole and not any(store.list(top))
        except StoreError:
            whole = False
    return whole


def destroy_due(moment: datetime | None = None) -> list[Backup | Day]:
    """Destroy what is due, and empty the stores of what was destroyed while they were away."""
    moment = moment or now()
    note_holds(moment)
    with acting(ACTOR):
        due: list[Backup | Day] = [
            *Backup.objects.filter(destroyed_at=None, hold_id=None, destroy_by__lte=moment),
            *Day.objects.filter(destroyed_at=None, hold_id=None, destroy_by__lte=moment),
        ]
    for row in due:
        destroy(row)
    _empty()
    with acting(ACTOR):
        Backup.objects.filter(destroyed_at__lt=moment - KEPT_ROWS).delete()
        Day.objects.filter(destroyed_at__lt=moment - KEPT_ROWS).delete()
    return due


def note_holds(moment: datetime | None = None) -> None:
    """Note which hold keeps each backup and each day of log, as holds are at a moment."""
    with acting(ACTOR):
        in_effect = list(holds.in_effect(moment))
        rows: list[Backup | Day] = [
            *Backup.objects.filter(destroyed_at=None),
            *Day.objects.filter(destroyed_at=None),
        ]
        for row in rows:
            made_at = row.made_at if isinstance(row, Backup) else row.begins_at
            hold = holds.holding(made_at, in_effect)
            hold_id = hold.pk if hold else None
            if row.hold_id != hold_id:
                model = Backup if isinstance(row, Backup) else Day
                model.objects.filter(pk=row.pk).update(hold_id=hold_id)


def _empty() -> None:
    """Delete in every store what belongs to a row that was destroyed."""
    with acting(ACTOR):
        gone = {
            str(pk)
            for model in (Backup, Day)
            for pk in model.objects.filter(destroyed_at__isnull=False).values_list("pk", flat=True)
        }
    for store in stores():
        try:
            for each in list(store.list("base/")) + list(store.list("log/")):
                found = OURS.fullmatch(each.key)
                if found and found[2] in gone:
                    store.delete(each.key)
        except StoreError:
            continue


def sweep(moment: datetime | None = None) -> Sweep:
    """Look at everything in every store, versions and what was left behind among it."""
    moment = moment or now()
    done = Sweep()
    with acting(ACTOR):
        backups = {
            each.pk: each
            for each in Backup.objects.filter(destroyed_at=None).prefetch_related("copies")
        }
        days = {each.pk: each for each in Day.objects.filter(destroyed_at=None)}
    for store in stores():
        try:
            found = list(store.list())
        except StoreError as error:
            done.away.append(str(error))
            continue
        done.looked += len(found)
        for each in found:
            done_by = _judge(store, each, backups, days, moment)
            for kind, sentence in done_by:
                getattr(done, kind).append(f"{store.name}: {sentence}")
        done.unlike += [
            f"{store.name}: {each}" for each in _lacking(store, found, backups.values())
        ]
    done.old += _old_keys(moment)
    return done


def _judge(
    store: Store,
    each: StoredObject,
    backups: dict[UUID, Backup],
    days: dict[UUID, Day],
    moment: datetime,
) -> Iterator[tuple[str, str]]:
    """Give what is wrong with one object: the name of a list of `Sweep`, and a sentence."""
    if each.key in ALWAYS and each.is_newest:
        return
    if moment - each.at > LONGEST:
        yield "old", f"{each.key} is from {each.at:%Y-%m-%d}"
    found = OURS.fullmatch(each.key)
    if found is None:
        if each.key not in {*ALWAYS, TRIAL}:
            yield "foreign", f"nothing of ours is called {each.key}"
        return
    identifier = UUID(found[2])
    row = (backups if found[1] == "base" else days).get(identifier)
    begun = began(identifier)
    if moment - begun > LONGEST and not (row and row.hold_id):
        yield "old", f"{each.key} was begun on {begun:%Y-%m-%d}"
    if row is None:
        if not _is_known(identifier):
            yield "unknown", f"{each.key} belongs to nothing in the catalogue"
        return
    if found[1] == "log" and log_object(each.key) is None:
        yield "foreign", f"nothing of the log is called {each.key}"
    if ABOUT.fullmatch(each.key) and (problem := _described_otherwise(store, each, row)):
        yield "unlike", problem


def _is_known(identifier: UUID) -> bool:
    """Whether it has come into the catalogue since that was read."""
    with acting(ACTOR):
        return any(
            model.objects.filter(pk=identifier, destroyed_at=None).exists()
            for model in (Backup, Day)
        )


def _described_otherwise(store: Store, each: StoredObject, row: Backup | Day) -> str:
    """Return how a description differs from the catalogue, "" where it does not."""
    if not isinstance(row, Backup):
        return ""
    try:
        about = msgspec.json.decode(store.get(each.key), type=About)
    except (msgspec.DecodeError, StoreError):
        return f"{each.key} cannot be read"
    copies = {copy.part: (copy.size, copy.sha256) for copy in row.copies.filter(store=store.name)}
    said = (about.id, about.made_at, about.destroy_by if not row.hold_id else row.destroy_by)
    if said != (row.pk, row.made_at, row.destroy_by):
        return f"{each.key} has other dates than the catalogue"
    if copies != about.parts:
        return f"{each.key} describes other parts than the catalogue"
    return ""


def began(identifier: UUID) -> datetime:
    """Return when an identifier was made, which stands in it (RFC 9562)."""
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, UTC)


def _lacking(
    store: Store, found: Iterable[StoredObject], backups: Iterable[Backup]
) -> Iterator[str]:
    """Give what a store should have and has not, or has in another size."""
    sizes = {each.key: each.size for each in found if each.is_newest}
    for backup in backups:
        for copy in backup.copies.all():
            if copy.store != store.name:
                continue
            key = place(backup.pk, copy.part)
            if key not in sizes:
                yield f"{key} is not there"
            elif sizes[key] != copy.size:
                yield f"{key} has {sizes[key]} bytes instead of {copy.size}"


def is_held(identifier: UUID) -> bool:
    """Whether a hold keeps a backup or a day of log."""
    with acting(ACTOR):
        return any(
            model.objects.filter(pk=identifier, hold_id__isnull=False).exists()
            for model in (Backup, Day)
        )


def _old_keys(moment: datetime) -> list[str]:
    """Return which keys of backups are there although their time is over."""
    return [
        f"the key {name} was made on {began(name):%Y-%m-%d}"
        for name in keys.store().names()
        if moment - began(name) > LONGEST and not is_held(name)
    ]


def out_of_order(moment: datetime | None = None) -> list[str]:
    """Return which rows of the catalogue have dates that cannot be, or are past them.

    When something was begun stands in its identifier, too, and by that nothing is older than 14
    days without a hold. What was destroyed has no key any more.
    """
    moment = moment or now()
    wrong = []
    with acting(ACTOR):
        rows: list[Backup | Day] = [*Backup.objects.all(), *Day.objects.all()]
    for row in rows:
        begun = row.made_at if isinstance(row, Backup) else row.begins_at
        if abs(begun - began(row.pk)) > AGREE:
            wrong.append(f"{row.pk} was not begun at {begun:%Y-%m-%d %H:%M}")
        if row.destroyed_at is not None:
            if keys.exists(row.pk):
                wrong.append(f"the key {row.pk} is there although it was destroyed")
            continue
        if row.hold_id is None and row.destroy_by > began(row.pk) + LONGEST:
            wrong.append(f"{row.pk} would be kept for longer than 14 days")
        if row.hold_id is None and row.destroy_by < moment - DUE_FOR:
            wrong.append(f"{row.pk} was to be destroyed at {row.destroy_by:%Y-%m-%d %H:%M}")
    return wrong


def try_destroying() -> list[str]:
    """Make a small backup that holds nothing, destroy it, and return where something is left."""
    moment = now()
    row = Backup(pk=new_id(), made_at=moment, destroy_by=moment + LONGEST / 2)
    with acting(ACTOR):
        row.save(force_insert=True)
    name = place(row.pk, TRIAL)
    key = keys.make(row.pk)
    left = []
    held = {}
    for store in stores():
        try:
            store.put(name, io.BytesIO(packed(TRIAL.encode(), key, name)))
            held[store.name] = store.get(name)
        except StoreError as error:
            left.append(str(error))
    if not destroy(row):
        left.append("a store could not be emptied")
    for store in stores():
        try:
            left += [f"{each.key} is left in {store.where}" for each in store.list(name)]
        except StoreError as error:
            left.append(str(error))
    try:
        keys.load(row.pk)
    except KeyringMissing:
        pass
    else:
        left.append(f"the key {row.pk} is left")
    with acting(ACTOR):
        Backup.objects.filter(pk=row.pk).delete()
    return left
