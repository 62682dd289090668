"""A build of the program in which attributes can be replaced while the web server runs.

Python imports its `sitecustomize` at each start, so a process can be started with another value
of what is only read then.
"""

from __future__ import annotations

import json
from pathlib import Path

SEEDED, SETTINGS = "seeded", "seeded_settings"
"""The further application, and the settings that have it."""
# A thread waits for a new `fault.json`, applies it, and writes its number into a file named after
# its process, where a confined worker may write.
FILES = {
    "sitecustomize.py": """
from pathlib import Path
START = Path(__file__).with_name("start.txt")
if START.exists():
    from pkgutil import resolve_name
    name, expression = START.read_text().split("\\n")
    place, _, attribute = name.rpartition(".")
    setattr(resolve_name(place), attribute, eval(expression))
""",
    "seeded_settings.py": """
from seatrobot.settings import *
INSTALLED_APPS = [*INSTALLED_APPS, "seeded"]
""",
    "seeded/__init__.py": "",
    "seeded/apps.py": """
import json, os, sys, tempfile, threading, time
from pathlib import Path
from unittest import mock
from django.apps import AppConfig

HERE = Path(__file__).parent

def follow():
    number, patch = 0, None
    while True:
        wanted = json.loads((HERE / "fault.json").read_text())
        if wanted["number"] != number:
            if patch:
                patch.stop()
            patch = start(wanted["name"], wanted["expression"]) if wanted["name"] else None
            number = wanted["number"]
            sys.modules["seatrobot.runtime.serving"]._loaded_due.last = 0.0
            Path(tempfile.gettempdir(), f"{os.getpid()}.done").write_text(str(number))
        time.sleep(0.05)

def start(name, expression):
    if name == "route":
        return Routed(expression)
    place = name.rpartition(".")[0]
    while place not in sys.modules:
        place = place.rpartition(".")[0]
    patch = mock.patch(name, eval(expression, vars(sys.modules[place])))
    patch.start()
    return patch

class Routed:
    # An address that is added to those of the running process; `stop` takes it away.
    def __init__(self, text):
        from django.http import HttpResponse
        from django.urls import get_resolver, path
        place, view = text.split(" ", 1)
        self.all = get_resolver().url_patterns
        known = {"__name__": "seeded", "HttpResponse": HttpResponse}
        self.all.insert(0, path(place, eval(view, known)))

    def stop(self):
        del self.all[0]

class SeededConfig(AppConfig):
    name = "seeded"

    def ready(self):
        if "seatrobot.runtime.serving" in sys.modules:
            threading.Thread(target=follow, daemon=True).start()
""",
}


class Build:
    """Settings with a further application; its thread applies `want` in every worker."""

    def __init__(self, place: Path, scratch: Path) -> None:
        self.place = place
        self.scratch = scratch
        for name, text in FILES.items():
            file = place / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.number = 0
        self.wanted = ("", "")
        self._write("", "")

    def want(self, name: str, expression: str) -> None:
        """Ask for another value of `module.attribute`; without a name, for the one of before."""
        self.number += 1
        self.wanted = (name, expression)
        self._write(name, expression)

    def has_done(self, worker: int) -> bool:
        """Return whether a worker, by its process, has done what was asked last."""
        file = self.scratch / f"{worker}.done"
        return file.exists() and file.read_text() == str(self.number)

    def want_at_start(self, name: str, expression: str) -> None:
        """Have processes that start from now on begin with another value; without a name, not."""
        file = self.place / "start.txt"
        if name:
            file.write_text(f"{name}\n{expression}")
        else:
            file.unlink()

    def _write(self, name: str, expression: str) -> None:
        wanted = {"number": self.number, "name": name, "expression": expression}
        draft = self.place / "seeded" / "draft.json"
        draft.write_text(json.dumps(wanted))
        draft.rename(self.place / "seeded" / "fault.json")
