"""Whether what is sealed opens with its organization's keys alone, and stands nowhere in clear.

Some of the values that were opened are searched for: names of people and addresses of mail in
tables and files, further texts about people in tables alone, where there is less that looks alike.
They stay in the memory of the examining process; notes name places only.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from seatrobot.kernel.acting import acting
from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import PLATFORM, first_id, new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import KeyringLocked, VaultError
from seatrobot.kernel.vault.fields import SealedField, sealed_fields
from seatrobot.practices.checks import searching

ORGANIZATIONS = 3
"""Of how many organizations each examination opens a sample, beside the platform."""
NEWEST, SOME = 10, 10
"""How many values of each column are opened: the newest, and some from a random place on."""
ADDRESS = re.compile(r"[^\s@]{2,}@[^\s@]+\.[^\s@]{2,}")
NAME, PHRASE, LONGEST = 6, 10, 200
"""How many letters a word or a text of several words has at least, and any at most."""
IN_TABLES, IN_FILES = 60, 12
"""How many texts are searched for at most, of each organization."""
SAMPLE = """
    (SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL AND {whose}
        ORDER BY {key} DESC LIMIT %(newest)s)
    UNION
    (SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL AND {whose}
        AND {key} >= %(from)s ORDER BY {key} LIMIT %(some)s)
"""
KNOWN = "SELECT id FROM organizations_organization"
BEING_DELETED = """
    SELECT 1 FROM deletion_deletion
    WHERE customer_id = %s AND kind = 'organization' AND state IN ('locked', 'unreadable')
      AND due_at > now() - interval '1 day'
"""
EPOCH = first_id(datetime(2026, 1, 1, tzinfo=UTC))
"""Nothing of ours is older; a random place lies between this and now."""


@dataclass(slots=True)
class Sample:
    """opened, unopened, elsewhere: values that do, that do not, and that open with others' keys.

    lost: organizations without keys that can be unwrapped. searched: texts that tables were
    searched for, tables: those that hold one in clear; words: the texts to search files for.
    """

    opened: int = 0
    unopened: int = 0
    elsewhere: int = 0
    lost: int = 0
    searched: int = 0
    tables: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def open_sample(examiner: psycopg.Connection[Any]) -> Sample:
    """Open a random sample of every sealed column, as the service; the journal says so."""
    known = [row[0] for row in examiner.execute(KNOWN)]
    sample = Sample()
    whole = [each for each in known if _has_keys(examiner, each, sample)]
    chosen = secrets.SystemRandom().sample(whole, min(ORGANIZATIONS, len(whole)))
    for organization_id in chosen:
        if not _opens(organization_id, sample):
            continue
        others = [each for each in whole if each != organization_id]
        stranger = secrets.choice(others) if others else PLATFORM
        _open(examiner, organization_id, stranger, sample)
    if whole:
        _open(examiner, PLATFORM, secrets.choice(whole), sample)
    return sample


def _has_keys(examiner: psycopg.Connection[Any], organization_id: UUID, sample: Sample) -> bool:
    """Whether an organization can be sampled.

    One that is being deleted has lost its keys first, one that is locked has locked them itself.
    """
    if vault.has_keyring(organization_id):
        return True
    if examiner.execute(BEING_DELETED, [organization_id]).fetchone():
        return False
    try:
        vault.require_open(organization_id)
    except vault.KeyringLocked:
        return False
    except vault.KeyringMissing:
        pass
    sample.lost += 1
    sample.notes.append(f"the organization {organization_id} has no keyring")
    return False


def _opens(organization_id: UUID, sample: Sample) -> bool:
    """Whether there are keys in the keyring; one that is another's counts as lost."""
    try:
        vault.keys(organization_id)
    except KeyringLocked:  # in this moment
        return False
    except VaultError as error:
        sample.lost += 1
        sample.notes.append(f"the keyring of {organization_id} does not open: {error}")
        return False
    return True


def _open(
    examiner: psycopg.Connection[Any], organization_id: UUID, stranger: UUID, sample: Sample
) -> None:
    """Open some values of one organization, or of the platform, in a unit of work."""
    is_platform, texts = organization_id == PLATFORM, set[tuple[str, bool]]()
    with acting(ACTOR, None if is_platform else organization_id) as access:
        for each in sealed_fields():
            for key, sealed in _sample(examiner, each, organization_id):
                where = f"{each.model._meta.db_table}.{each.column}"
                try:
                    own, other = each.try_keys(key, organization_id, sealed, stranger)
                except VaultError as error:
                    own, other = False, False
                    sample.notes.append(f"keys of {organization_id}: {error}")
                sample.opened += own
                sample.unopened += not own
                sample.elsewhere += other
                if own:
                    texts |= set(each.personal_texts(key, organization_id, sealed))
                if not own:
                    sample.notes.append(f"{where}: {key} does not open with its own keys")
                if other:
                    sample.notes.append(f"{where}: {key} opens with the keys of {stranger}")
        _search(organization_id, texts, sample)
        if access.opened:
            journal.record(Action.VAULT_CHECK, values=access.opened)


def _search(organization_id: UUID, texts: Iterable[tuple[str, bool]], sample: Sample) -> None:
    """Search the tables for some of these texts, and choose those to search files for."""
    draw = secrets.SystemRandom().sample
    people = sorted({text for text, is_name in texts if _is_of_somebody(text, is_name=is_name)})
    others = sorted({text for text, is_name in texts if _is_distinctive(text, is_name=is_name)})
    if organization_id == PLATFORM:  # what staff sign is kept with their names
        people = others = [text for text in people if ADDRESS.fullmatch(text)]
    wanted = draw(others, min(IN_TABLES, len(others)))
    sample.searched += len(wanted)
    sample.words += draw(people, min(IN_FILES, len(people)))
    sample.tables += [
        f"the table {name} ({count} rows, of {organization_id})"
        for name, count in searching.in_tables(wanted).items()
    ]


def _is_of_somebody(text: str, *, is_name: bool) -> bool:
    """Return whether a text is an address of mail, or a name of several parts."""
    return _is_distinctive(text, is_name=is_name) and (
        bool(ADDRESS.fullmatch(text)) or (is_name and " " in text and len(text) >= PHRASE)
    )


def _is_distinctive(text: str, *, is_name: bool) -> bool:
    """Return whether hardly anything else in a table looks like a text."""
    if "\n" in text or len(text) > LONGEST:
        return False
    if is_name:
        return len(text) >= NAME
    return len(text) >= PHRASE and (" " in text or "@" in text)


def rows(
    examiner: psycopg.Connection[Any],
    each: SealedField[Any],
    organization_id: UUID,
    statement: str,
    **values: object,
) -> Iterator[tuple[UUID, bytes]]:
    """Give keys and values of a sealed column that are one organization's, or the platform's.

    statement: with the names {key}, {column}, {table} and the condition {whose}; values: of its
    parameters.
    """
    meta = each.model._meta
    query = sql.SQL(statement).format(
        key=sql.Identifier(str(meta.pk.column)),
        column=sql.Identifier(str(each.column)),
        table=sql.Identifier(meta.db_table),
        whose=sql.SQL(each.owner(organization_id)),
    )
    for key, sealed in examiner.execute(query, {"o": organization_id, **values}):
        yield key, bytes(sealed)


def _sample(
    examiner: psycopg.Connection[Any], each: SealedField[Any], organization_id: UUID
) -> Iterator[tuple[UUID, bytes]]:
    start = UUID(int=EPOCH.int + secrets.randbelow(new_id().int - EPOCH.int))
    places = {"newest": NEWEST, "some": SOME, "from": start}
    return rows(examiner, each, organization_id, SAMPLE, **places)
