"""No sentence changes without somebody who looked at its check, and no past is rewritten.

When this fails: read check and sentence together, then `seatrobot promises review ID --why "..."`.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest

from seatrobot import cli
from seatrobot.kernel.clock import now
from seatrobot.kernel.promises import declaring, status
from seatrobot.kernel.promises.declaring import PROMISES, Measurement
from seatrobot.kernel.promises.models import Examination
from seatrobot.kernel.promises.status import State, StoredEvidence, status_of
from seatrobot.practices import wording

TODAY = dt.date(2099, 1, 1)
NAME = "retention.backups"


@pytest.fixture
def entries():
    return wording.load()


def wrong(entries):
    return wording.wrong(entries, PROMISES.values())


def test_every_sentence_is_as_it_was_reviewed_together_with_its_check(entries):
    assert wrong(entries) == []


def test_the_file_is_as_the_command_writes_it(entries, tmp_path):
    wording.save(entries, tmp_path / "again.toml")
    assert (tmp_path / "again.toml").read_text() == wording.FILE.read_text()


def test_a_sentence_that_nobody_reviewed_is_seen(entries, monkeypatch):
    monkeypatch.setitem(PROMISES, NAME, replace(PROMISES[NAME], sentence="We are perfect."))
    assert wrong(entries) == [f"{NAME} reads otherwise than in its newest entry."]


def test_a_sentence_that_nobody_reviewed_is_not_kept_however_it_is_measured(tmp_path, monkeypatch):
    read = replace(PROMISES[NAME], examine=lambda: Measurement({}), measures=[])
    reworded = replace(read, sentence="Backups are kept 14 days, certified by TÜV.")
    assert NAME not in wording.unread([read])
    assert wording.unread([reworded]) == {NAME}
    assert wording.unread([read], tmp_path / "gone.toml") == {NAME}
    check = reworded.check_hash()
    found = Examination("1", NAME, now().isoformat(), 0.1, "", check, "", within=True)
    stored = StoredEvidence(found)
    assert status_of(reworded, stored, now()).state == State.KEPT
    monkeypatch.setattr(status, "UNREAD", wording.unread([reworded]))
    now_ = status_of(reworded, stored, now())
    assert (now_.state, now_.reason) == (
        State.UNPROVEN,
        "Its wording has changed since somebody read it.",
    )


def test_every_process_compares_the_wordings_once_at_its_start(entries):
    assert wording.unread(PROMISES.values()) == declaring.UNREAD


def test_a_wording_is_replaced_and_the_one_before_it_stays_in_the_changelog(entries, monkeypatch):
    before = PROMISES[NAME]
    entries = wording.reword(entries, [NAME])
    monkeypatch.setitem(PROMISES, NAME, replace(before, sentence="We are perfect."))
    with pytest.raises(wording.WordingError, match="say why"):
        wording.review(entries, [NAME], why="", today=TODAY)
    reviewed = wording.review(entries, [NAME], why="We are.", today=TODAY)
    assert wrong(reviewed) == []
    assert len(reviewed) == len(entries) + 1
    assert [e.text for e in reviewed if e.id == NAME] == [str(before.sentence), ""]
    assert reviewed[-1].sentence == PROMISES[NAME].sentence_hash()
    older = next(entry for entry in reviewed if entry.id == NAME)
    older.text = ""
    assert "has lost its text" in wrong(reviewed)[0]


def test_a_wording_that_is_nowhere_any_more_is_not_replaced(entries, monkeypatch):
    monkeypatch.setitem(PROMISES, NAME, replace(PROMISES[NAME], sentence="We are perfect."))
    with pytest.raises(wording.WordingError, match=r"reword retention\.backups"):
        wording.review(entries, [NAME], why="We are.", today=TODAY)
    with pytest.raises(wording.WordingError, match="changed already"):
        wording.reword(entries, [NAME])


def test_the_present_sentence_stands_once(entries):
    """In the changelog stand only those that were replaced or withdrawn."""
    newest = {entry.id: entry for entry in entries}
    assert [name for name in PROMISES if newest[name].text] == []
    shown = {entry.id: entry.text for entry in reversed(wording.changelog())}
    assert shown == {name: str(row.sentence) for name, row in PROMISES.items()}


def test_a_check_that_nobody_reviewed_is_seen(entries, monkeypatch):
    weaker = replace(PROMISES[NAME], fresh_for=dt.timedelta(days=99))
    monkeypatch.setitem(PROMISES, NAME, weaker)
    assert "decided otherwise" in wrong(entries)[0]
    reviewed = wording.review(entries, [NAME], why="Not used.", today=TODAY)
    assert wrong(reviewed) == []
    assert len(reviewed) == len(entries)
    assert [e.id for e in reviewed if e.reviewed == TODAY] == [NAME]


def test_a_promise_without_an_entry_and_an_entry_without_a_promise_are_seen(entries, monkeypatch):
    entries = wording.reword(entries, [NAME])
    new = replace(PROMISES[NAME], id="doors.closed")
    monkeypatch.delitem(PROMISES, NAME)
    monkeypatch.setitem(PROMISES, new.id, new)
    assert wrong(entries) == ["doors.closed has no entry.", f"{NAME} is gone without an entry."]
    reviewed = wording.review(
        entries, wording.to_review(entries), why="Doors matter more.", today=TODAY
    )
    assert wrong(reviewed) == []
    assert (reviewed[-1].id, reviewed[-1].sentence) == (NAME, "")


@pytest.mark.parametrize("place", [0, 7, -2])
def test_an_entry_that_was_taken_out_or_moved_is_seen(entries, place):
    assert wrong([entry for entry in entries if entry is not entries[place]]) != []
    moved = [*entries]
    moved[place], moved[place - 1] = moved[place - 1], moved[place]
    assert wrong(moved) != []


def test_the_newest_entry_cannot_be_taken_out(entries):
    assert wrong(entries[:-1]) != []


@pytest.mark.parametrize(
    "change", [{"why": "x"}, {"date": dt.date(2000, 1, 1)}, {"text": "x"}, {"sentence": "x"}]
)
def test_an_entry_that_was_altered_is_seen(entries, change):
    for name, value in change.items():
        setattr(entries[3], name, value)
    assert wrong(entries) != []


def test_the_command_reviews_all_and_changes_nothing_twice(monkeypatch, capsys, tmp_path):
    file = tmp_path / "wording.toml"
    monkeypatch.setattr(wording.save, "__defaults__", (file,))
    assert cli.main(["promises", "review", "--all", "--why", "Nothing changed."]) == 0
    assert "0 changed" in capsys.readouterr().out
    assert file.read_text() == wording.FILE.read_text()


def test_the_command_knows_its_promises(capsys):
    assert cli.main(["promises", "review", "no.such", "--why", "x"]) == 2
    assert cli.main(["promises", "review", "--why", "x"]) == 2
    assert "There is no promise no.such" in capsys.readouterr().err


def test_what_must_be_none_is_said_without_a_second_negation():
    """The page says "0 values stored in clear", never "0 values that are not sealed"."""
    negations = re.compile(r"\b(no|not|nor|none|never|nobody|nothing|without)\b")
    measures = [(row.id, each) for row in PROMISES.values() for each in row.measures]
    assert len(measures) > 100
    twice = [
        f"{name}: {each.label}"
        for name, each in measures
        if each.most == 0 and negations.search(str(each.label))
    ]
    assert not twice
