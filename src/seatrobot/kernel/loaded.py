"""Which code a process has loaded: a hash of each module as it stands in memory, not on the disk.

A function that was replaced while the process runs, a module that was read from other files, a
receiver that was taken from a signal and a middleware that was left out all give another hash. An
examination calculates the same in its own process, which begins anew from the installed files, and
compares. What counts: the code of functions, of the methods of classes, and of what decorators put
around them; constants in capitals; receivers of signals; all settings but those of one process; the
handlers of the log. What does not: where code stands in its file, and values that change while a
process runs. Besides, a process says where it has code from that no package brings.

A process that somebody has taken over may say what it likes. Two that were changed alike agree;
`hosts.installed` compares the files that both began from.
"""

from __future__ import annotations

import hashlib
import logging
import os
import site
import sys
import sysconfig
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property, partial, partialmethod
from importlib import import_module
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import msgspec
from django.conf import settings
from django.dispatch import Signal

import seatrobot
from seatrobot.kernel.build import build_name
from seatrobot.kernel.routes import Route, routes

PACKAGE = "seatrobot"
BENEATH = (
    *("django.contrib.auth", "django.contrib.sessions", "django.middleware", "django.core.signing"),
    *("django.core.handlers", "django.http", "django.shortcuts", "django.urls", "django.views"),
    *("django.dispatch", "django.utils.crypto", "django.utils.decorators", "tink"),
    *("django.utils.html", "django.utils.safestring", "django.template", "msgspec"),
    *("secrets", "hmac", "hashlib", "argon2"),
)
"""Modules of others that decide who gets in and what is sealed."""
SETTING = "setting "
HANDLERS = "log handlers"
OWN_SETTINGS = {
    *("CONFIG", "DATABASES", "SECRET_KEY", "SECRET_KEY_FALLBACKS", "EMAIL_HOST_PASSWORD"),
    *("VAULT_KEYSTORE", "VAULT_ROOT_KEY", "JOURNAL_KEY", "EVIDENCE_KEY", "EVIDENCE_PUBLIC"),
    *("ML_DSA_KEY", "EXAMINER_URL"),
}
"""Settings that are secret, or that differ between the processes of one instance."""
PRELOADING = ("LD_PRELOAD", "LD_AUDIT")
"""Variables that put other code in front of every library of a process."""
permitted: list[str] = []
"""Places that code may come from besides: what Python itself links to, and where faults are."""
UNCOUNTED = {f"{PACKAGE}.settings", f"{PACKAGE}.web.wsgi"}
"""The first has paths and secrets of its process, the second nothing but the start of one."""
CODE = (FunctionType, BuiltinFunctionType, MethodType, type, Signal)
SUFFIX = ".loaded"
"""What the name of its report has behind that of the part."""
EVERY_SECONDS = 300
DIGITS = 16
PAUSE_SECONDS = 0.001
"""Between two modules, so that whoever is served does not wait for all of them."""


class Loaded(msgspec.Struct, forbid_unknown_fields=True):
    """What a process says of itself. modules: a hash of each. routes: what it answers, if it does.

    elsewhere: places of code that are neither Python's, nor the packages', nor the service's.
    begun: when it began to look, at: when the process above it heard of that; seconds since 1970.
    """

    build: str
    modules: dict[str, str]
    routes: list[Route] = []
    elsewhere: list[str] = []
    begun: float = 0
    at: float = 0


def statement(*, answers: bool) -> Loaded:
    """Return what this process has loaded. answers: whether it serves the site's addresses."""
    begun = time.time()
    names = sorted(filter(_counts, tuple(sys.modules)))  # other threads import meanwhile
    return Loaded(
        build_name(), hashes(names), routes() if answers else [], sorted(elsewhere()), begun
    )


def hashes(names: Iterable[str]) -> dict[str, str]:
    """Return a hash of each of these modules that is loaded, of each setting, and of handlers."""
    found = {}
    codes: dict[CodeType, bytes] = {}
    for name in names:
        module = sys.modules.get(name)
        if isinstance(module, ModuleType):
            found[name] = _hash(_module(module, codes))
            time.sleep(PAUSE_SECONDS)
    found |= {f"{SETTING}{name}": _hash([text]) for name, text in _settings()}
    found[HANDLERS] = _hash(_handlers())
    return found


def read(data: Path, part: str) -> dict[str, Loaded]:
    """Return what each process of a part has said last, by its number."""
    try:
        text = (data / "reports" / f"{part}{SUFFIX}.json").read_bytes()
        return msgspec.json.decode(text, type=dict[str, Loaded])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}


def differing(said: Loaded) -> list[str]:
    """Return the modules that are other here, after those that are not loaded yet were."""
    for name in said.modules:
        if _counts(name) and name not in sys.modules:
            with suppress(Exception):  # then it is other
                import_module(name)
    here = hashes(said.modules)
    other = [name for name, found in said.modules.items() if here.get(name) != found]
    return sorted(other) + [each for each in said.elsewhere if not _is_permitted(each)]


def elsewhere() -> set[str]:
    """Return where this process looks for code, or has it from, that no package brings."""
    installed = _installed()
    sources = Path(seatrobot.__file__).parents[1].resolve()
    paths = [Path(each).resolve() for each in tuple(sys.path)]
    found = {
        f"sys.path: {each}"
        for each in paths
        if each.exists() and each != sources and not _is_below(each, installed)
    }
    own = [*installed, sources / PACKAGE]
    for name, module in tuple(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and not _is_below(Path(file).resolve(), own):
            found.add(f"module {name}: {Path(file).resolve()}")
    return found | {f"{name}: {os.environ[name]}" for name in PRELOADING if os.environ.get(name)}


def _installed() -> list[Path]:
    """Return the directories of Python and of installed packages, with those that they name."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    places = {*map(sysconfig.get_path, names), *site.getsitepackages()}
    found = [Path(each).resolve() for each in places]
    named = []
    for file in [each for place in found for each in place.glob("*.pth")]:
        with suppress(OSError):
            lines = file.read_text(errors="replace").splitlines()
            named += [Path(file.parent, line.strip()) for line in lines if _names_a_place(line)]
    return found + [each.resolve() for each in named if each.is_dir()]


def _names_a_place(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(("#", "import ", "import\t"))


def _is_below(path: Path, places: Iterable[Path]) -> bool:
    return any(path.is_relative_to(each) for each in places)


def _is_permitted(said: str) -> bool:
    path = Path(said.partition(": ")[2])
    return _is_below(path, map(Path, permitted))


def _settings() -> Iterator[tuple[str, str]]:
    for name in sorted(set(dir(settings)) - OWN_SETTINGS):
        if name.isupper():
            yield name, _setting(getattr(settings, name))


def _setting(value: object) -> str:
    """Write a setting down in the same way in each process; what is translated by its kind."""
    match value:
        case dict():
            return str(sorted(f"{_setting(a)}: {_setting(b)}" for a, b in value.items()))
        case list() | tuple():
            return str([_setting(each) for each in value])
        case set() | frozenset():
            return str(sorted(map(_setting, value)))
        case None | bool() | int() | float() | str() | bytes() | Path():
            return repr(value)
        case type() | FunctionType():
            return f"{value.__module__}.{value.__qualname__}"
    return type(value).__qualname__


def _handlers() -> Iterator[str]:
    """Write down who handles what is logged, and what forms and filters it."""
    for each in tuple(logging.getLogger().handlers):
        kinds = (each, each.formatter, *each.filters)
        yield " ".join(f"{type(kind).__module__}.{type(kind).__qualname__}" for kind in kinds)


def _counts(name: str) -> bool:
    if name in UNCOUNTED or name.endswith("_pb2"):  # generated messages fill in as they are used
        return False
    return any(name == each or name.startswith(f"{each}.") for each in (PACKAGE, *BENEATH))


def _hash(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode(errors="replace")).hexdigest()[:DIGITS]


def _module(module: ModuleType, codes: dict[CodeType, bytes]) -> Iterator[str]:
    for name, value in sorted(vars(module).items()):
        if not name.startswith("__") and not _changes(name, value, module.__name__):
            seen: set[int] = set()
            for line in _value(value, module.__name__, codes, seen):
                yield f"{name} {line}"


def _changes(name: str, value: Any, module: str) -> bool:
    """Return whether a name may stand for something else as a process runs on.

    A variable of the module may, which holds no code and is in small letters; and a module below
    it, which is there once it was imported.
    """
    if isinstance(value, ModuleType):
        return value.__name__.startswith(f"{module}.")
    has_code = isinstance(value, CODE) or bool(_inside(value))
    return not has_code and not name.isupper()


def _value(value: Any, module: str, codes: dict[CodeType, bytes], seen: set[int]) -> Iterator[str]:
    """Write down what a name stands for; what is of no interest only by its kind."""
    if isinstance(value, FunctionType | type):  # constants that are equal may be one object or two
        if id(value) in seen:
            return
        seen.add(id(value))
    if isinstance(value, FunctionType):
        yield from _function(value, module, codes, seen)
        return
    yield _line(value, module)
    if not isinstance(value, type):
        for each in _inside(value):
            yield from _value(each, module, codes, seen)
    elif value.__module__ == module:
        for name, each in sorted(vars(value).items()):
            if name.startswith("__") and not isinstance(each, FunctionType):
                continue  # some are filled in as the class is used
            for line in _value(each, module, codes, seen):
                yield f"{name} {line}"


def _line(value: Any, module: str) -> str:
    is_ours = module.startswith(PACKAGE)
    match value:
        case type() | BuiltinFunctionType():
            return f"{value.__module__}.{value.__qualname__}"
        case ModuleType():
            return f"module {value.__name__}"
        case Signal() if is_ours:  # those of libraries depend on what else was imported
            return f"signal {sorted(_receivers(value))}"
        case dict() if (
            is_ours and type(value) is dict and _is_plain((*value, *value.values()))
        ):  # a dict of its own kind may learn as it is used
            return str(
                sorted(f"{_text(name)}: {_text(each)}" for name, each in tuple(value.items()))
            )
        case _ if is_ours and _is_plain(value):
            return _text(value)
    return type(value).__qualname__


def _inside(value: Any) -> Iterable[Any]:
    """Return the functions behind a descriptor, or behind what a decorator made of one."""
    match value:
        case staticmethod() | classmethod() | MethodType():
            return (value.__func__,)
        case property():
            return (value.fget, value.fset, value.fdel)
        case cached_property() | partial() | partialmethod():
            return (value.func,)
    held = getattr(value, "__dict__", {})
    found = (held.get("__wrapped__"), held.get("func"))
    return [each for each in found if isinstance(each, FunctionType)]


def _function(
    function: FunctionType, module: str, codes: dict[CodeType, bytes], seen: set[int]
) -> Iterator[str]:
    yield f"{function.__module__}.{function.__qualname__} {_code(function.__code__, codes).hex()}"
    if function.__module__ != module and not function.__closure__:
        return
    for default in (function.__defaults__ or ()) + tuple((function.__kwdefaults__ or {}).values()):
        yield f"default {_text(default) if _is_plain(default) else type(default).__qualname__}"
    for cell in function.__closure__ or ():
        try:
            inside = cell.cell_contents
        except ValueError:  # empty
            continue
        if isinstance(inside, FunctionType | type | staticmethod | classmethod | partial):
            yield from _value(inside, module, codes, seen)


def _code(code: CodeType, codes: dict[CodeType, bytes]) -> bytes:
    """Return the hash of a compiled function with all that stand in it, wherever it stands."""
    if (known := codes.get(code)) is not None:
        return known
    whole = hashlib.sha256(code.co_code)
    facts = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_flags)
    whole.update(repr((facts, code.co_argcount, code.co_kwonlyargcount)).encode())
    whole.update(code.co_exceptiontable)
    for each in code.co_consts:
        whole.update(_code(each, codes) if isinstance(each, CodeType) else _text(each).encode())
    codes[code] = whole.digest()
    return codes[code]


def _receivers(signal: Signal) -> Iterator[str]:
    for each in tuple(signal.receivers):
        receiver = each[1]
        function = receiver() if hasattr(receiver, "__callback__") else receiver
        function = getattr(function, "__func__", function)
        yield f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"


def _is_plain(value: object) -> bool:
    if isinstance(value, tuple | frozenset):
        return all(map(_is_plain, value))
    return value is None or type(value) in {bool, int, float, complex, str, bytes, type(...)}


def _text(value: object) -> str:
    """Write a constant down, a set of them in an order that is the same in every process."""
    if isinstance(value, frozenset):
        return f"frozenset({sorted(map(_text, value))})"
    if isinstance(value, tuple):
        return f"({', '.join(map(_text, value))})"
    return repr(value)
