"""The installed packages, compared with the hashes that came with them.

Each wheel brings a list of its files (RECORD, with SHA-256). What Python has compiled and loads in
place of a source is compared with the source, compiled anew: every module that this process has
loaded, and some of the others by chance. Not seen: a file that was changed together with that list;
what runs already; a package that is installed as a checkout of its source, of which the list names
next to nothing.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import marshal
import os
import secrets
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackagePath, distributions
from pathlib import Path

OF_THE_INSTALLER = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
CODE = {".py", ".pyc", ".so", ".pth"}
"""Files that Python runs or loads by itself."""
COMPILED_BY_CHANCE = 100
HEADER = 16
"""Bytes of a compiled file before its code: magic number, flags, and of which source it is."""
BY_HASH = 1


@dataclass(slots=True)
class Comparison:
    """compared: files whose hash was calculated. wrong: sentences on those that differ."""

    compared: int = 0
    wrong: list[str] = field(default_factory=list)


def compare() -> Comparison:
    """Compare every installed file with its hash, and look for code that no package brought."""
    found, known, places = Comparison(), set(), _places()
    for each in distributions(path=[str(place) for place in places]):
        for file in each.files or []:
            path = os.path.normpath(str(each.locate_file(file)))
            known.add(path)
            if (
                file.hash is None
                or Path(path).suffix == ".pyc"
                or _is_generated(file, path, places)
            ):
                continue
            found.compared += 1
            if wrong := _differs(path, file.hash.mode, file.hash.value):
                found.wrong.append(f"{_name(each)}: {file} {wrong}")
    found.wrong += [f"{path} belongs to no package" for path in _code(places) if path not in known]
    return found


def compiled(package: Path) -> Comparison:
    """Compare compiled files with their sources: of installed packages, and of `package`."""
    found = Comparison()
    files = [file for place in [*_places(), package] for file in _cached(place)]
    loaded = {str(getattr(each, "__cached__", "")) for each in list(sys.modules.values())}
    others = [file for file in files if file not in loaded]
    secrets.SystemRandom().shuffle(others)
    for file in [each for each in files if each in loaded] + others[:COMPILED_BY_CHANCE]:
        found.compared += 1
        if _runs_other_code(file):
            found.wrong.append(f"{file} is not what its source compiles to")
    return found


def is_checkout(package: str) -> bool:
    """Return whether a package runs from its source, not from files that a wheel brought."""
    return not any(
        str(file).startswith(f"{package}/")
        for each in distributions(name=package)
        for file in each.files or []
    )


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


def _cached(place: Path) -> Iterator[str]:
    """Give every compiled file that this Python may load in place of a source."""
    ending = f".{sys.implementation.cache_tag}.pyc"
    for directory, _folders, names in os.walk(place):
        if directory.endswith("__pycache__"):
            yield from (f"{directory}/{name}" for name in names if name.endswith(ending))


def _runs_other_code(file: str) -> bool:
    """Whether Python would load a compiled file that is not of its source."""
    try:
        source = Path(importlib.util.source_from_cache(file))
        compiled_, text, state = Path(file).read_bytes(), source.read_bytes(), source.stat()
    except OSError:
        return False  # without its source it is never loaded
    if compiled_[:4] != importlib.util.MAGIC_NUMBER:
        return False
    flags = int.from_bytes(compiled_[4:8], "little")
    of_source = (int(state.st_mtime) & 0xFFFFFFFF, state.st_size & 0xFFFFFFFF)
    noted = (int.from_bytes(compiled_[8:12], "little"), int.from_bytes(compiled_[12:16], "little"))
    if not flags & BY_HASH and noted != of_source:
        return False  # of an older source, it is not loaded either
    try:
        return bool(
            marshal.loads(compiled_[HEADER:])  # noqa: S302  what Python itself would load
            != compile(text, str(source), "exec", dont_inherit=True)
        )
    except (ValueError, EOFError, TypeError, SyntaxError):
        return True


def _name(distribution: Distribution) -> str:
    return str(distribution.metadata["Name"])
