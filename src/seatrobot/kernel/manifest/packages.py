"""The installed packages, compared with the hashes that came with them.

Each wheel brings a list of its files (RECORD, with SHA-256). What Python has compiled and would run
in place of a source is compared with that source. Not seen: a file that was changed together with
that list; what runs already; a package that is installed as a checkout of its source, of which the
list names next to nothing.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import marshal
import os
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackagePath, distributions
from pathlib import Path

import seatrobot

OF_THE_INSTALLER = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
CODE = {".py", ".pyc", ".so", ".pth"}
"""Files that Python runs or loads by itself, where they lie beside the sources."""
HEADER = 16
"""Bytes of a compiled file before its code (PEP 552): magic number, flags, then time and size."""


@dataclass(slots=True)
class Comparison:
    """compared: files that were looked at. wrong: sentences on those that differ."""

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
    code = list(_code(places))
    found.wrong += [f"{path} belongs to no package" for path in code if path not in known]
    found.wrong += [
        f"{path} is compiled from something else"
        for path in {*code, *_code([_own()])}
        if path.endswith(".py") and not _is_compiled_from(path)
    ]
    return found


def _is_compiled_from(path: str) -> bool:
    """Return whether what Python would run for a source file is what that file says."""
    try:
        source = Path(path).read_bytes()
        compiled = Path(importlib.util.cache_from_source(path)).read_bytes()
        state = os.stat(path)  # noqa: PTH116  ten thousand of them
    except OSError:
        return True  # nothing is compiled; a source that is gone is told of above
    flags = int.from_bytes(compiled[4:8], "little")
    time_and_size = (int(state.st_mtime) & 0xFFFFFFFF, state.st_size & 0xFFFFFFFF)
    noted = (compiled[8:12], compiled[12:HEADER])
    is_used = flags or noted == tuple(each.to_bytes(4, "little") for each in time_and_size)
    if compiled[:4] != importlib.util.MAGIC_NUMBER or not is_used:
        return True  # Python would compile it anew
    try:
        code = compile(source, path, "exec", dont_inherit=True)
        return bool(marshal.loads(compiled[HEADER:]) == code)  # noqa: S302  loaded, never run
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
