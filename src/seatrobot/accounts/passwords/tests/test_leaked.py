"""The operator's list of leaked passwords, in the forms it comes in and those it must not have."""

from __future__ import annotations

import hashlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrobot.accounts import services
from seatrobot.accounts.passwords import leaked as lists
from seatrobot.accounts.passwords.leaked import is_leaked, unfit
from seatrobot.accounts.passwords.tests.test_strength import ALICE
from seatrobot.runtime.config import Config
from seatrobot.runtime.errors import RefusedError

LEAKED = ["iron maiden killers 1981", "x" * 30, "zebra umbrella lantern", "0" * 15, "ç" * 16]


def digest(word: str) -> str:
    return hashlib.sha1(word.encode()).hexdigest().upper()


HASHES = sorted(map(digest, LEAKED))


@pytest.fixture
def leaked(tmp_path):
    path = tmp_path / "pwned.txt"
    hashes = sorted(hashlib.sha1(word.encode()).hexdigest().upper() for word in LEAKED)
    path.write_text("".join(f"{each}:{number}\r\n" for number, each in enumerate(hashes)))
    return path


def test_each_line_of_the_operators_list_is_found_and_nothing_else(leaked):
    assert all(is_leaked(word, leaked) for word in LEAKED)
    assert not any(is_leaked(f"{word}?", leaked) for word in LEAKED)


@settings(deadline=None)
@given(st.lists(st.text(min_size=1), unique=True, max_size=30), st.text(min_size=1))
def test_looking_up_is_membership(tmp_path_factory, words, other):
    path = tmp_path_factory.mktemp("leaked") / "pwned.txt"
    hashes = sorted(hashlib.sha1(_bytes(word)).hexdigest().upper() for word in words)
    path.write_text("\n".join(f"{each}:1" for each in hashes))
    words = [_bytes(word).decode() for word in words]
    assert all(is_leaked(word, path) for word in words)
    assert is_leaked(_bytes(other).decode(), path) == (_bytes(other).decode() in words)


def _bytes(word: str) -> bytes:
    return word.encode(errors="replace")


def test_a_leaked_password_is_refused_with_a_sentence(leaked, settings):
    settings.LEAKED_PASSWORDS = leaked
    with pytest.raises(services.BadPassword, match="list of leaked ones"):
        services.check_strength(LEAKED[0], ALICE, field="password")
    services.check_strength(f"{LEAKED[2]} but longer", ALICE, field="password")


def test_a_list_that_has_gone_keeps_nobody_from_a_new_password(tmp_path, settings, caplog):
    settings.LEAKED_PASSWORDS = tmp_path / "gone.txt"
    services.check_strength(LEAKED[0], ALICE, field="password")
    assert "cannot be read" in caplog.text
    assert LEAKED[0] not in caplog.text


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("count", ["", ":7"])
@pytest.mark.parametrize("spelled", [str.upper, str.lower])
@pytest.mark.parametrize("last", [True, False], ids=["with a last newline", "without"])
def test_every_form_it_comes_in_is_read(tmp_path, ending, count, spelled, last):
    path = tmp_path / "list.txt"
    text = ending.join(spelled(each) + count for each in HASHES) + (ending if last else "")
    path.write_bytes(text.encode())
    assert unfit(path) == ""
    assert all(is_leaked(word, path) for word in LEAKED)
    assert not is_leaked("something else", path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not made of lines"),
        ("password\n123456\n", "not made of lines"),
        ("\n".join(each[:32] for each in HASHES), "not made of lines"),
        ("\ufeff" + "\n".join(HASHES), "not made of lines"),
        (";".join(HASHES), "not made of lines"),
        ("A" * 5_000_000, "not made of lines"),
        ("\n".join(reversed(HASHES)), "not sorted"),
    ],
)
def test_what_would_never_match_is_refused_at_the_start(tmp_path, monkeypatch, text, sentence):
    path = tmp_path / "list.txt"
    path.write_text(text)
    monkeypatch.setenv("SEATROBOT_LEAKED_PASSWORDS", str(path))
    with pytest.raises(RefusedError, match=sentence):
        Config.from_env()


def test_a_directory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("SEATROBOT_LEAKED_PASSWORDS", str(tmp_path))
    with pytest.raises(RefusedError, match="names no file"):
        Config.from_env()


def test_its_size_costs_a_few_reads(monkeypatch):
    """A hundred thousand lines: seventeen halvings find the line, and then the offset in it."""
    hashes = sorted(digest(str(number)) for number in range(100_000))
    file = io.BytesIO("".join(f"{each}:1\n" for each in hashes).encode())
    read = []
    line_from = lists._line_from
    monkeypatch.setattr(lists, "_line_from", lambda *at: read.append(at) or line_from(*at))
    place = lists._place(file, hashes[77].encode(), len(file.getbuffer()))
    assert line_from(file, place).startswith(hashes[77].encode())
    assert len(read) <= 24
