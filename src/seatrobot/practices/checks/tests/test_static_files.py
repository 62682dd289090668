"""What pages load is what this build makes, however its name and its list say so."""

from __future__ import annotations

from seatrobot.practices.checks import static_files


def test_what_is_served_is_compared_with_what_is_made_anew(tmp_path):
    static, lists = tmp_path / "static", tmp_path / "static-lists"
    found = static_files.compare(static, lists)
    assert found.compared == 0
    assert len(found.wrong) > 50, "nothing was collected yet"
    static_files.collect(static, lists)
    found = static_files.compare(static, lists)
    assert found.compared > 50
    assert found.wrong == []
    script = next((static / "vendor").glob("htmx.*.js"))
    script.write_bytes(script.read_bytes() + b"/* more */")
    (static / "vendor" / "more.js").touch()
    next(static.glob("**/*.css")).unlink()
    (lists / "staticfiles.json").write_text("{}")
    wrong = static_files.compare(static, lists).wrong
    ends = sorted(each.partition(": ")[0].rpartition(" is ")[2] for each in wrong)
    assert ends == ["gone", *["not of this build"] * 3]
