"""How much time is left, and telling so."""

import time
from collections.abc import Callable

Progress = Callable[[float, int | None], None]
"""Called with the part of the time limit that is used (0..1) and the best cost so far; None
before everyone has a seat."""
TELL_EVERY = 0.2


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


class Teller:
    """Tells the progress, at most every TELL_EVERY seconds; telling may raise to cancel."""

    def __init__(self, progress: Progress | None, deadline: Deadline) -> None:
        self._progress, self._deadline, self._next = progress, deadline, 0.0

    def tell(self, cost: int | None = None) -> None:
        """Tell the best cost so far (None: none yet), if it is time to."""
        elapsed = self._deadline.elapsed()
        if self._progress and elapsed >= self._next:
            self._next = elapsed + TELL_EVERY
            self._progress(min(1.0, elapsed / self._deadline.seconds), cost)

    def done(self, cost: int) -> None:
        """Tell the final cost."""
        if self._progress:
            self._progress(1.0, cost)
