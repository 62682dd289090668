"""The installed packages, compared with the hashes that came with them.

Each wheel brings a list of its files (RECORD, with SHA-256). What Python has compiled and would run
in place of a source is compared with that source. Compared is what the service needs or runs; a
package beside it, as a tool of developers, is looked at when something loads it. Not seen: a file
that was changed together with that list, or with what an examination remembers of it; what runs
already; a package that is installed as a checkout of its source, of which the list names next to
nothing.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import marshal
import os
import re
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackagePath, distributions
from pathlib import Path

import seatrobot
from seatrobot.kernel import keyfiles

_OWN = "seatrobot"
OF_THE_INSTALLER = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
CODE = {".py", ".pyc", ".so", ".pth"}
"""Files that Python runs or loads by itself, where they lie beside the sources."""
BY_ITSELF = (".pth", "/sitecustomize.py", "/usercustomize.py")
"""Ends of files that Python runs at each start."""
DIGEST = 32
HEADER = 16
"""Bytes of a compiled file before its code (PEP 552): magic number, flags, then time and size."""


@dataclass(slots=True)
class Comparison:
    """compared: files that were looked at. wrong: sentences on those that differ."""

    compared: int = 0
    wrong: list[str] = field(default_factory=list)


def compare(memory: Path | None = None) -> Comparison:
    """Compare what the service needs with its hashes, and look for code that no package brought.

    memory: a file that remembers which sources and compiled files were found to agree, so that only
    those that changed since are compiled again.
    """
    found, known, places = Comparison(), set[str](), _places()
    everything = list(distributions(path=[str(place) for place in places]))
    files = {id(each): _files(each) for each in everything}
    needed = _needed(everything, files)
    sources = []
    for each in everything:
        known |= files[id(each)].keys()
        if each not in needed:
            continue
        for path, file in files[id(each)].items():
            if path.endswith(".py"):
                sources.append(path)
            if file.hash is None or path.endswith(".pyc") or _is_generated(file, path, places):
                continue
            found.compared += 1
            if wrong := _differs(path, file.hash.mode, file.hash.value):
                found.wrong.append(f"{_name(each)}: {file} {wrong}")
    found.wrong += [f"{path} belongs to no package" for path in _code(places) if path not in known]
    sources += [path for path in _code([_own()]) if path.endswith(".py")]
    compiled = Compiled(memory)
    found.wrong += [
        f"{path} is compiled from something else"
        for path in dict.fromkeys(sources)
        if not compiled.is_from(path)
    ]
    compiled.keep()
    return found


def _files(distribution: Distribution) -> dict[str, PackagePath]:
    """Return the files that a package brought, by their paths."""
    base = str(distribution.locate_file(""))
    return {os.path.normpath(f"{base}/{file}"): file for file in distribution.files or []}


def _needed(
    everything: list[Distribution], files: dict[int, dict[str, PackagePath]]
) -> list[Distribution]:
    """Return the packages that the service needs, and others whose code its processes run.

    Needed is what its own package requires, what that requires, and so on. Others are run where
    Python runs them at its start, or where this process, which loads what web and jobs load, has
    loaded a module of theirs. Where no package of the service is installed, all are compared.
    """
    by_name = {_normal(_name(each)): each for each in everything}
    if _OWN not in by_name:
        return everything
    needed, todo = set(), [(_OWN, frozenset[str]())]
    seen = set(todo)
    while todo:
        name, extras = todo.pop()
        needed.add(name)
        wanted = set(_required(by_name[name], extras)) - seen
        seen |= wanted
        todo += [each for each in wanted if each[0] in by_name]
    loaded = {getattr(module, "__file__", None) for module in tuple(sys.modules.values())}
    return [
        each
        for name, each in by_name.items()
        if name in needed
        or not loaded.isdisjoint(files[id(each)])
        or any(path.endswith(BY_ITSELF) for path in files[id(each)])
    ]


def _required(each: Distribution, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Give the names, with extras, that a package requires; markers of systems do not count."""
    for text in each.requires or []:
        wanted, _, marker = text.partition(";")
        of_extras = set(re.findall(r"extra\s*==\s*[\"']([^\"']+)", marker))
        found = re.match(r"\s*([\w.-]+)\s*(?:\[([^\]]*)\])?", wanted)
        if found and (not of_extras or of_extras & extras):
            more = (found[2] or "").replace(" ", "").split(",")
            yield _normal(found[1]), frozenset(filter(None, more))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


class Compiled:
    """Compares what Python has compiled with its source, and remembers what agreed.

    What is remembered is a hash of source, compiled file and version of Python, so whatever changes
    is compiled again.
    """

    def __init__(self, memory: Path | None) -> None:
        self.memory = memory
        self.known: set[bytes] = set()
        self.agreed: set[bytes] = set()
        if memory and memory.exists():
            kept = memory.read_bytes()
            self.known = {kept[at : at + DIGEST] for at in range(0, len(kept), DIGEST)}

    def is_from(self, path: str) -> bool:
        """Return whether what Python would run for a source file is what that file says."""
        try:
            with open(path, "rb") as opened:  # noqa: PTH123  ten thousand of them
                source, state = opened.read(), os.fstat(opened.fileno())
            with open(importlib.util.cache_from_source(path), "rb") as opened:  # noqa: PTH123
                compiled = opened.read()
        except OSError:
            return True  # nothing is compiled; a source that is gone is told of above
        flags = int.from_bytes(compiled[4:8], "little")
        time_and_size = (int(state.st_mtime) & 0xFFFFFFFF, state.st_size & 0xFFFFFFFF)
        noted = (compiled[8:12], compiled[12:HEADER])
        is_used = flags or noted == tuple(each.to_bytes(4, "little") for each in time_and_size)
        if compiled[:4] != importlib.util.MAGIC_NUMBER or not is_used:
            return True  # Python would compile it anew
        parts = (sys.version.encode(), source, compiled)
        digest = hashlib.sha256(b"".join(hashlib.sha256(each).digest() for each in parts)).digest()
        if digest in self.known or _is_compiled_from(path, source, compiled[HEADER:]):
            self.agreed.add(digest)
            return True
        return False

    def keep(self) -> None:
        """Remember what agreed, and nothing else."""
        if self.memory and self.agreed != self.known:
            keyfiles.replace(self.memory, b"".join(sorted(self.agreed)))


def _is_compiled_from(path: str, source: bytes, code: bytes) -> bool:
    try:
        fresh = compile(source, path, "exec", dont_inherit=True)
        return bool(marshal.loads(code) == fresh)  # noqa: S302  loaded, never run
    except (ValueError, EOFError, TypeError, SyntaxError):
        return False


def is_checkout(package: str) -> bool:
    """Return whether a package runs from its source, not from files that a wheel brought."""
    return not any(
        str(file).startswith(f"{package}/")
        for each in distributions(name=package)
        for file in each.files or []
    )


def _own() -> Path:
    """Return the directory of the service itself, which may be a checkout of its source."""
    return Path(seatrobot.__file__).parent


def _places() -> list[Path]:
    """Return the directories of installed packages, each once."""
    named = (Path(sysconfig.get_path(name)) for name in ("purelib", "platlib"))
    return [place for place in dict.fromkeys(named) if place.is_dir()]


def _is_generated(file: PackagePath, path: str, places: list[Path]) -> bool:
    """Return whether the installer wrote a file itself: its notes, and scripts elsewhere."""
    return file.name in OF_THE_INSTALLER or not any(Path(path).is_relative_to(p) for p in places)


def _differs(path: str, mode: str, wanted: str) -> str:
    try:
        with open(path, "rb") as opened:  # noqa: PTH123  ten thousand of them
            digest = hashlib.file_digest(opened, mode).digest()
    except FileNotFoundError:
        return "is gone"
    except (OSError, ValueError) as error:
        return f"cannot be compared ({type(error).__name__})"
    is_same = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == wanted.rstrip("=")
    return "" if is_same else "is not what was installed"


def _code(places: list[Path]) -> Iterator[str]:
    """Give every file that Python would run or load."""
    for place in places:
        for directory, folders, names in os.walk(place):
            folders[:] = [name for name in folders if name != "__pycache__"]
            for name in names:
                if os.path.splitext(name)[1] in CODE:  # noqa: PTH122  ten thousand of them
                    yield os.path.join(directory, name)  # noqa: PTH118


def _name(distribution: Distribution) -> str:
    return str(distribution.metadata["Name"])
