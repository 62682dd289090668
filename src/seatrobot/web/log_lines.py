"""Lines of the operator's log: moments in UTC, one line for each entry.

One-time tokens and numbers of payment cards are cut out.
"""

from __future__ import annotations

import logging
import re
import time
from typing import Any
from uuid import UUID

from seatrobot.kernel import cards

SHORTEST_TOKEN = 16
_SEGMENT = re.compile(rf"(?<=/)[\w:.=~%-]{{{SHORTEST_TOKEN},}}(?=[/?#\s\"']|$)")
_WORDS = re.compile(r"[a-z-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Line(logging.Formatter):
    """One line for an entry; the trace of an error follows on lines of its own."""

    converter = time.gmtime
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the name in logging
        record.message = _CONTROL.sub(_escaped, without_secrets(record.message))
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802  the name in logging
        lines = super().formatException(ei).splitlines()
        return "\n".join(
            each if each.startswith('  File "') else without_secrets(each) for each in lines
        )


def without_secrets(text: str) -> str:
    return cards.scrubbed(without_tokens(text))


def without_tokens(text: str) -> str:
    """Cut what may be a token out of the addresses in a text; identifiers and words stay."""
    return _SEGMENT.sub(_cut, text)


def _cut(found: re.Match[str]) -> str:
    part = found.group()
    return part if _is_identifier(part) or _WORDS.fullmatch(part) else "…"


def _is_identifier(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _escaped(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode()
