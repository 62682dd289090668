"""The root key comes back from its sheets where organizations are locked, too."""

from __future__ import annotations

import argparse
import io

import pytest

from seatrobot.kernel.ids import new_id
from seatrobot.kernel.vault import own, rotating, sheets
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.rootkey import key_values, keyset, reference_of
from seatrobot.kernel.vault.tests.conftest import place  # noqa: F401  a fixture
from seatrobot.runtime import key_commands


@pytest.fixture
def file(place, monkeypatch, settings):  # noqa: F811  a fixture
    """The root key of an instance with an organization that is locked, and one that is not."""
    monkeypatch.setenv("SEATROBOT_DATA", str(place))
    return settings.VAULT_ROOT_KEY


@pytest.fixture
def locked(file):
    """An organization, and the words that unlock it."""
    name = new_id()
    vault.create_keyring(name)
    vault.create_keyring(new_id())
    sheet = own.adopt(name)
    own.prove(name, sheet.words)
    own.lock(name)
    return name, sheet.words


@pytest.fixture
def said(monkeypatch):
    """The sentences that a command has printed."""
    sentences = []
    monkeypatch.setattr(key_commands, "say", sentences.append)
    monkeypatch.setattr(key_commands, "complain", sentences.append)
    return sentences


@pytest.fixture
def recover(monkeypatch, said):
    def run(value):
        said.clear()
        words = "\n".join(sheets.make(value, need=1, of=1))
        monkeypatch.setattr("sys.stdin", io.StringIO(words))
        return key_commands.run_recover(argparse.Namespace()), "\n".join(said)

    return run


def test_a_root_key_comes_back_where_an_organization_is_locked(file, locked, recover):
    (value,) = key_values(file.read_bytes())
    file.unlink()
    code, said = recover(value)
    assert code == 0, said
    assert "It opens 1 of 2 keyrings" in said
    assert "1 more are locked" in said
    assert key_values(file.read_bytes()) == [value]


def test_an_old_root_key_comes_back_beside_the_new_one(file, locked, recover):
    name, words = locked
    (old,) = key_values(file.read_bytes())
    done = rotating.rotate()
    assert (done.keyrings, done.locked) == (1, 1)
    new, kept = key_values(file.read_bytes())
    assert kept == old
    rotating.write(file, keyset([new]))  # as from the new sheets alone

    code, said = recover(bytes(32))
    assert code == 1
    assert "Nothing has been changed" in said
    assert key_values(file.read_bytes()) == [new]
    code, said = recover(old)
    assert code == 0, said
    assert f"{reference_of(old)} is added to {file}" in said
    assert key_values(file.read_bytes()) == [new, old]
    assert recover(old)[0] == 0
    own.unlock(name, words)
    assert vault.has_keyring(name)
    assert vault.root_key().unwrap(vault.key_store().get(name), name.bytes)


@pytest.mark.django_db(transaction=True)
def test_a_rotation_says_that_old_sheets_are_needed_while_one_is_locked(locked, said):
    assert key_commands.run_rotate(argparse.Namespace()) == 0
    assert any("Keep the sheets of before" in each for each in said)
