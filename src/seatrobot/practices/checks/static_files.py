"""The files that pages load, compared with those that this build makes of its own."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from django.contrib.staticfiles.management.commands.collectstatic import Command
from django.core.management import call_command

from seatrobot.web.storage import StaticFiles


@dataclass(slots=True)
class Comparison:
    """compared: files whose content was compared. wrong: sentences on those that differ."""

    compared: int = 0
    wrong: list[str] = field(default_factory=list)


def compare(static: Path, lists: Path) -> Comparison:
    """Collect everything anew in a directory of its own, and compare what is served with that.

    static: what is served. lists: where the names with a hash of their content are noted.
    """
    found = Comparison()
    with tempfile.TemporaryDirectory() as place:
        fresh = Path(place)
        collect(fresh / static.name, fresh / lists.name)
        for served in (static, lists):
            _compare(served, fresh / served.name, found)
    return found


def collect(static: Path, lists: Path) -> None:
    """Collect static files somewhere, as `seatrobot static` does where they are served."""
    command = Command()
    command.storage = StaticFiles(static, lists)
    call_command(command, interactive=False, verbosity=0)


def _compare(served: Path, fresh: Path, found: Comparison) -> None:
    ours, wanted = _digests(served), _digests(fresh)
    found.compared += len(ours)
    for name in sorted(ours.keys() | wanted.keys()):
        if ours.get(name) == wanted.get(name):
            continue
        what = "is not of this build" if name in ours else "is gone"
        found.wrong.append(f"{served.name}/{name} {what}: run `seatrobot static`")


def _digests(place: Path) -> dict[str, str]:
    return {
        str(file.relative_to(place)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in place.rglob("*")
        if file.is_file()
    }
