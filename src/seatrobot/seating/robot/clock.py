"""How much time is left."""

import time
from collections.abc import Callable

Progress = Callable[[float, int], None]


class Deadline:
    """Counts down from `seconds`, from the moment it is made."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._start = time.monotonic()

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def left(self) -> float:
        """Seconds that remain, never below 0."""
        return max(0.0, self.seconds - self.elapsed())

    def share(self, part: float) -> "Deadline":
        """Return a deadline of its own over this part (0..1) of what is left."""
        return Deadline(self.left() * part)
