"""The changelog of the sentences: each wording with its date, bound to the check it was read with.

`wording.toml` only grows. The present wording of a promise stands with its declaration, and the
newest entry only names it by its hash; an entry holds the text of a wording that was replaced or
withdrawn. So before a sentence changes, `reword` writes its text into the changelog.

An entry is chained to the one before it by a hash, so that a test detects when one is removed or
moved. When only a check changes, the newest entry of its promise gets the new hash and the day of
the review. A promise that is withdrawn gets an entry without a hash of words.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import msgspec
from django.utils import translation

from seatrobot.kernel.promises.declaring import PROMISES, Promise, wording_hash

FILE = Path(__file__).with_name("wording.toml")
HEAD = """\
# The changelog of the sentences of the practices page: it only grows.
# Written by `seatrobot promises review ID... --why "..."`, after somebody read check and sentence.
"""


class WordingError(Exception):
    """A wording cannot be recorded; the text says why."""


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    """A wording from its date on.

    sentence: hash of the wording, empty when the promise was withdrawn. check: hash of what
    decides. before: hash of the entry before. reviewed: when the check was last reviewed, if later.
    text, measured_by: the wording, once it is no longer the present one.
    """

    id: str
    date: dt.date
    why: str
    sentence: str
    check: str
    before: str
    reviewed: dt.date | None = None
    text: str = ""
    measured_by: str = ""

    def hash(self) -> str:
        """Return a hash of everything that may never change again."""
        fixed = [self.id, self.date.isoformat(), self.why, self.sentence, self.before]
        return hashlib.sha256(json.dumps(fixed).encode()).hexdigest()


class _File(msgspec.Struct, forbid_unknown_fields=True):
    entry: list[Entry] = []


def load(file: Path = FILE) -> list[Entry]:
    """Return all entries, the oldest first."""
    return msgspec.toml.decode(file.read_bytes(), type=_File).entry


@cache
def changelog() -> list[Entry]:
    """Return all entries of the running code, the newest first, each with its wording."""
    entries = load()
    for entry in entries:
        if entry.sentence and not entry.text:
            entry.text, entry.measured_by = _words(PROMISES[entry.id])
    return entries[::-1]


def wrong(entries: Sequence[Entry], promises: Iterable[Promise]) -> list[str]:
    """Return a sentence for each mistake: an altered entry, or a wording without review."""
    problems = list(_altered(entries))
    newest = {entry.id: entry for entry in entries}
    declared = {row.id: row for row in promises}
    for name, row in declared.items():
        entry = newest.get(name)
        if entry is None or not entry.sentence:
            problems.append(f"{name} has no entry.")
        elif entry.sentence != row.sentence_hash():
            problems.append(f"{name} reads otherwise than in its newest entry.")
        elif entry.check != row.check_hash():
            problems.append(f"{name} is decided otherwise than when its sentence was reviewed.")
    gone = [entry for name, entry in newest.items() if name not in declared and entry.sentence]
    return problems + [f"{entry.id} is gone without an entry." for entry in gone]


def unread(promises: Iterable[Promise], file: Path = FILE) -> set[str]:
    """Return the promises that do not read as in their newest entry; all without a changelog."""
    try:
        newest = {entry.id: entry.sentence for entry in load(file)}
    except (OSError, msgspec.DecodeError):
        newest = {}
    return {row.id for row in promises if newest.get(row.id) != row.sentence_hash()}


def reword(entries: Sequence[Entry], names: Iterable[str]) -> list[Entry]:
    """Write the present wording of promises into their newest entries; raises WordingError."""
    for name in names:
        entry = _newest(entries, name)
        if name not in PROMISES or entry is None:
            raise WordingError(f"There is no promise {name}.")
        if entry.sentence != PROMISES[name].sentence_hash():
            raise WordingError(f"{name} has been changed already: restore its wording first.")
        entry.text, entry.measured_by = _words(PROMISES[name])
    return list(entries)


def review(
    entries: Sequence[Entry], names: Iterable[str], *, why: str, today: dt.date
) -> list[Entry]:
    """Return the entries after a review of these promises; raises WordingError."""
    reviewed = list(entries)
    for name in names:
        _review(reviewed, name, why, today)
    return reviewed


def to_review(entries: Sequence[Entry]) -> list[str]:
    """Return every promise that is declared or was, in the order of the page."""
    return list(dict.fromkeys([*PROMISES, *(entry.id for entry in entries)]))


def save(entries: Sequence[Entry], file: Path = FILE) -> None:
    file.write_text("\n".join([HEAD, *(_toml(entry) for entry in entries)]))


def _review(entries: list[Entry], name: str, why: str, today: dt.date) -> None:
    row, newest = PROMISES.get(name), _newest(entries, name)
    if row is None and newest is None:
        raise WordingError(f"There is no promise {name}.")
    sentence, check = (row.sentence_hash(), row.check_hash()) if row else ("", "")
    if newest and newest.sentence == sentence:
        newest.text = newest.measured_by = ""
        if newest.check != check:
            newest.check, newest.reviewed = check, today
        return
    if newest and newest.sentence and not newest.text:
        raise WordingError(
            f"The present wording of {name} is not in the changelog: restore it, run"
            f" `seatrobot promises reword {name}`, then change it and review again."
        )
    if not why:
        raise WordingError(f"{name} is worded anew: say why with --why.")
    before = entries[-1].hash() if entries else ""
    entries.append(Entry(name, today, why, sentence, check, before))


def _newest(entries: Sequence[Entry], name: str) -> Entry | None:
    return next((entry for entry in reversed(entries) if entry.id == name), None)


def _words(row: Promise) -> tuple[str, str]:
    with translation.override(None):
        return str(row.sentence), str(row.measured_by)


def _altered(entries: Sequence[Entry]) -> Iterable[str]:
    before, last, newest = "", dt.date.min, {entry.id: entry for entry in entries}
    for entry in entries:
        if entry.before != before or entry.date < last:
            yield f"The entry of {entry.id} of {entry.date} does not follow the one before it."
        if entry.text and entry.sentence != wording_hash(entry.text, entry.measured_by):
            yield f"The entry of {entry.id} of {entry.date} has another text than its hash."
        if entry.sentence and not entry.text and newest[entry.id] is not entry:
            yield f"The entry of {entry.id} of {entry.date} has lost its text."
        before, last = entry.hash(), entry.date


def _toml(entry: Entry) -> str:
    lines = ["[[entry]]"]
    for name, value in msgspec.structs.asdict(entry).items():
        if isinstance(value, dt.date):
            lines.append(f"{name} = {value.isoformat()}")
        elif value is not None and (value or name not in {"text", "measured_by"}):
            lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"
