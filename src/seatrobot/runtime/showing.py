"""What a command prints leaves only after the entry of the access is committed."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


class AfterCommit:
    """A stream that refuses to write while a unit of work is in progress (kernel.unit_of_work)."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        _require_committed()
        return self._stream.write(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def fileno(self) -> int:
        _require_committed()
        return self._stream.fileno()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def after_commit() -> Iterator[None]:
    """Let nothing be printed inside a unit of work, for as long as the block runs."""
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(AfterCommit, streams)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams


def _require_committed() -> None:
    from seatrobot.kernel.unit_of_work import require_committed

    require_committed("printing")
