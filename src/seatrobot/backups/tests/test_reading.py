"""The log in a store: pieces and whole files, in their order, and where something is missing."""

from __future__ import annotations

import io

import pytest

from seatrobot.backups import keys
from seatrobot.backups.packing import packed
from seatrobot.backups.reading import LogMissing, fetch, log_object, wal
from seatrobot.backups.source import SEGMENT, lsn, segment_name, segment_start, shown
from seatrobot.kernel.ids import new_id

FILE = "000000010000000000000003"


@pytest.fixture
def day():
    name = new_id()
    keys.make(name)
    return name


def ship(store, day, name, content):
    full = f"log/{day}/{name}"
    store.put(full, io.BytesIO(packed(content, keys.load(day), full)))


def test_positions_and_names_belong_together():
    assert shown(lsn("1/A0")) == "1/A0"
    assert segment_start(FILE) == lsn("0/3000000")
    assert segment_name(1, lsn("0/3000028")) == FILE
    assert segment_name(2, lsn("1/FF000000")) == "0000000200000001000000FF"


def test_pieces_are_put_together_and_filled_up(places, day):
    store, _ = places
    ship(store, day, f"{FILE}.00000000-00000004", b"abcd")
    ship(store, day, f"{FILE}.00000004-00000006", b"ef")
    ship(store, day, f"{FILE}.00000002-00000008", b"cdefgh")  # after a restart
    (file,) = wal(store)
    assert file.through == lsn("0/3000008")
    assert fetch(store, file) == b"abcdefgh".ljust(SEGMENT, b"\0")


def test_a_whole_file_counts_before_pieces(places, day):
    store, _ = places
    ship(store, day, f"{FILE}.00000000-00000004", b"abcd")
    ship(store, day, FILE, b"w" * SEGMENT)
    (file,) = wal(store)
    assert (file.through, fetch(store, file)) == (lsn("0/4000000"), b"w" * SEGMENT)


def test_a_gap_ends_what_is_there(places, day):
    store, _ = places
    ship(store, day, f"{FILE}.00000000-00000004", b"abcd")
    ship(store, day, f"{FILE}.00000006-00000008", b"gh")
    (file,) = wal(store)
    assert file.through == lsn("0/3000004")
    store.delete(f"log/{day}/{FILE}.00000000-00000004")
    (file,) = wal(store)
    assert file.through == file.start
    with pytest.raises(LogMissing):
        fetch(store, file)


def test_files_before_a_position_are_left_out(places, day):
    store, _ = places
    for number in (2, 3, 4):
        ship(store, day, segment_name(1, number * SEGMENT), b"x" * SEGMENT)
    assert [each.name[-1] for each in wal(store, 3 * SEGMENT + 5)] == ["3", "4"]


@pytest.mark.parametrize(
    "name",
    ["log/x/file", f"log/{new_id()}/{FILE}.00000004-00000002", f"log/{new_id()}/{FILE}.partial"],
    ids=["no day", "backwards", "partial"],
)
def test_other_names_are_none_of_the_log(name):
    assert log_object(name) is None
