"""Installed files are as their packages brought them, and code of no package is found."""

from __future__ import annotations

import base64
import hashlib
import os
import py_compile
import sys
from contextlib import contextmanager
from types import SimpleNamespace

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


def test_what_agreed_is_remembered_and_compared_again_when_it_changes(place, tmp_path_factory):
    memory = tmp_path_factory.mktemp("examiner") / "compiled"
    more = place / "library/more.py"
    py_compile.compile(str(more), doraise=True)
    assert packages.compare(memory).wrong == []
    assert len(memory.read_bytes()) == packages.DIGEST
    with unequal():
        assert packages.compare(memory).wrong == [], "it is not compiled again"
        assert len(packages.compare().wrong) == 1
    compile_as(more, b"B = 3\n")
    assert packages.compare(memory).wrong == [f"{more} is compiled from something else"]
    assert memory.read_bytes() == b"", "what no longer agrees is forgotten"


@contextmanager
def unequal():
    """Nothing that is compiled here agrees."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packages, "_is_compiled_from", lambda *_: False)
        yield


def install(place, name, *lines, files=()):
    """Install another package, with lines of its metadata and files that all hold the same."""
    notes = place / f"{name}-1.0.dist-info"
    notes.mkdir()
    (notes / "METADATA").write_text("\n".join([f"Name: {name}", "Version: 1.0", *lines, ""]))
    for file in files:
        (place / file).parent.mkdir(exist_ok=True)
        (place / file).write_bytes(b"C = 4\n")
    listed = [f"{file},sha256={record(b'C = 4' + bytes([10]))},6" for file in files]
    (notes / "RECORD").write_text("\n".join([*listed, f"{notes.name}/RECORD,,", ""]))


NEEDED = {
    "by the service": ["Requires-Dist: Tool_of.somebody >=1; python_version > '3'"],
    "by what the service needs": ["Requires-Dist: between"],
    "by an extra that is asked for": ["Requires-Dist: library[more]"],
}


@pytest.mark.parametrize("how", NEEDED)
def test_what_the_service_needs_is_compared(how, place):
    install(place, "seatrobot", *NEEDED[how])
    install(place, "between", "Requires-Dist: tool-of-somebody; extra == 'x'")
    install(place, "tool_of_somebody", files=["tool/__init__.py"])
    notes = place / "library-1.0.dist-info/METADATA"
    notes.write_text(f"{notes.read_text()}Requires-Dist: tool-of-somebody; extra == 'more'\n")
    if how == "by what the service needs":
        (place / "between-1.0.dist-info/METADATA").write_text(
            "Name: between\nVersion: 1.0\nRequires-Dist: tool-of-somebody\n"
        )
    (place / "tool/__init__.py").write_bytes(b"C = 5\n")
    (wrong,) = packages.compare().wrong
    assert "is not what was installed" in wrong


def test_what_is_beside_the_service_is_compared_where_it_is_run(place, monkeypatch):
    install(place, "seatrobot", "Requires-Dist: tool; extra == 'dev'")
    install(place, "tool", files=["tool/__init__.py", "tool/more.py"])
    (place / "tool/more.py").write_bytes(b"C = 5\n")
    assert packages.compare().wrong == []
    loaded = SimpleNamespace(__file__=str(place / "tool/__init__.py"))
    monkeypatch.setitem(sys.modules, "tool", loaded)
    assert len(packages.compare().wrong) == 1
    monkeypatch.delitem(sys.modules, "tool")
    notes = place / "tool-1.0.dist-info/RECORD"
    notes.write_text(f"{notes.read_text()}tool.pth,,\n")
    assert len(packages.compare().wrong) == 1


def test_a_library_is_no_checkout():
    assert not packages.is_checkout("msgspec")
    assert packages.is_checkout("no such package")
