"""A process says which code it has loaded, so that another can tell whether it is the same."""

from __future__ import annotations

import logging
import secrets
import subprocess
import sys
from importlib import import_module
from types import ModuleType

import pytest
from django.conf import settings
from django.dispatch import Signal
from django.utils import html

from seatrobot import normalizing
from seatrobot.accounts.sign_in_log import recording
from seatrobot.guests.importing import likeness, values
from seatrobot.guests.records import GuestRecord
from seatrobot.kernel import loaded
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.organizations import members
from seatrobot.organizations import pages as guards
from seatrobot.organizations.members import Member
from seatrobot.web import middleware

NAMES = [
    each.__name__
    for each in (
        recording,
        journal,
        members,
        guards,
        middleware,
        secrets,
        html,
        sys.modules[SealedField.__module__],
    )
]
CODE = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "seatrobot.settings"
import django; django.setup()
from importlib import import_module
from seatrobot.kernel import loaded
names = sys.argv[1:]
for name in names: import_module(name)
print(json.dumps(loaded.hashes(names)))
"""


@pytest.fixture
def before() -> loaded.Loaded:
    return loaded.Loaded("", loaded.hashes(NAMES))


def replaced(place, name, value):
    def seed(monkeypatch):
        monkeypatch.setattr(place, name, value)

    return seed


@pytest.mark.parametrize(
    ("seed", "module"),
    [
        (replaced(journal, "write", lambda _access: None), journal.__name__),
        (replaced(members, "load", lambda *_: None), members.__name__),
        (replaced(Member, "may", lambda *_: True), members.__name__),
        (replaced(SealedField, "seal_record", lambda *_: b""), SealedField.__module__),
        (replaced(middleware, "HEADERS", {}), middleware.__name__),
        (replaced(recording.sign_in_logged, "receivers", []), recording.__name__),
        (replaced(settings, "SESSION_COOKIE_HTTPONLY", False), "setting SESSION_COOKIE_HTTPONLY"),
        (
            replaced(settings, "CSRF_TRUSTED_ORIGINS", ["https://evil.test"]),
            "setting CSRF_TRUSTED_ORIGINS",
        ),
        (
            replaced(settings, "INSTALLED_APPS", [*settings.INSTALLED_APPS, "x"]),
            "setting INSTALLED_APPS",
        ),
        (replaced(logging.root, "handlers", [logging.StreamHandler()]), loaded.HANDLERS),
        (replaced(secrets, "compare_digest", lambda *_: True), secrets.__name__),
        (replaced(secrets, "token_bytes", bytes), secrets.__name__),
        (replaced(html, "escape", str), html.__name__),
        (replaced(guards, "demand", lambda *_: ()), guards.__name__),
    ],
)
def test_what_is_replaced_in_memory_is_noticed(before, monkeypatch, seed, module):
    assert loaded.differing(before) == []
    seed(monkeypatch)
    assert loaded.differing(before) == [module]


def test_another_process_has_the_same_hashes(before):
    """Sets of words and addresses in memory are in another order there.

    Without the two modules in which the tests themselves replace something.
    """
    names = [each for each in NAMES if each not in {journal.__name__, SealedField.__module__}]
    run = subprocess.run(
        [sys.executable, "-c", CODE, *names], capture_output=True, text=True, check=True
    )
    found = loaded.msgspec.json.decode(run.stdout.splitlines()[-1], type=dict[str, str])
    own = {name: found[name] for name in names}
    assert own == {name: before.modules[name] for name in names}


def module_of(source: str) -> ModuleType:
    module = ModuleType("seatrobot.made_up")
    exec(source, vars(module))
    return module


@pytest.mark.parametrize(
    "other",
    [
        "def f(a): return a + 2",
        "def f(b): return b + 1",
        "def f(a, b=1): return a + 1",
        "f = lambda a: a + 1",
        "def f(a): return {'x', 'y'} and a + 1",
    ],
)
def test_another_function_has_another_hash(other):
    def hashed(source):
        return list(loaded._module(module_of(source), {}))

    one = "def f(a): return a + 1"
    assert hashed(one) == hashed(f"# moved\n\n{one}")
    assert hashed(one) != hashed(other)


def test_what_changes_as_a_process_runs_does_not_count():
    def hashed(source):
        return list(loaded._module(module_of(source), {}))

    assert hashed("_last = 1") == hashed("_last = 2")
    assert hashed("_timer = None") == hashed("_timer = object()")
    assert hashed("_timer = None") != hashed("def _timer(): pass")
    assert hashed("LIMIT = 1") != hashed("LIMIT = 2")


def test_a_receiver_of_a_signal_is_named():
    signal = Signal()
    signal.connect(recording.record_sign_in, weak=False)
    assert list(loaded._receivers(signal)) == [
        "seatrobot.accounts.sign_in_log.recording.record_sign_in"
    ]


def test_a_report_that_nobody_understands_is_none(tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "web.loaded.json").write_text("{")
    assert loaded.read(tmp_path, "web") == {}
    assert loaded.read(tmp_path, "jobs") == {}


def test_what_other_threads_import_meanwhile_does_not_end_a_statement(monkeypatch):
    counts = loaded._counts

    def importing(name: str) -> bool:
        if counts(name):
            monkeypatch.setitem(sys.modules, f"late.{name}", ModuleType("late"))
        return counts(name)

    monkeypatch.setattr(loaded, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(loaded, "_counts", importing)
    assert NAMES[0] in loaded.statement(answers=False).modules


def test_texts_that_were_never_seen_before_do_not_count():
    names = [normalizing.__name__, values.__name__, likeness.__name__]
    before = loaded.hashes(names)
    letters = "".join(map(chr, range(0x20, 0x3000)))
    for function in (normalizing.fold, normalizing.words, normalizing.clean_text):
        function(letters)
    normalizing.search_text(letters.split())
    values.guess_reply("\u0141ucja")
    one, other = GuestRecord(last_name="\u0141ucja"), GuestRecord(last_name="\u018fliyeva")
    likeness.are_alike(one, other)
    assert loaded.hashes(names) == before


def test_code_from_outside_the_packages_is_named(tmp_path, monkeypatch):
    """A directory on the path, a module from it, and a library put in front of all others."""
    known = loaded.elsewhere()
    (tmp_path / "put_in.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    import_module("put_in")
    monkeypatch.setenv("LD_PRELOAD", "/evil.so")
    found = loaded.elsewhere() - known
    assert found == {
        f"sys.path: {tmp_path}",
        f"module put_in: {tmp_path / 'put_in.py'}",
        "LD_PRELOAD: /evil.so",
    }
    said = loaded.Loaded("", {}, elsewhere=sorted(found))
    assert loaded.differing(said) == sorted(found)
    monkeypatch.setattr(loaded, "permitted", [str(tmp_path)])
    assert loaded.differing(said) == ["LD_PRELOAD: /evil.so"]


def test_a_process_of_an_instance_has_nothing_from_elsewhere():
    code = "from seatrobot.kernel import loaded; print(sorted(loaded.elsewhere()))"
    command = [sys.executable, "-P", "-c", code]
    assert subprocess.check_output(command, text=True) == "[]\n"
