"""Reading JSON that somebody outside sent, as one kind of thing or not at all.

Whatever it holds, the answer is a value of the wanted type or NotReadable: bytes that are no UTF-8,
nesting without end, numbers that no column holds and NUL, which no text of the database holds, are
refused here and not where they would break something.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
LARGEST = 2**53 - 1
"""The largest whole number that every reader of JSON takes for what it is."""
DOUBTFUL = re.compile(rb"\\u00[01]|[0-9]{16}", re.IGNORECASE)
"""What has to be there for a value to be worth looking at: a control sign, or a long number."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class NotReadable(ValueError):
    """What was sent is not the kind of thing that was asked for."""


def read_json(data: bytes | str, kind: type[T]) -> T:
    """Return what JSON says as a value of this type; raise NotReadable for everything else."""
    try:
        text = data.encode() if isinstance(data, str) else data
        found = msgspec.json.decode(text, type=kind)
        if DOUBTFUL.search(text):
            _require_plain(msgspec.to_builtins(found, str_keys=True))
    except NotReadable:
        raise
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError) as error:
        raise NotReadable(str(error)[:200]) from error
    return found


def _require_plain(found: Any) -> None:
    """Refuse control signs and whole numbers that no column holds, however deep they are."""
    if isinstance(found, str):
        if CONTROL.search(found):
            raise NotReadable("a text has a control sign")
    elif isinstance(found, int):
        if abs(found) > LARGEST:
            raise NotReadable("a number is too large")
    elif isinstance(found, dict):
        for name, value in found.items():
            _require_plain(name)
            _require_plain(value)
    elif isinstance(found, list | tuple):
        for value in found:
            _require_plain(value)
