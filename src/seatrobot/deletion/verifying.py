"""What the examiner does about deletions: it scrubs the database's files, looks, and signs.

It runs in the examining process, which deleted nothing, as the administrator of the embedded
database. Where the database is elsewhere it sees the tables of the application alone, and the
receipt says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection
from psycopg import sql

from seatrobot.deletion import declarations, erasing, receipts, searching
from seatrobot.deletion.cluster import Cluster
from seatrobot.deletion.models import Deletion, Kind, State
from seatrobot.deletion.scrubbing import Scrubbed, scrub
from seatrobot.deletion.searching import MOST_IDENTIFIERS, MOST_PARTS, Search, Sought
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.vault import services as vault

MOST_AT_ONCE = 60
"""How many deletions one examination verifies."""
HELD_FOR = timedelta(seconds=60)
"""How long after the destruction of its keys a process may hold something of an organization."""
BETWEEN_TRIES = 2.0
URGENT_AFTER = timedelta(hours=16)
MOST_NOTED = 20
THERE = """
    SELECT id FROM public.organizations_organization WHERE id <> ALL(%s) ORDER BY id LIMIT 1
"""
OF_PEOPLE = ("accounts_account", "accounts_session")
"""Tables from which accounts go that belong to no organization any more."""

Ask = Callable[[UUID], Iterable[str]]


@dataclass(slots=True)
class Verified:
    """verified: deletions of which nothing was found. remains: places where something was.

    waiting: tables that could not be rewritten yet, for which deletions wait.
    """

    verified: int = 0
    remains: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    undeclared: list[str] = field(default_factory=list)


def waiting() -> list[Deletion]:
    """Return what is deleted and in the ledger, and was not yet looked for with success.

    What a running job names is looked for after that job has ended.
    """
    with acting(erasing.ACTOR):
        rows = Deletion.objects.filter(state=State.GONE, entered_at__isnull=False)
        found = list(rows.order_by("id")[:MOST_AT_ONCE])
        sought = _sought(found)
        return [
            each for each in found if not erasing.is_in_running_job(sought[each.pk].identifiers)
        ]


def verify(deletions: Sequence[Deletion], cluster: Cluster | None, ask: Ask) -> Verified:
    """Look for what these deletions deleted, and note in each what came of it.

    ask: returns what the web server holds in memory of an organization.
    """
    done = Verified()
    if not deletions:
        return done
    sought = _sought(deletions)
    search = Search()
    _note_unknown(deletions, sought, search)
    control = _control(deletions, cluster)
    if control is not None:
        sought[control] = Sought((control,), ())
    if cluster is None:
        _search_as_application(sought, search)
    else:
        scrubbed = _scrub(deletions, cluster)
        if scrubbed.waiting:
            done.waiting = scrubbed.waiting
            return done
        done.undeclared = declarations.declared_by(cluster.superuser).undeclared
        searching.in_tables(cluster.superuser, sought, search)
        searching.in_cluster(cluster.superuser, cluster.place, sought, search)
        _note_log(deletions, scrubbed, done.undeclared, search)
    data: Path = settings.CONFIG.data
    searching.in_directory(data, sought, search)
    searching.in_temporary_files(sought, search)
    if control is not None:
        seen = search.found.pop(control, [])
        _note_blindness(deletions, control, seen, search)
    whole = [each for each in deletions if each.is_whole]
    searching.in_memory(
        lambda organization_id: _held(ask, organization_id, whole),
        {each.pk: each.customer_id for each in whole},
        search,
    )
    _note_keys(deletions, search)
    for deletion in deletions:
        found = sorted(search.found.get(deletion.pk, []))
        _store(deletion, search.searched, found)
        done.verified += not found
        done.remains += [f"{deletion.kind} {deletion.pk}: {place}" for place in found]
    return done


def _held(ask: Ask, organization_id: UUID, whole: Iterable[Deletion]) -> list[str]:
    """Return what is held of an organization once it may be held no longer: it has a minute."""
    gone = [each.unreadable_at for each in whole if each.customer_id == organization_id]
    while held := list(ask(organization_id)):
        if any(moment and now() - moment < HELD_FOR for moment in gone):
            time.sleep(BETWEEN_TRIES)
        else:
            break
    return held


def _sought(deletions: Sequence[Deletion]) -> dict[UUID, Sought]:
    found = {}
    for deletion in deletions:
        with acting(erasing.ACTOR):
            record = deletion.sealed
        identifiers = [deletion.subject] if deletion.kind != "guests" else []
        identifiers += [each for each in record.identifiers if each not in identifiers]
        found[deletion.pk] = Sought(
            tuple(identifiers[:MOST_IDENTIFIERS]), tuple(record.fingerprints[:MOST_PARTS])
        )
    return found


def _note_unknown(
    deletions: Sequence[Deletion], sought: Mapping[UUID, Sought], search: Search
) -> None:
    """Note the deletions of which nothing is known by which what is left would be recognized."""
    for deletion in deletions:
        each = sought[deletion.pk]
        if not each.identifiers or not (each.parts or deletion.kind == Kind.PERSON):
            search.note(deletion.pk, "(unknown: nothing was noted by which it is recognized)")


def _control(deletions: Sequence[Deletion], cluster: Cluster | None) -> UUID | None:
    """Return an organization that is there, which a search that works must find; None without."""
    if cluster is None:
        return None
    gone = [each.customer_id for each in deletions if each.is_whole]
    row = cluster.superuser.execute(THERE, [gone]).fetchone()
    return row[0] if row else None


def _note_blindness(
    deletions: Sequence[Deletion],
    control: UUID,
    seen: Sequence[str],
    search: Search,
) -> None:
    """Note for all deletions that a search did not find the organization that is there."""
    data: Path = settings.CONFIG.data
    places = ["the table ", "the database's file "]
    if (data / "keystore" / f"{control}.keyring").exists():
        places.append("the file keystore/")
    for place in places:
        if not any(each.startswith(place) for each in seen):
            for deletion in deletions:
                search.note(deletion.pk, f"(unknown: nothing is seen in {place.strip()}s)")


def _scrub(deletions: Sequence[Deletion], cluster: Cluster) -> Scrubbed:
    """Rewrite every table that these deletions took rows from, or from what refers to them."""
    moment = now()
    declared = declarations.declared_by(cluster.superuser)
    known = {*declared.tables, *OF_PEOPLE}
    tables = {table for each in deletions for table in each.counts}
    for place in reversed(declared.places):  # what is referred to stands after what refers
        if place.refers & (tables - {declarations.ORGANIZATIONS}):
            tables.add(place.table)
    if any(each.is_whole for each in deletions):
        tables |= known
    oldest = min(each.gone_at or moment for each in deletions)
    return scrub(
        cluster.superuser,
        tables & known,
        moment,
        others=known,
        is_urgent=moment - oldest > URGENT_AFTER,
    )


def _note_log(
    deletions: Sequence[Deletion], scrubbed: Scrubbed, undeclared: list[str], search: Search
) -> None:
    for deletion in deletions:
        if scrubbed.old_segments:
            search.note(deletion.pk, "old segments of the write-ahead log")
        for slot in scrubbed.slots:
            search.note(deletion.pk, f"the replication slot {slot}")
        for table in undeclared:
            search.note(deletion.pk, f"the table {table}, of which nobody declared what is in it")
    search.searched.append("the write-ahead log: no segment from before is left, and no slot")


def _note_keys(deletions: Sequence[Deletion], search: Search) -> None:
    for deletion in deletions:
        if deletion.is_whole and vault.exists(deletion.customer_id):
            search.note(deletion.pk, "the keyring is there again")
    search.searched.append("the store of keys")


def _search_as_application(sought: Mapping[UUID, Sought], search: Search) -> None:
    """Search the tables that the application sees; the files are on another machine."""
    raw = connection.cursor()
    with acting(erasing.ACTOR):
        raw.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND has_table_privilege(oid, 'SELECT') ORDER BY 1"
        )
        tables = [name for (name,) in raw.fetchall()]
        texts = sorted({text for each in sought.values() for text in each.texts})
        for table in tables:
            statement = sql.SQL(searching.MATCHES).format(table=sql.Identifier(table))
            raw.execute(statement, [texts])
            matched = {form for (form,) in raw.fetchall()}
            for whose, each in sought.items():
                wanted = each.certain_texts if table in declarations.KEPT else each.texts
                if wanted & matched:
                    search.note(whose, f"the table {table}")
    search.searched.append(
        f"{len(tables)} tables as the application sees them; the database's files are elsewhere"
    )


def _store(deletion: Deletion, searched: list[str], found: list[str]) -> None:
    """Note what came of the search, signed; verified only where nothing was found."""
    moment = now()
    with acting(erasing.ACTOR, deletion.customer_id):
        row = Deletion.objects.select_for_update().get(pk=deletion.pk)
        if row.state != State.GONE:
            return
        row.tried_at, row.searched, row.found = moment, searched, found[:MOST_NOTED]
        row.result = receipts.signed_result(row, moment)
        if not found:
            row.state, row.verified_at = State.VERIFIED, moment
        row.save(update_fields=["tried_at", "searched", "found", "result", "state", "verified_at"])
