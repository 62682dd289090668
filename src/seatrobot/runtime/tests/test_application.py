"""What a process does before anything else, and what it takes as Python's own."""

from __future__ import annotations

import sysconfig

from seatrobot.runtime import application


def test_what_python_only_links_to_is_pythons_own(tmp_path, monkeypatch):
    """Debian keeps `sitecustomize` of its Python elsewhere; a file that is there is no link."""
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(tmp_path / "lib"))
    (tmp_path / "lib").mkdir()
    assert application.linked_by_python() == []
    kept = tmp_path / "etc.py"
    kept.write_text("")
    own = tmp_path / "lib" / "sitecustomize.py"
    own.symlink_to(kept)
    assert application.linked_by_python() == [str(kept.resolve())]
    own.unlink()
    own.write_text("")
    assert application.linked_by_python() == []
