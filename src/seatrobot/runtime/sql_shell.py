"""`seatrobot database shell`: SQL that reads an organization by a grant, recorded with answers.

A statement runs as the application in a unit of work of the grant, so row-level security shows what
the grant shows, and columns stay sealed. What row-level security goes by are settings of the
transaction, so nothing may run that sets them: a statement begins with a word that reads, calls
functions of a list alone, is one statement, runs in a transaction that only reads, and is rolled
back.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatrobot.kernel.refusal import Refused
from seatrobot.runtime.terminal import say

if TYPE_CHECKING:
    from seatrobot.kernel.principals import Operator

MOST_ROWS = 1000
LONGEST_CELL = 200
LONGEST_SECONDS = 30
GREETING = (
    "You read one organization, as this access shows it; sealed values stay sealed. A statement\n"
    "ends with a semicolon. \\d lists the tables, \\d NAME the columns of one, \\q ends."
)
PROMPTS = ("seatrobot=> ", "seatrobot-> ")
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
COLUMNS = (
    "SELECT column_name, data_type, is_nullable FROM information_schema.columns"
    " WHERE table_schema = 'public' AND table_name = '{}' ORDER BY ordinal_position"
)
NAME = re.compile(r"\w+", re.ASCII)
TOKEN = re.compile(
    r"""
      (?P<gap>      \s+ | --[^\r\n]* )
    | (?P<text>     ' (?: [^'] | '' )* ' )
    | (?P<quoted>   " (?: [^"] | "" )* " )
    | (?P<number>   \d [\d.eE]* )
    | (?P<word>     [^\W\d] \w* )
    | (?P<sign>     [-+*/<>=~!@%^&|?:,.()[\];\#] )
    """,
    re.VERBOSE | re.ASCII,
)
BEGINNINGS = {"select", "with", "table", "values", "explain", "show"}
BEFORE_BRACKETS = {
    *(
        "all",
        "and",
        "any",
        "array",
        "as",
        "between",
        "by",
        "case",
        "cast",
        "distinct",
        "else",
        "except",
    ),
    *("exists", "explain", "filter", "from", "having", "ilike", "in", "intersect", "is"),
    *("join", "lateral", "like", "limit", "materialized", "not", "offset", "on", "or", "over"),
    *("row", "select", "some", "then", "union", "using", "values", "when", "where"),
}
FUNCTIONS = {
    *("abs", "age", "array_agg", "array_length", "avg", "bool_and", "bool_or", "cardinality"),
    *("ceil", "char_length", "coalesce", "concat", "count", "date_bin", "date_part", "date_trunc"),
    *("dense_rank", "encode", "every", "extract", "floor", "format", "greatest", "json_agg"),
    *("jsonb_agg", "jsonb_array_elements", "jsonb_array_length", "jsonb_object_keys"),
    *("jsonb_pretty", "jsonb_typeof", "lag", "lead", "least", "left", "length", "lower", "max"),
    *("md5", "min", "mod", "now", "ntile", "nullif", "octet_length", "position", "rank", "repeat"),
    *("replace", "right", "round", "row_number", "sha256", "split_part", "stddev", "strpos"),
    *("string_agg", "substr", "substring", "sum", "to_char", "to_date", "to_timestamp", "trim"),
    *("trunc", "unnest", "upper", "variance", "numeric", "varchar", "interval", "timestamp"),
}
"""Functions, and types with a length, that read what they are given and nothing else."""


class StatementRefused(Refused):
    """A statement is not one that reads; the sentence says which of it is not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement gave. more: whether there are rows beyond these."""

    names: list[str]
    rows: list[tuple[Any, ...]]
    more: bool


def run(operator: Operator) -> int:
    """Run statements from the terminal, or from a file given as input; return the exit code."""
    from seatrobot.grants import operating

    if sys.stdin.isatty():
        say(GREETING)
    code = 0
    for said in _statements():
        code = 0
        with operating.hold_back_output(operator, said):
            try:
                sys.stdout.write(_table(ask(operator, said)))
            except Refused as refusal:
                sys.stderr.write(f"{refusal.sentence}\n")
                code = 1
        if code and not sys.stdin.isatty():
            return code
    return code


def ask(operator: Operator, said: str) -> Answer:
    """Return what one statement reads; raise StatementRefused, also for what the database says."""
    from django.db import DatabaseError, connection, transaction

    statement = reading_statement(_of_backslash(said))
    with operator.acting():
        savepoint = transaction.savepoint()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL transaction_read_only = on")
                cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST_SECONDS}s'")
                cursor.execute(statement.replace("%", "%%"), [])
                names = [column.name for column in cursor.description or ()]
                rows = cursor.fetchmany(MOST_ROWS)
                return Answer(names, rows, more=cursor.fetchone() is not None)
        except DatabaseError as error:
            raise StatementRefused(str(error).strip()) from None
        finally:
            with suppress(DatabaseError):
                transaction.savepoint_rollback(savepoint)


def reading_statement(said: str) -> str:
    """Return one statement that only reads, without its semicolon; raise StatementRefused."""
    tokens = [token for token in _tokens(said) if token[0] != "gap"]
    while tokens and tokens[-1][1] == ";":
        tokens.pop()
    if not tokens or tokens[0][1].lower() not in BEGINNINGS:
        raise StatementRefused(
            "A statement here reads: it begins with SELECT, WITH, TABLE, VALUES, EXPLAIN or SHOW."
        )
    before = ("", "")
    for kind, text in tokens:
        if text == ";":
            raise StatementRefused("One statement at a time.")
        if text == "(" and (before[0] == "quoted" or not _may_stand_before(before)):
            raise StatementRefused(
                f"{before[1]}(…) is not among the functions that may be called here."
            )
        before = (kind, text)
    return said.strip().rstrip(";").strip()


def _may_stand_before(token: tuple[str, str]) -> bool:
    """Return whether a bracket after this is no call, or one of a function of the list."""
    kind, text = token
    return kind != "word" or text.lower() in BEFORE_BRACKETS | FUNCTIONS


def _tokens(said: str) -> Iterator[tuple[str, str]]:
    """Give kind and text of each part; refuse forms of text that are read in another way.

    These are E'…' and U&'…', in which a backslash means something, $…$, and /* … */, which nests.
    """
    place = 0
    while place < len(said):
        found = TOKEN.match(said, place)
        if found is None or said.startswith("/*", place):
            raise StatementRefused(f"This cannot be read here: {said[place : place + 20]}")
        kind = found.lastgroup or ""
        if kind in {"text", "quoted"} and re.search(r"[\w&]\Z", said[:place]):
            raise StatementRefused("Text is given as '…' alone, and a name as \"…\".")
        yield kind, found.group()
        place = found.end()


def _of_backslash(said: str) -> str:
    r"""Return the statement that `\d` or `\d NAME` stands for."""
    if not said.startswith("\\d"):
        return said
    name = said.removeprefix("\\d").strip().rstrip(";")
    if not name:
        return TABLES
    if not NAME.fullmatch(name):
        raise StatementRefused("There is no such table.")
    return COLUMNS.format(name)


def _statements() -> Iterator[str]:
    """Give what is typed, a statement at a time; without a terminal, what the input holds."""
    lines: list[str] = []
    for line in _lines(lines):
        begins = line.strip() if not lines else ""
        if begins == "\\q":
            return
        lines.append(line)
        if begins.startswith("\\d") or line.rstrip().endswith(";"):
            yield "\n".join(lines).strip()
            lines.clear()
    if said := "\n".join(lines).strip():
        yield said


def _lines(waiting: list[str]) -> Iterator[str]:
    if not sys.stdin.isatty():
        yield from sys.stdin.read().splitlines()
        return
    while True:
        try:
            yield input(PROMPTS[bool(waiting)])
        except EOFError:
            return
        except KeyboardInterrupt:
            waiting.clear()
            sys.stdout.write("\n")


def _table(answer: Answer) -> str:
    """Return rows as lines with columns of equal width, and their number."""
    lines = [[_cell(value) for value in row] for row in answer.rows]
    widths = [max(map(len, column)) for column in zip(answer.names, *lines, strict=True)]
    shown = [
        " | ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (answer.names, *lines)
    ]
    shown.insert(1, "-+-".join("-" * width for width in widths))
    count = len(lines)
    foot = f"(the first {count} rows)" if answer.more else f"({count} row{'s' * (count != 1)})"
    return "\n".join((*shown, foot, ""))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (bytes, memoryview)):
        return f"{len(bytes(value))} bytes"
    text = str(value).replace("\n", "\\n")
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"
