"""Identifiers inside the JSON values of a line: where they are, and how they become others.

Where they are is worked out from types. Fields of records whose texts hold identifiers say so:

    class RuleRecord(msgspec.Struct):
        REFERS: ClassVar[frozenset[str]] = frozenset({"column"})

On import the last 32 bits of every identifier grow by one number, drawn for that import. So each
stays another one than any other, references need no table of what became of what, and rows keep
their order, which is that of the first 96 bits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any
from uuid import UUID

import msgspec
from msgspec import inspect

Put = Callable[[str], str]
"""Returns what stands for an identifier."""
Walk = Callable[[Any, Put], Any]
"""Returns a JSON value with other identifiers."""

LOW = 1 << 32
IN_TEXT = re.compile(
    r"(?<![0-9a-f])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})(?![0-9a-f])"
)
IS_ONE = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}")


def shifted(by: int) -> Put:
    """Return what adds to the last 32 bits of identifiers, in the form each is written in."""

    def put(text: str) -> str:
        if not IS_ONE.fullmatch(text):
            raise ValueError("what should be an identifier is none")
        low = (int(text[-8:], 16) + by) % LOW
        return f"{text[:-8]}{low:08x}"

    return put


def number_of(identifier: UUID | str) -> int:
    """Return the last 32 bits of an identifier."""
    return int(str(identifier)[-8:], 16)


def in_texts(value: Any, put: Put) -> Any:
    """Replace identifiers in all texts of a value, also as keys."""
    if isinstance(value, str):
        return IN_TEXT.sub(lambda found: put(found[0]), value)
    if isinstance(value, list | tuple):
        return [in_texts(each, put) for each in value]
    if isinstance(value, dict):
        return {in_texts(key, put): in_texts(each, put) for key, each in value.items()}
    return value


def walk_of(kind: Any) -> Walk | None:
    """Return what replaces the identifiers in values of a type; None where it has none."""
    return _walk(inspect.type_info(kind))


def _walk(kind: inspect.Type) -> Walk | None:  # noqa: PLR0911  one answer for each kind of type
    if isinstance(kind, inspect.UUIDType):
        return _one
    if isinstance(kind, inspect.Metadata):
        return _walk(kind.type)
    if isinstance(kind, inspect.StructType):
        return _of_record(kind.cls)
    if isinstance(kind, inspect.UnionType):
        found = [walk for each in kind.types if (walk := _walk(each))]
        return partial(_unless_none, found[0]) if found else None
    if isinstance(kind, inspect.ListType | inspect.VarTupleType):
        inner = _walk(kind.item_type)
        return partial(_each, inner) if inner else None
    if isinstance(kind, inspect.DictType):
        key, value = _walk(kind.key_type), _walk(kind.value_type)
        return partial(_pairs, key or _same, value or _same) if key or value else None
    return None


@cache
def _of_record(record: type[msgspec.Struct]) -> Walk | None:
    refers: frozenset[str] = getattr(record, "REFERS", frozenset())
    if unknown := refers.difference(record.__struct_fields__):
        raise TypeError(f"{record.__name__} has no {sorted(unknown)}")
    walks: dict[str, Walk] = {}
    for field in inspect.type_info(record).fields:  # type: ignore[attr-defined]  # of a struct
        if walk := in_texts if field.name in refers else _walk(field.type):
            walks[field.name] = walk
    return partial(_record, walks) if walks else None


def _one(value: Any, put: Put) -> Any:
    return put(value)


def _same(value: Any, _put: Put) -> Any:
    return value


def _unless_none(walk: Walk, value: Any, put: Put) -> Any:
    return None if value is None else walk(value, put)


def _each(walk: Walk, value: list[Any], put: Put) -> list[Any]:
    return [walk(each, put) for each in value]


def _pairs(key: Walk, inner: Walk, value: dict[str, Any], put: Put) -> dict[str, Any]:
    return {key(name, put): inner(each, put) for name, each in value.items()}


def _record(walks: dict[str, Walk], value: dict[str, Any], put: Put) -> dict[str, Any]:
    return {name: walks[name](each, put) if name in walks else each for name, each in value.items()}
