"""How long stores of backups lack what was written, as an examination waits for it."""

from uuid import UUID

import pytest

from seatrobot.backups.source import SEGMENT, segment_name
from seatrobot.practices.checks import recovery

DAY = UUID("01a22c74-e09a-723a-aecc-ad03290e4ac3")
WRITTEN = 3 * SEGMENT + 500


@pytest.fixture
def shipped(tmp_path, settings, monkeypatch):
    """Return a function that gives each of two stores the log through a position."""
    places = [tmp_path / "one", tmp_path / "two"]
    monkeypatch.setattr(recovery, "CATCHES_UP", 0.1)
    settings.BACKUP_STORES = [f"directory:{each}" for each in places]

    def through(*positions: int) -> None:
        for place, position in zip(places, positions, strict=True):
            file = place / "log" / str(DAY) / f"{segment_name(1, position)}.00000000"
            file.parent.mkdir(mode=0o700, parents=True)
            file.with_name(f"{file.name}-{position % SEGMENT:08x}").touch()

    return through


def test_stores_that_have_what_was_written_lack_nothing(shipped):
    shipped(WRITTEN, WRITTEN + 100)
    assert recovery._behind(WRITTEN) < recovery.LATEST_LOG


def test_one_store_that_lacks_it_is_found_beside_one_that_has_it(shipped):
    shipped(WRITTEN, WRITTEN - 1)
    assert recovery._behind(WRITTEN) > recovery.LATEST_LOG


def test_a_store_that_cannot_be_used_lacks_it(shipped, tmp_path):
    shipped(WRITTEN, WRITTEN)
    (tmp_path / "two").rename(tmp_path / "three")
    assert recovery._behind(WRITTEN) > recovery.LATEST_LOG
