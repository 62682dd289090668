"""Evidence names the build that was examined: another file is another build."""

from importlib.metadata import version

from seatrobot.kernel.build import build_name, digest


def test_a_build_is_named_by_version_and_content():
    assert build_name().startswith(f"{version('seatrobot')}+")
    assert len(build_name().partition("+")[2]) == 16


def test_a_changed_renamed_or_added_file_is_another_build(tmp_path):
    file = tmp_path / "views.py"
    file.write_text("a")
    seen = {digest(tmp_path)}
    file.write_text("b")
    seen.add(digest(tmp_path))
    file.rename(tmp_path / "forms.py")
    seen.add(digest(tmp_path))
    (tmp_path / "new.html").write_text("")
    seen.add(digest(tmp_path))
    assert len(seen) == 4


def test_bytecode_changes_nothing(tmp_path):
    (tmp_path / "views.py").write_text("a")
    before = digest(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/views.pyc").write_bytes(b"1")
    assert digest(tmp_path) == before
