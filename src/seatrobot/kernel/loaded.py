"""Which code a process has loaded: a hash of each module as it stands in memory, not on the disk.

A function that was replaced while the process runs, a module that was read from other files, a
receiver that was taken from a signal and a middleware that was left out all give another hash. An
examination calculates the same in its own process, which begins anew from the installed files, and
compares. What counts: the code of functions, of the methods of classes, and of what decorators put
around them; constants in capitals; receivers of signals; the settings named here. What does not:
where code stands in its file, and values that change while a process runs.

A process that somebody has taken over may say what it likes. Two that were changed alike agree;
`hosts.installed` compares the files that both began from.
"""

from __future__ import annotations

import hashlib
import sys
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

from seatrobot.kernel.build import build_name
from seatrobot.kernel.routes import Route, routes

PACKAGE = "seatrobot"
BENEATH = (
    *("django.contrib.auth", "django.contrib.sessions", "django.middleware", "django.core.signing"),
    *("django.core.handlers", "django.http", "django.shortcuts", "django.urls", "django.views"),
    *("django.dispatch", "django.utils.crypto", "django.utils.decorators", "tink"),
)
"""Modules of others that decide who gets in and what is sealed."""
SETTINGS = "settings"
NAMED_SETTINGS = (
    *("MIDDLEWARE", "AUTHENTICATION_BACKENDS", "PASSWORD_HASHERS", "SESSION_ENGINE"),
    *("SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE"),
    *("SESSION_COOKIE_NAME", "SESSION_COOKIE_AGE", "STAFF_COOKIE_NAME", "STAFF_COOKIE_PATH"),
    *("CSRF_COOKIE_SECURE", "CSRF_COOKIE_HTTPONLY", "CSRF_COOKIE_SAMESITE", "CSRF_FAILURE_VIEW"),
    *("X_FRAME_OPTIONS", "SECURE_CONTENT_TYPE_NOSNIFF", "SECURE_HSTS_SECONDS"),
    *("SECURE_CROSS_ORIGIN_OPENER_POLICY", "SECURE_REFERRER_POLICY", "DEBUG", "ROOT_URLCONF"),
    *("SECURE_HSTS_INCLUDE_SUBDOMAINS", "ALLOWED_HOSTS", "TRUSTED_PROXIES"),
)
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

    at: seconds since 1970, as the process above it noted.
    """

    build: str
    modules: dict[str, str]
    routes: list[Route] = []
    at: float = 0


def statement(*, answers: bool) -> Loaded:
    """Return what this process has loaded. answers: whether it serves the site's addresses."""
    names = sorted(filter(_counts, tuple(sys.modules)))  # other threads import meanwhile
    return Loaded(build_name(), hashes(names), routes() if answers else [])


def hashes(names: Iterable[str]) -> dict[str, str]:
    """Return the hash of each of these modules that this process has loaded, and of settings."""
    found = {}
    codes: dict[CodeType, bytes] = {}
    for name in names:
        module = sys.modules.get(name)
        if isinstance(module, ModuleType):
            found[name] = _hash(_module(module, codes))
            time.sleep(PAUSE_SECONDS)
    found[SETTINGS] = _hash(f"{each}={getattr(settings, each, None)!r}" for each in NAMED_SETTINGS)
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
        if name != SETTINGS and _counts(name) and name not in sys.modules:
            with suppress(Exception):  # then it is other
                import_module(name)
    here = hashes(said.modules)
    return sorted(name for name, found in said.modules.items() if here.get(name) != found)


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
