"""Queries of every request, written once.

Django takes longer to write the SQL of a small query than PostgreSQL takes to answer it. A
compiled query is built from an ordinary queryset the first time and only bound to new values
after that. It reads; rows are still guarded by row-level security, as always.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import QuerySet


class Compiled:
    """`Compiled(lambda key: Thing.objects.filter(key=key).values_list("a", "b"), key=UUID(int=1))`.

    The examples must differ from each other and from every constant of the query. The shape of
    the query must not depend on the values: no lists, no None.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **examples: Any) -> None:
        self._build = build
        self._examples = examples
        self._sql = ""
        self._parts: list[tuple[str, Any]] = []

    def first(self, **values: Any) -> tuple[Any, ...] | None:
        """Return the first row as the database gives it, or None; TypeError for other names."""
        if values.keys() != self._examples.keys():
            raise TypeError(f"this query takes {sorted(self._examples)}")
        if not self._sql:
            self._compile()
        with connection.cursor() as cursor:
            cursor.execute(self._sql, [values.get(name, part) for name, part in self._parts])
            row: tuple[Any, ...] | None = cursor.fetchone()
        return row

    def _compile(self) -> None:
        queryset = self._build(**self._examples)[:1]
        sql, parameters = queryset.query.sql_with_params()
        names = {_plain(example): name for name, example in self._examples.items()}
        self._parts = [(names.get(_plain(part), ""), part) for part in parameters]
        if {name for name, _ in self._parts} - {""} != set(self._examples):
            raise TypeError("an example does not reach the query as it is")
        self._sql = sql


def _plain(value: Any) -> Any:
    """Return bytes without psycopg's wrapper, which compares by identity."""
    return getattr(value, "obj", value)
