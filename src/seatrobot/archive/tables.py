"""The tables of an archive, worked out from the models and what they declare.

Each table has a struct type of its own (`Table.row`), which encodes, decodes and checks its lines
and from which its JSON Schema is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from seatrobot.archive import identifiers
from seatrobot.kernel.features import PRODUCT
from seatrobot.kernel.tenancy.carrying import Carried, Way, carried
from seatrobot.kernel.vault.fields import SealedField

PAGE = 1000
"""Rows that are read with one statement."""
SEALED, RECORD = "sealed", "record"
"""The column of sealed records, and what an archive calls it."""
EXPLAINED = re.compile(r"(?:^|[.\n])\s*((?:[a-z_]+, )*[a-z_]+): ([^:]*?)(?=\.\s|\.$|$)", re.DOTALL)
TYPES: tuple[tuple[type[models.Field[Any, Any]], Any], ...] = (
    (models.UUIDField, UUID),
    (models.DateTimeField, Annotated[datetime, msgspec.Meta(tz=True)]),
    (models.DateField, date),
    (models.BooleanField, bool),
    (models.FloatField, float),
    (models.IntegerField, int),
    (models.BinaryField, bytes),
    (models.JSONField, Any),
    (models.TextField, str),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table of an archive.

    name: in the archive. attribute: of the model's instance, "" for what is only told. kind: the
    type of its values. is_sealed: it holds a record. is_worked_out: by the database, so that an
    import leaves it. moves: makes its identifiers others on import, None where it has none.
    """

    name: str
    attribute: str
    kind: Any
    is_sealed: bool = False
    is_worked_out: bool = False
    moves: identifiers.Walk | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """row: the struct type of a line. columns: in the order of the archive."""

    model: type[models.Model]
    carried: Carried
    columns: tuple[Column, ...]
    row: type[msgspec.Struct]

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @property
    def what(self) -> str:
        """What it holds, as people call it."""
        return str(self.carried.what or self.model._meta.verbose_name_plural)

    @property
    def is_imported(self) -> bool:
        return self.carried.way == Way.MOVES

    @property
    def json_path(self) -> str:
        return f"json/{self.name}.jsonl"

    @property
    def csv_path(self) -> str:
        return f"csv/{self.name}.csv"

    @property
    def schema_path(self) -> str:
        return f"schemas/{self.name}.schema.json"

    def rows(self, organization_id: UUID) -> models.QuerySet[Any]:
        """Return the rows that go along, of one organization."""
        found: models.QuerySet[Any] = models.QuerySet(self.model).filter(
            **{self.carried.owner: organization_id}
        )
        if self.carried.rows is not None:
            found = found.filter(self.carried.rows)
        return found

    def read(self, organization_id: UUID) -> Iterator[msgspec.Struct]:
        """Give the lines of the table in the order of their identifiers, a page at a time."""
        rows = self.rows(organization_id).order_by("pk")
        last = None
        while page := list((rows.filter(pk__gt=last) if last else rows)[:PAGE]):
            yield from map(self.line, page)
            last = page[-1].pk if len(page) == PAGE else None
            if last is None:
                return

    def line(self, row: models.Model) -> msgspec.Struct:
        """Return what an archive says of a row.

        What the database works out is left at its default for a row that is not stored.
        """
        values = {
            column.name: self._value(column, row)
            for column in self.columns
            if not (column.is_worked_out and row._state.adding)  # noqa: SLF001  Django's documented API
        }
        return self.row(**values)

    def _value(self, column: Column, row: models.Model) -> Any:
        if not column.attribute:
            return self.carried.more[column.name](row)
        value = getattr(row, column.attribute)
        if isinstance(value, memoryview):
            value = bytes(value)
        rewrite = self.carried.rewritten.get(column.attribute)
        return rewrite(value) if rewrite and value is not None else value

    def moved(self, values: dict[str, Any], put: identifiers.Put) -> dict[str, Any]:
        """Return the JSON values of a line with other identifiers."""
        return {
            column.name: column.moves(values[column.name], put) if column.moves else value
            for column in self.columns
            if (value := values.get(column.name, msgspec.UNSET)) is not msgspec.UNSET
        }

    def instance(self, line: msgspec.Struct, organization_id: UUID) -> models.Model:
        """Return a new row of an organization as a line says."""
        columns = [each for each in self.columns if each.attribute and not each.is_worked_out]
        values = {column.attribute: getattr(line, column.name) for column in columns}
        values[self.carried.owner] = organization_id
        row = self.model(**values)
        for name, path in self.carried.made.items():
            setattr(row, name, import_string(path)(row))
        return row

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of a line."""
        (root,), parts = msgspec.json.schema_components([self.row], ref_template="#/$defs/{name}")
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.what,
            **root,
            "$defs": parts,
        }

    def column_names(self) -> list[str]:
        """Return the columns with the fields of records, as the manifest lists them."""
        return [name for column in self.columns for name in fields_of(column)]


def fields_of(column: Column) -> list[str]:
    """Return a column, or the fields of its record with the column before each."""
    if not column.is_sealed:
        return [column.name]
    record = record_of(column)
    return [f"{column.name}.{name}" for name in record.__struct_fields__]


def record_of(column: Column) -> type[msgspec.Struct]:
    """Return the type of the record in a sealed column."""
    kinds = getattr(column.kind, "__args__", (column.kind,))
    found: type[msgspec.Struct] = next(kind for kind in kinds if kind is not type(None))
    return found


@cache
def tables() -> tuple[Table, ...]:
    """Return every table of an archive, in the order of import."""
    found = [
        table_of(model)
        for model in declared_models()
        if (said := carried(model)) and said.way != Way.STAYS
    ]
    return tuple(sorted(found, key=lambda table: table.carried.order))


def declared_models() -> list[type[models.Model]]:
    """Return the models with rows of an organization, in the order of INSTALLED_APPS."""
    found = [model for model in apps.get_models() if carried(model) is not None]
    return [model for model in found if model.__module__.startswith(f"{PRODUCT}.")]


def table_of(model: type[models.Model]) -> Table:
    """Return the table of a model as it declares itself."""
    said = carried(model)
    assert said is not None, model
    owner = said.owner.removesuffix("_id") if said.owner != "id" else ""
    left = {*said.left_out, owner, said.owner if owner else ""}
    columns = [
        _column(field, said)
        for field in model._meta.concrete_fields
        if field.name not in left and field.attname not in left
    ]
    columns += [Column(name, "", str) for name in said.more]
    fields = [
        (column.name, column.kind, *_default(model, column))
        if column.attribute
        else (column.name, str, "")
        for column in columns
    ]
    row = msgspec.defstruct(
        model._meta.object_name or model._meta.db_table,
        fields,
        kw_only=True,
        module=__name__,
        gc=False,
    )
    return Table(model, said, tuple(columns), row)


def _column(field: models.Field[Any, Any], said: Carried) -> Column:
    kind = kind_of(field)
    kind = kind | None if field.null else kind
    moves: identifiers.Walk | None = None
    if field.name in said.refers:
        moves = identifiers.in_texts
    elif field.attname not in said.accounts:
        moves = identifiers.walk_of(kind)
    return Column(
        RECORD if field.name == SEALED else field.attname,
        field.attname,
        kind,
        is_sealed=isinstance(field, SealedField),
        is_worked_out=isinstance(field, models.GeneratedField),
        moves=moves,
    )


def kind_of(field: models.Field[Any, Any]) -> Any:  # noqa: PLR0911  one answer for each kind
    """Return the type of a column's values; TypeError where nobody said how they are written."""
    if isinstance(field, SealedField):
        return field.record
    if isinstance(field, models.GeneratedField):
        assert field.output_field is not None
        return kind_of(field.output_field)
    if isinstance(field, models.ForeignKey):
        return kind_of(field.target_field)
    if isinstance(field, ArrayField):
        return list[kind_of(field.base_field)]  # type: ignore[misc]  # worked out at run time
    if field.flatchoices:
        words = [str(word) for word, _label in field.flatchoices]
        return Literal[tuple([*words, ""] if field.blank and "" not in words else words)]
    if isinstance(field, models.CharField):
        return Annotated[str, msgspec.Meta(max_length=field.max_length)]
    for known, kind in TYPES:
        if isinstance(field, known):
            return kind
    raise TypeError(f"nobody said how {field} is written in an archive")


def _default(model: type[models.Model], column: Column) -> tuple[Any, ...]:
    """Return what a line without the column means, as an older archive has; () if it needs one."""
    field = next(each for each in model._meta.concrete_fields if each.attname == column.attribute)
    if field.primary_key:
        return ()
    if field.has_default():
        default = field.default
        return (msgspec.field(default_factory=default) if callable(default) else default,)
    if isinstance(field, models.GeneratedField):
        return (None,) if column.kind is None else ("",)
    if field.null:
        return (None,)
    if field.blank and isinstance(field, models.CharField):
        return ("",)
    return ()


def explanations(kind: type[Any]) -> dict[str, str]:
    """Return what the docstring of a model or record says of its columns, by their names."""
    found: dict[str, str] = {}
    text = " ".join((kind.__doc__ or "").split())
    for names, said in EXPLAINED.findall(text):
        found |= dict.fromkeys(names.split(", "), f"{said[:1].upper()}{said[1:].strip()}.")
    return found


def not_carried() -> list[tuple[str, str]]:
    """Return what is not in an archive, and why: tables, rows and columns that say so."""
    found = []
    for model in declared_models():
        said = carried(model)
        assert said is not None
        what = str(said.what or model._meta.verbose_name_plural)
        table = model._meta.db_table
        if said.way == Way.STAYS:
            found.append((f"{what} ({table})", str(said.why)))
            continue
        if said.without:
            found.append((f"{what} ({table}), {_('some rows')}", str(said.without)))
        found += [(f"{table}.{name}", str(why)) for name, why in said.left_out.items()]
    return found
