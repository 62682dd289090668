"""What tests of promises need: an empty page, and examinations in the test's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from seatrobot.kernel.promises.declaring import PROMISES, Promise


def inline(function: Callable[[], None], _seconds: float) -> bool:
    """Run an examination in this thread."""
    function()
    return True


@contextmanager
def no_promises() -> Iterator[dict[str, Promise]]:
    """Take every promise off the page, and put all back in their order."""
    before = dict(PROMISES)
    PROMISES.clear()
    try:
        yield PROMISES
    finally:
        PROMISES.clear()
        PROMISES.update(before)
