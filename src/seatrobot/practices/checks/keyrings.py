"""Whether each keyring is its organization's own, and no key stands anywhere but in its file.

Keyrings are opened here with the root key, past what the vault keeps, and nothing is read with
them. What is searched for stays in the memory of the examining process; notes name places only.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings

from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.feature import Action as KernelAction
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import (
    KeyringDamaged,
    KeyringLocked,
    KeyringMissing,
    RootKeyWrong,
    VaultError,
)
from seatrobot.kernel.vault.keyring import Keyring
from seatrobot.kernel.vault.rootkey import SECRET_BYTES, Own, decode, key_values
from seatrobot.organizations.feature import Action
from seatrobot.practices.checks import searching

SOME, PARTS = 100, 24
"""How many keyrings are opened: some by chance, and one part of all, by the hour."""
CHANGED_SINCE = timedelta(hours=2)
SMALL = 256 * 1024
"""Files up to this size are searched for keys whatever their age."""
OPEN_TO_ALL = {"static", "static-lists"}
SHORTEST_LINE = 40
MAKING: dict[str, str] = {
    Action.OWN_KEY_ADOPT: "sheet",
    Action.OWN_KEY_HOLD: "held",
    Action.OWN_KEY_GIVE_UP: "",
}
"""Entries about an own key, with the form in which there is one afterwards."""
LOCKING = (Action.OWN_KEY_LOCK, Action.OWN_KEY_NOT_LOCKED, Action.OWN_KEY_UNLOCK)
SAID = """
    SELECT DISTINCT ON (organization_id) organization_id, id, action, at FROM journal_entry
    WHERE organization_id IS NOT NULL AND action = ANY(%s)
    ORDER BY organization_id, id DESC
"""
UNDERWAY = timedelta(seconds=30)
"""So long the file and the entry of one change may differ."""


@dataclass(slots=True)
class Opened:
    """How many keyrings were opened, and a sentence for each that is not its organization's own."""

    number: int = 0
    wrong: list[str] = field(default_factory=list)


def opened() -> Opened:
    """Open keyrings with the root key: each must be the one of its name, with keys of its own."""
    store, root, found = vault.key_store(), vault.root_key(), Opened()
    owners: dict[tuple[str, int, datetime | None], UUID] = {}
    for name in _chosen(store.names()):
        try:
            content = store.get(name)
            if (its_own := decode(content).own) is not None and its_own.is_held:
                root.check(content, name.bytes)  # its organization's key service is not asked
                found.number += 1
                continue
            keyring = Keyring.unwrap(content, root, name.bytes)
        except (KeyringLocked, KeyringMissing):  # locked, or destroyed in this moment
            continue
        except RootKeyWrong:
            continue  # which root key has wrapped it, the check of all of them says
        except KeyringDamaged:
            found.wrong.append(f"the keyring {name} was changed, or is another organization's")
            continue
        found.number += 1
        for key in keyring.describe():
            known = owners.setdefault((key.purpose, key.id, key.made), name)
            if known != name:
                found.wrong.append(f"the keyrings {known} and {name} have a key in common")
                break
    return found


def _chosen(names: Sequence[UUID]) -> list[UUID]:
    """Return some keyrings chosen by chance, and the part of all that has its hour now."""
    some = secrets.SystemRandom().sample(list(names), min(SOME, len(names)))
    part = now().hour % PARTS
    return sorted({*some, *(each for each in names if each.int % PARTS == part)})


def own_keys(examiner: psycopg.Connection[Any], but: Collection[UUID]) -> list[str]:
    """Return a sentence for each organization whose own key is other than its log says.

    but: organizations of examinations, whose keys no log speaks of.
    """
    made, locked = _newest(examiner, MAKING), _newest(examiner, LOCKING)
    store, wrong = vault.key_store(), []
    for name in store.names():
        if name in but:
            continue
        try:
            state = decode(store.get(name)).own
        except VaultError:
            continue  # a keyring that cannot be read is counted elsewhere
        entry = made.get(name)
        if _kind(state) != (MAKING[entry[1]] if entry else ""):
            if not _is_underway(entry):
                wrong.append(f"the log of {name} knows another key of its own, or none")
            continue
        if state is None or entry is None or state.is_held or not state.reference:
            continue
        after = locked.get(name)
        is_locked = after is not None and after[1] == Action.OWN_KEY_LOCK
        if state.is_locked != is_locked and not _is_underway(after):
            wrong.append(f"{name} is locked or open other than its log says")
        elif (
            not state.is_locked
            and not _is_underway(entry)
            and _sheet(name, entry[0]) != (state.reference)
        ):
            wrong.append(f"the key of {name}'s own is of another sheet than its log says")
    return wrong


def _kind(state: Own | None) -> str:
    """Return in what form an organization has a key of its own, "" for none."""
    if state is None or not state.reference:
        return ""
    return "held" if state.is_held else "sheet"


_Said = tuple[UUID, str, datetime]


def _newest(examiner: psycopg.Connection[Any], actions: Iterable[str]) -> dict[UUID, _Said]:
    rows = examiner.execute(SAID, [[str(each) for each in actions]])
    return {place: (entry, action, at) for place, entry, action, at in rows}


def _is_underway(entry: _Said | None) -> bool:
    return entry is not None and now() - entry[2] < UNDERWAY


def _sheet(organization_id: UUID, entry: UUID) -> str:
    """Return which sheet an entry of the log names; "" for one that does not open."""
    with acting(ACTOR, organization_id) as access:
        try:
            facts = Entry.objects.get(pk=entry).sealed.facts
        except (Entry.DoesNotExist, VaultError):
            return ""
        journal.record(KernelAction.VAULT_CHECK, values=access.opened)
        return str(facts.get("sheet"))


def copies(organization_id: UUID) -> list[str]:
    """Return the places besides their own files where a key of this service stands.

    organization_id: an organization whose tables are searched beside those that belong to none.
    """
    wanted = [word for file in key_files() for word in words_of(file)]
    if not wanted:
        return []
    since = now() - CHANGED_SINCE
    with acting(ACTOR, organization_id):
        found = [f"the table {name}" for name in searching.tables_with(wanted)]
    data: Path = settings.CONFIG.data
    own_files = {file.resolve() for file in key_files()}
    kinds = [searching.changed_files(data, since), _small(data), searching.temporary_files(since)]
    found += [
        str(file.relative_to(data)) if file.is_relative_to(data) else str(file)
        for files in kinds  # each with a limit of its own, so that none is left out for another
        for file in searching.files_with(
            [file for file in files if file.resolve() not in own_files], wanted
        )
    ]
    return [f"a key of this service stands in {place}" for place in dict.fromkeys(found)]


def key_files() -> list[Path]:
    """Return the files of private keys that this process may read."""
    keys: Path = settings.CONFIG.data / "keys"
    places = {
        Path(settings.VAULT_ROOT_KEY),
        Path(settings.JOURNAL_KEY),
        Path(settings.ML_DSA_KEY),
        Path(settings.EVIDENCE_KEY),
        keys / "secret.key",
        keys / "openpgp.key",
    }
    return sorted(file for file in places if file.is_file())


def words_of(file: Path) -> list[bytes]:
    """Return bytes by which a copy of a key is recognized: of its text, and of what that encodes.

    What stands somewhere in hexadecimal or base64 is decoded before it is compared.
    """
    try:
        content = file.read_bytes()
    except OSError:
        return []
    with suppress(ValueError, json.JSONDecodeError):
        return key_values(content)
    lines = [each for each in content.splitlines() if not each.startswith(b"-----")]
    long = [each for each in lines if len(each) >= SHORTEST_LINE and b": " not in each]
    if not long:
        return []
    words = [long[0]]
    with suppress(binascii.Error, ValueError):
        plain = base64.b64decode(b"".join(long), validate=True)
        words.append(plain[-SECRET_BYTES:])
    return words


def _small(data: Path) -> Iterator[Path]:
    """Give the small files of the data directory."""
    for place in data.iterdir():
        if place.name in OPEN_TO_ALL | {"postgresql"}:
            continue
        for file in (place, *place.rglob("*")):
            with suppress(OSError):  # deleted meanwhile
                if file.is_file() and not file.is_symlink() and file.stat().st_size <= SMALL:
                    yield file
