"""The help pages about archives, made from the same declarations as the archives themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from django.db import models
from django.utils.translation import gettext as _
from msgspec import inspect

from seatrobot.archive.formats import KEPT_DAYS, VERSION
from seatrobot.archive.tables import (
    Column,
    Table,
    explanations,
    not_carried,
    record_of,
    tables,
)
from seatrobot.archive.text import never_carried
from seatrobot.help.topics import Topic, Topics

INTERNAL = (".py", "blind index", "`")
OF_SOURCE = re.compile(r" \((?:\w+\.)+\w+\)| \(GDPR art\.$")
"""What in an explanation is meant for who reads the source: all of it, or a part."""


@dataclass(frozen=True, slots=True)
class Line:
    """A column as the page lists it."""

    name: str
    kind: str
    said: str


class ArchiveTopics(Topics):
    def topics(self) -> Iterable[Topic]:
        section = _("Your data")
        yield Topic(
            "archive",
            _("What an archive of everything holds"),
            _("How to get all data of your organization in one file, and what is in each part."),
            "archive/help/archive.html",
            section,
            "archive",
            10,
            _archive,
        )
        yield Topic(
            "archive-files",
            _("Every file and column of an archive"),
            _("What each table says, for who reads an archive with a spreadsheet or a program."),
            "archive/help/files.html",
            section,
            "table",
            20,
            _files,
        )
        yield Topic(
            "import",
            _("Import an archive into another instance"),
            _("How to take an organization elsewhere, what comes along and what does not."),
            "archive/help/import.html",
            section,
            "upload",
            30,
            _import,
        )


def _archive() -> Mapping[str, Any]:
    return {
        "days": KEPT_DAYS,
        "tables": sorted(tables(), key=lambda table: not table.is_imported),
        "not_carried": [*never_carried(), *not_carried()],
    }


def _import() -> Mapping[str, Any]:
    return {
        "told": [table for table in tables() if not table.is_imported],
        "imported": [table for table in tables() if table.is_imported],
        "version": VERSION,
    }


def _files() -> Mapping[str, Any]:
    return {"tables": [(table, list(lines_of(table))) for table in tables()]}


def lines_of(table: Table) -> Iterator[Line]:
    """Return the columns of a table, with what is known of each."""
    said = explanations(table.model)
    for column in table.columns:
        if column.is_sealed:
            record = record_of(column)
            inside = explanations(record)
            for field in inspect.type_info(record).fields:  # type: ignore[attr-defined]  # a struct
                yield Line(
                    f"{column.name}.{field.name}",
                    _kind_of(field.type),
                    _explained(inside.get(field.name, "")),
                )
            continue
        name = column.name.removesuffix("_id")
        explained = said.get(column.name) or said.get(name) or _refers(table, column)
        yield Line(column.name, _kind(column.kind), _explained(explained))


def _explained(text: str) -> str:
    return "" if any(mark in text for mark in INTERNAL) else OF_SOURCE.sub("", text)


def _refers(table: Table, column: Column) -> str:
    """Say which table a column names a row of."""
    if column.name == "id":
        return _("The identifier of the row.")
    for field in table.model._meta.concrete_fields:
        if field.attname == column.attribute and isinstance(field, models.ForeignKey):
            other = field.related_model._meta.db_table
            return _("The row of %(table)s that it belongs to.") % {"table": other}
    if column.name in table.carried.accounts:
        return _("The account of a person; the table of members has its name.")
    return ""


def _kind(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return _words(get_args(kind))
    return _kind_of(inspect.type_info(kind))


def _words(values: Iterable[Any]) -> str:
    return _("one of: %(words)s") % {
        "words": ", ".join(str(each) or _("(empty)") for each in values)
    }


def _kind_of(kind: inspect.Type) -> str:
    """Return what values of a type are, in words."""
    if isinstance(kind, inspect.Metadata):
        return _kind_of(kind.type)
    if isinstance(kind, inspect.UnionType):
        inner = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
        said = _(" or ").join(_kind_of(each) for each in inner)
        return _("%(kind)s, or nothing") % {"kind": said} if kind.includes_none else said
    if isinstance(kind, inspect.LiteralType):
        return _words(kind.values)
    if isinstance(kind, inspect.ListType | inspect.VarTupleType):
        return _("list of: %(kind)s") % {"kind": _kind_of(kind.item_type)}
    if isinstance(kind, inspect.DictType):
        return _("%(kind)s by %(key)s") % {
            "kind": _kind_of(kind.value_type),
            "key": _kind_of(kind.key_type),
        }
    known: list[tuple[type[inspect.Type], str]] = [
        (inspect.UUIDType, _("identifier")),
        (inspect.StrType, _("text")),
        (inspect.BoolType, _("true or false")),
        (inspect.IntType, _("whole number")),
        (inspect.FloatType, _("number")),
        (inspect.DateTimeType, _("date and time")),
        (inspect.DateType, _("date")),
        (inspect.BytesType, _("bytes (Base64)")),
        (inspect.StructType, _("record")),
        (inspect.TupleType, _("list")),
    ]
    return next((word for each, word in known if isinstance(kind, each)), _("any value"))
