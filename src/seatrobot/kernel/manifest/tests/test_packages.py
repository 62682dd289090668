"""Installed files are as their packages brought them, and code of no package is found."""

from __future__ import annotations

import base64
import hashlib
import os
import py_compile

import pytest

from seatrobot.kernel.manifest import packages


def record(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def compile_as(file, code):
    """Compile other code of the same size and time in place of a file."""
    state, content = file.stat(), file.read_bytes()
    file.write_bytes(code.ljust(state.st_size)[: state.st_size])
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    py_compile.compile(str(file), doraise=True)
    file.write_bytes(content)
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))


def compile_own_as(code):
    file = packages._own() / "services.py"
    file.write_bytes(b"B = 2\n")
    compile_as(file, code)


@pytest.fixture
def place(tmp_path, tmp_path_factory, monkeypatch):
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
    own = tmp_path_factory.mktemp("own")
    monkeypatch.setattr(packages, "_own", lambda: own)
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
        (lambda p: (p / "library/evil.pyc").touch(), "belongs to no package"),
        (lambda p: compile_as(p / "library/more.py", b"B = 3\n"), "compiled from something else"),
        (lambda p: compile_as(p / "library/more.py", b"B = 2.0"), "compiled from something else"),
        (lambda _place: compile_own_as(b"B = 3\n"), "something else"),
    ],
)
def test_what_differs_is_found(fault, sentence, place):
    fault(place)
    found = packages.compare()
    assert len(found.wrong) == 1
    assert sentence in found.wrong[0]


def test_what_python_compiled_is_no_code_of_its_own(place):
    compiled = py_compile.compile(str(place / "library" / "more.py"), doraise=True)
    assert packages.compare().wrong == []
    os.utime(place / "library" / "more.py", (1, 1))
    with open(compiled, "ab") as file:  # noqa: PTH123  what Python compiles anew is no concern
        file.write(b"anything")
    assert packages.compare().wrong == []


def test_a_library_is_no_checkout():
    assert not packages.is_checkout("msgspec")
    assert packages.is_checkout("no such package")
