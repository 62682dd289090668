"""Lines for the person at the terminal, each whole even when parts speak at the same time."""

import os
import sys
from contextlib import suppress

WIDTH = 8


def say(text: str, part: str = "") -> None:
    """Write a line to standard output at once, after the name of the part that speaks, if any."""
    line = f"{part:<{WIDTH}} │ {text}\n" if part else f"{text}\n"
    with suppress(OSError):  # the terminal may be gone; what speaks goes on
        sys.stdout.flush()
        os.write(sys.stdout.fileno(), line.encode(errors="replace"))


def complain(text: str) -> None:
    """Write a sentence about what went wrong to standard error."""
    sys.stderr.write(f"seatrobot: {text}\n")
    sys.stderr.flush()
