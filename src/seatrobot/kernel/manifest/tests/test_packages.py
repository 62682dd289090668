"""Installed files are as their packages brought them, and code of no package is found."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import marshal
import struct
from pathlib import Path

import pytest

from seatrobot.kernel.manifest import packages


def record(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A directory with one installed package of two files."""
    library, notes = tmp_path / "library", tmp_path / "library-1.0.dist-info"
    library.mkdir()
    notes.mkdir()
    (notes / "METADATA").write_text("Metadata-Version: 2.1\nName: library\nVersion: 1.0\n")
    (library / "__init__.py").write_bytes(b"A = 1\n")
    (library / "more.py").write_bytes(b"B = 2\n")
    (notes / "RECORD").write_text(
        f"library/__init__.py,sha256={record(b'A = 1' + bytes([10]))},6\n"
        f"library/more.py,sha256={record(b'B = 2' + bytes([10]))},6\n"
        "library-1.0.dist-info/METADATA,,\nlibrary-1.0.dist-info/RECORD,,\n"
    )
    monkeypatch.setattr(packages, "_places", lambda: [tmp_path])
    return tmp_path


def test_what_was_installed_is_as_it_was(place):
    found = packages.compare()
    assert (found.compared, found.wrong) == (2, [])


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (lambda p: (p / "library/more.py").write_bytes(b"B = 3\n"), "is not what was installed"),
        (lambda p: (p / "library/more.py").unlink(), "is gone"),
        (lambda p: (p / "library/evil.py").touch(), "belongs to no package"),
        (lambda p: (p / "evil.pth").touch(), "belongs to no package"),
        (lambda p: (p / "library/more.abi3.so").touch(), "belongs to no package"),
    ],
)
def test_what_differs_is_found(fault, sentence, place):
    fault(place)
    found = packages.compare()
    assert len(found.wrong) == 1
    assert sentence in found.wrong[0]


def compile_as(place, text: str, *, unchecked: bool = False, header: str = "") -> None:
    """Let Python have `more` compiled from another text, for the source that is there."""
    source = place / "library" / "more.py"
    code = marshal.dumps(compile(text, str(source), "exec", dont_inherit=True))
    state = source.stat()
    noted = struct.pack("<LL", int(state.st_mtime), state.st_size)
    flags = struct.pack("<L", 1 if unchecked else 0)
    cached = Path(importlib.util.cache_from_source(str(source)))
    cached.parent.mkdir(exist_ok=True)
    header_ = importlib.util.MAGIC_NUMBER + flags + (b"another!" if header else noted)
    cached.write_bytes(header_ + code)


def test_what_python_compiled_of_its_source_is_no_code_of_no_package(place):
    compile_as(place, "B = 2\n")
    assert packages.compare().wrong == []
    found = packages.compiled(place / "nowhere")
    assert (found.compared, found.wrong) == (1, [])


@pytest.mark.parametrize("unchecked", [False, True])
def test_other_code_in_place_of_a_source_is_found(unchecked, place):
    compile_as(place, "B = 3\n", unchecked=unchecked)
    (wrong,) = packages.compiled(place / "nowhere").wrong
    assert "more.cpython" in wrong
    assert "is not what its source compiles to" in wrong


def test_what_python_would_not_load_is_not_compared(place):
    compile_as(place, "B = 3\n", header="of another source")
    assert packages.compiled(place / "nowhere").wrong == []


def test_compiled_code_without_a_source_belongs_to_no_package(place):
    (place / "evil.pyc").touch()
    assert len(packages.compare().wrong) == 1
