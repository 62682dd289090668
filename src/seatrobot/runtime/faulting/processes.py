"""Processes of this machine, as /proc tells."""

from __future__ import annotations

from pathlib import Path


def children(parent: int) -> dict[int, str]:
    """Return the command lines of a process's children."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if int(_fields(place)[1]) == parent:
                line = (place / "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(place.name)] = line.decode(errors="replace")
        except (OSError, IndexError):  # ended meanwhile
            continue
    return {pid: line for pid, line in found.items() if line}


def descendants(ancestor: int) -> list[int]:
    """Return a process and everything below it."""
    return [ancestor, *(each for child in children(ancestor) for each in descendants(child))]


def is_stopped(pid: int) -> bool:
    return _fields(Path("/proc") / str(pid))[0] == "T"


def _fields(place: Path) -> list[str]:
    """Return state, parent and what follows; the name before may hold anything."""
    return (place / "stat").read_text().rpartition(")")[2].split()
