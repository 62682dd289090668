"""The changelog of the sentences: each wording with its date, bound to the check that was read.

`wording.toml` only grows. An entry is chained to the one before it by a hash, so that none can be
taken out or moved without a test seeing it. When only a check changes, the newest entry of its
promise gets the new hash and the day on which somebody looked (`reviewed`); a promise that is
withdrawn gets an entry without a text.
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

from seatrobot.kernel.promises.declaring import PROMISES, Promise

FILE = Path(__file__).with_name("wording.toml")
HEAD = """\
# The changelog of the sentences of the practices page: it only grows.
# Written by `seatrobot promises review ID... --why "..."`, after somebody read check and sentence.
"""


class Sentence(msgspec.Struct, forbid_unknown_fields=True):
    """A wording from its date on; text is empty when the promise was withdrawn.

    sentence, check: hashes of the words and of what decides. before: hash of the entry before.
    """

    id: str
    date: dt.date
    text: str
    measured_by: str
    why: str
    sentence: str
    check: str
    before: str
    reviewed: dt.date | None = None

    def hash(self) -> str:
        """Return a hash of everything that may never change again."""
        fixed = [self.id, self.date.isoformat(), self.text, self.measured_by, self.why]
        return _digest(json.dumps([*fixed, self.sentence, self.before]))


class _File(msgspec.Struct, forbid_unknown_fields=True):
    sentence: list[Sentence] = []


def load(file: Path = FILE) -> list[Sentence]:
    """Return all entries, the oldest first."""
    return msgspec.toml.decode(file.read_bytes(), type=_File).sentence


@cache
def changelog() -> list[Sentence]:
    """Return all entries of the running code, the newest first."""
    return load()[::-1]


def wrong(entries: Sequence[Sentence], promises: Iterable[Promise]) -> list[str]:
    """Return what is wrong, a sentence each: an altered past, or words that nobody reviewed."""
    problems = list(_altered(entries))
    newest = {entry.id: entry for entry in entries}
    declared = {row.id: row for row in promises}
    for name, row in declared.items():
        entry = newest.get(name)
        if entry is None or not entry.text:
            problems.append(f"{name} has no entry.")
        elif entry.sentence != row.sentence_hash():
            problems.append(f"{name} reads otherwise than in its newest entry.")
        elif entry.check != row.check_hash():
            problems.append(f"{name} is decided otherwise than when its sentence was reviewed.")
    gone = [entry for name, entry in newest.items() if name not in declared and entry.text]
    return problems + [f"{entry.id} is gone without an entry." for entry in gone]


def review(
    entries: Sequence[Sentence], names: Iterable[str], *, why: str, today: dt.date
) -> list[Sentence]:
    """Return the entries after somebody reviewed these promises; KeyError when one is unknown."""
    reviewed = list(entries)
    for name in names:
        newest = next((entry for entry in reversed(reviewed) if entry.id == name), None)
        if name not in PROMISES and newest is None:
            raise KeyError(name)
        _review(reviewed, name, newest, why, today)
    return reviewed


def to_review(entries: Sequence[Sentence]) -> list[str]:
    """Return every promise that is declared or was, in the order of the page."""
    return list(dict.fromkeys([*PROMISES, *(entry.id for entry in entries)]))


def save(entries: Sequence[Sentence], file: Path = FILE) -> None:
    file.write_text("\n".join([HEAD, *(_toml(entry) for entry in entries)]))


def _review(
    entries: list[Sentence], name: str, newest: Sentence | None, why: str, today: dt.date
) -> None:
    text, measured_by, sentence, check = _words(PROMISES.get(name))
    if newest is None or newest.sentence != sentence:
        before = entries[-1].hash() if entries else ""
        entries.append(Sentence(name, today, text, measured_by, why, sentence, check, before))
    elif newest.check != check:
        newest.check, newest.reviewed = check, today


def _words(row: Promise | None) -> tuple[str, str, str, str]:
    if row is None:
        return "", "", "", ""
    with translation.override(None):
        return str(row.sentence), str(row.measured_by), row.sentence_hash(), row.check_hash()


def _altered(entries: Sequence[Sentence]) -> Iterable[str]:
    before, last = "", dt.date.min
    for entry in entries:
        if entry.before != before or entry.date < last:
            yield f"The entry of {entry.id} of {entry.date} does not follow the one before it."
        if entry.text and entry.sentence != _digest(f"{entry.text}\n{entry.measured_by}"):
            yield f"The entry of {entry.id} of {entry.date} has another text than its hash."
        before, last = entry.hash(), entry.date


def _toml(entry: Sentence) -> str:
    lines = ["[[sentence]]"]
    for name, value in msgspec.structs.asdict(entry).items():
        if isinstance(value, dt.date):
            lines.append(f"{name} = {value.isoformat()}")
        elif value is not None:
            lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
