"""The hash of a check changes with the code that decides, wherever it is, and with nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from seatrobot.kernel.promises import fingerprint
from seatrobot.kernel.promises.declaring import Measurement
from seatrobot.kernel.promises.fingerprint import Definition, Sources

CHECK = '''
"""Doors."""

from django.db import connection
from seatrobot.guests import services
from seatrobot.kernel import counting
from seatrobot.kernel.promises.declaring import promise
from seatrobot.practices.helpers import Door, twice

@promise("doors.closed", sentence="Doors are closed.")
def closed():
    """Count doors."""
    services.add(1)
    door: Door = twice(counting.count(connection))
    return door
'''
HELPERS = """
from seatrobot.kernel.limits import MOST, above

class Door:
    width = 1

    def is_open(self):
        return above(self.width)

def twice(number):
    return number * 2

def unrelated():
    return 1
"""
COUNTING = """
from seatrobot.kernel import limits

def count(source):
    return source if limits.above(3) else 0

def also_unrelated():
    return 2
"""
LIMITS = """
MOST = 3
MORE = 4

def above(number):
    return number > MOST
"""
SERVICES = """
from seatrobot.guests.rules import allowed

def add(number):
    return allowed(number)
"""
RULES = "def allowed(number):\n    return number > 0\n"
FILES = {
    "practices/check.py": CHECK,
    "practices/helpers.py": HELPERS,
    "kernel/counting.py": COUNTING,
    "kernel/limits.py": LIMITS,
    "kernel/promises/declaring.py": "def promise(*_a, **_k):\n    return lambda f: f\n",
    "guests/services.py": SERVICES,
    "guests/rules.py": RULES,
}


@pytest.fixture
def check(tmp_path):
    """Return a function that writes the files, some changed, and hashes the check in them."""

    def calculate(name: str = "", old: str = "", new: str = "", **more: str) -> str:
        for file, text in FILES.items():
            path = tmp_path / "seatrobot" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            assert file != name or old in text
            path.write_text(text.replace(old, new) if file == name else text)
        for file, text in more.items():
            (tmp_path / "seatrobot" / file.replace("__", "/")).with_suffix(".py").write_text(text)
        function = SimpleNamespace(__module__="seatrobot.practices.check", __qualname__="closed")
        return Sources(tmp_path).fingerprint([function])

    return calculate


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (
            "practices/check.py",
            "(counting.count(connection))",
            "(\n  counting.count( connection ),)",
        ),
        ("practices/check.py", '"""Count doors."""', '"""Count\n\n    every door.\n    """  # all'),
        ("practices/check.py", '    """Count doors."""\n', ""),
        ("practices/check.py", "Doors are closed.", "All doors are closed."),
        ("practices/check.py", '"""Doors."""\n', "# Doors.\n\nUNUSED = 1\n"),
        ("practices/helpers.py", "def unrelated():\n    return 1", "def renamed():\n    return 9"),
        ("practices/helpers.py", "width = 1\n", 'width = 1\n    """In metres."""\n'),
        ("kernel/counting.py", "def also_unrelated", "def renamed"),
        ("kernel/limits.py", "MORE = 4", "MORE = 5"),
        ("kernel/limits.py", "number > MOST", "(number > MOST)"),
        ("guests/rules.py", "> 0", ">= 0"),
    ],
)
def test_what_decides_nothing_changes_nothing(check, file, old, new):
    assert check() == check(file, old, new)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("practices/check.py", "return door", "return not door"),
        ("practices/check.py", "from django.db import", "from psycopg import"),
        ("practices/helpers.py", "number * 2", "number + 2"),
        ("practices/helpers.py", "width = 1", "width = 2"),
        ("kernel/counting.py", "limits.above(3)", "limits.above(4)"),
        ("kernel/limits.py", "number > MOST", "number >= MOST"),  # two calls away
        ("kernel/limits.py", "MOST = 3", "MOST = 4"),
        ("kernel/limits.py", "MORE = 4", "MOST += 4"),
        ("guests/services.py", "return allowed(number)", "return True"),
    ],
)
def test_what_decides_changes_the_hash_wherever_it_is(check, file, old, new):
    assert check() != check(file, old, new)


def test_moving_a_helper_changes_nothing(check):
    moved = "def above(number):\n    return number > MOST\n"
    before = check()
    assert before == check(
        "kernel/limits.py",
        moved,
        "from seatrobot.kernel.moved import above\n",
        kernel__moved=f"from seatrobot.kernel.limits import MOST\n\n{moved}",
    )


def test_two_helpers_of_one_name_are_not_exchanged_unseen(check):
    text = CHECK.replace("counting.count(connection)", "one.measure() - two.measure()")
    text = text.replace("kernel import counting", "kernel import one, two")
    one, two = "def measure():\n    return 1\n", "def measure():\n    return 2\n"
    before = check("practices/check.py", CHECK, text, kernel__one=one, kernel__two=two)
    assert before != check("practices/check.py", CHECK, text, kernel__one=two, kernel__two=one)


def test_functions_within_others_and_lambdas_have_a_hash_of_their_own():
    def inner() -> Measurement:
        return Measurement({"open": 0})

    one = Sources().fingerprint([inner])
    other = Sources().fingerprint([lambda: Measurement({"open": 1})])
    assert one != other
    found = Sources().definitions(inner)
    assert Definition("seatrobot.kernel.promises.declaring", "Measurement") in found


def test_it_is_the_same_in_every_process():
    text = (
        "from seatrobot.kernel.promises.fingerprint import Sources;"
        "print(Sources().fingerprint([Sources.fingerprint, Sources]))"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", text],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(fingerprint.SOURCES)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(hashes) == 1
