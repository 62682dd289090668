"""Masks of personal fields: what staff see in their place, and what becomes of them on saving.

Every field of every sealed record is masked, unless its class names it in `CLEAR`. So a new field
is masked until somebody decides otherwise. Because records are masked where they are opened,
whatever is made of them is masked too: searches, orders, plans, logs and fragments of pages.

    class EventRecord(msgspec.Struct):
        CLEAR: ClassVar[frozenset[str]] = frozenset({"title", "venue"})

`NAMES` are the parts of a person's name. Of them, one mask is left with the last digits of the
row's identifier, so that people who are masked can be told apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import msgspec

MASK = "•••"
DIGITS = 4
"""How many digits of its identifier tell a masked person from others."""

EVERYTHING = frozenset({"*"})
"""`CLEAR` of a record without anything personal, such as identifiers and numbers."""

R = TypeVar("R", bound=msgspec.Struct)


def masked(record: R, pk: UUID) -> R:
    """Return a record with its personal fields masked; empty ones stay empty."""
    values = {name: getattr(record, name) for name in record.__struct_fields__}
    names: tuple[str, ...] = getattr(record, "NAMES", ())
    told = f"{MASK} {pk.hex[-DIGITS:]}"
    called = next((name for name in names if values[name]), "")
    for name in hidden(type(record)):
        if name in names:
            values[name] = told if name == called else ""
        elif names and not called and isinstance(values[name], str) and values[name]:
            values[name] = told
        else:
            values[name] = _mask(values[name], pk)
    for name in _inner(type(record)):
        values[name] = _mask_inside(values[name], pk)
    return type(record)(**values)


def restored(record: R, known: R, pk: UUID) -> R:
    """Return a record to be saved, with what `known` holds wherever it still has the mask.

    So whoever sees masks can change other fields of a record, and cannot overwrite by accident.
    """
    shown = masked(known, pk)
    values = {name: getattr(record, name) for name in record.__struct_fields__}
    for name in (*hidden(type(record)), *_inner(type(record))):
        if values[name] == getattr(shown, name):
            values[name] = getattr(known, name)
    return type(record)(**values)


def holds_masks(value: object) -> bool:
    """Return whether a mask is anywhere in a record, or in a part of one."""
    if isinstance(value, str):
        return MASK in value
    if isinstance(value, bytes):
        return MASK.encode() in value
    if isinstance(value, msgspec.Struct):
        return any(holds_masks(getattr(value, name)) for name in value.__struct_fields__)
    if isinstance(value, dict):
        return any(holds_masks(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(holds_masks, value))
    return False


@cache
def hidden(record: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the fields of a record that are masked."""
    clear = clear_fields(record)
    return tuple(name for name in record.__struct_fields__ if name not in clear)


def clear_fields(record: type[msgspec.Struct]) -> frozenset[str]:
    """Return the fields that a record declares as not personal; TypeError for one it has not."""
    clear: frozenset[str] = getattr(record, "CLEAR", frozenset())
    if clear == EVERYTHING:
        return frozenset(record.__struct_fields__)
    if unknown := clear.difference(record.__struct_fields__):
        raise TypeError(f"{record.__name__} has no {sorted(unknown)}")
    return clear


@cache
def _inner(record: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the clear fields that hold further records, which have masks of their own."""
    types = {field.name: field.type for field in msgspec.structs.fields(record)}
    return tuple(name for name in sorted(clear_fields(record)) if _has_record(types[name]))


def _has_record(kind: object) -> bool:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return True
    return any(_has_record(part) for part in getattr(kind, "__args__", ()))


def personal_texts(record: msgspec.Struct) -> Iterator[tuple[str, bool]]:
    """Give the texts of the fields that are masked, and whether each is somebody's name.

    Names come in parts, and the first two parts together.
    """
    fields: tuple[str, ...] = getattr(record, "NAMES", ())
    names = [part for name in fields if (part := getattr(record, name))][:2]
    if len(names) > 1:
        yield " ".join(names), True
        yield " ".join(reversed(names)), True
    for name in hidden(type(record)):
        for text in _texts(getattr(record, name)):
            yield text, name in fields
    for name in _inner(type(record)):
        yield from _inner_texts(getattr(record, name))


def _texts(value: Any) -> Iterator[str]:
    """Give every text in a value that is personal as a whole."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _texts(getattr(value, name))
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from _texts(part)


def _inner_texts(value: Any) -> Iterator[tuple[str, bool]]:
    """Give the personal texts of the records in a value."""
    if isinstance(value, msgspec.Struct):
        yield from personal_texts(value)
    elif isinstance(value, dict):
        yield from _inner_texts(list(value.values()))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _inner_texts(part)


def _mask_inside(value: Any, pk: UUID) -> Any:
    if isinstance(value, msgspec.Struct):
        return masked(value, pk)
    if isinstance(value, list | tuple):
        return type(value)(_mask_inside(part, pk) for part in value)
    if isinstance(value, dict):
        return {key: _mask_inside(part, pk) for key, part in value.items()}
    return value


def _mask(value: Any, pk: UUID) -> Any:
    """Return what stands for a value: of its type, and saying no more than whether it is empty.

    Answers keep the identifiers of their fields; of what is found by words, one mask is left. Each
    of them `holds_masks`, so that none is saved over what it stands for.
    """
    if value is None or value in ("", b"", [], {}) or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return MASK
    if isinstance(value, bytes):
        return MASK.encode()
    if isinstance(value, msgspec.Struct):
        return masked(value, pk)
    if isinstance(value, list):
        return [_mask(value[0], pk)]
    if isinstance(value, dict):
        return {_mask_key(key): _mask(part, pk) for key, part in value.items()}
    raise TypeError(f"nobody said how a {type(value).__name__} is masked")


def _mask_key(key: object) -> object:
    return MASK if isinstance(key, str) else key
