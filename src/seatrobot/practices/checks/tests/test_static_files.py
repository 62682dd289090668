"""Whatever is changed in the scripts and styles of the pages is found, on disk and as answered."""

from __future__ import annotations

import gzip
import re

import pytest

from seatrobot.practices.checks import static_files


def script(place):
    return next(place.rglob("vendor/htmx.*.js"))


def change(place):
    file = script(place)
    file.write_bytes(file.read_bytes() + b";alert(1)")


def change_packed(place):
    file = script(place)
    file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(b"alert(1)"))


def take_away(place):
    script(place).unlink()


def add(place):
    (place / "more.js").write_text("alert(1)")


def name_another(place):
    file = place.parent / "static-lists" / "staticfiles.json"
    file.write_text(re.sub(r"htmx\.\w+\.js", "more.js", file.read_text()))


def test_files_of_the_package_are_all_right(static_site):
    found = static_files.compare()
    assert found.compared > 50
    assert found.wrong == []


@pytest.mark.parametrize(
    ("fault", "count"),
    [(change, 3), (change_packed, 1), (take_away, 3), (add, 1), (name_another, 1)],
)
def test_a_change_is_found(static_site, fault, count):
    """A changed file is found where it is kept, and twice as the web answers it."""
    fault(static_site)
    assert len(static_files.compare().wrong) == count


def test_a_server_that_answers_another_script_is_found(static_site, monkeypatch, settings):
    """Kept as it was, but answered from elsewhere."""
    elsewhere = static_site.parent / "elsewhere"
    static_site.rename(elsewhere)
    static_site.mkdir()
    settings.STATIC_ROOT = elsewhere
    assert all("web server" in sentence for sentence in static_files.compare().wrong)
    assert static_files.compare().wrong
