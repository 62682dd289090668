"""The policy says of what algorithm keys are; an operator's file chooses among what there is."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from importlib.resources import files

import pytest

from seatrobot.kernel.vault import keyring as keyrings
from seatrobot.kernel.vault import policy as policies
from seatrobot.kernel.vault.errors import PolicyRefused
from seatrobot.kernel.vault.keyring import Keyring
from seatrobot.kernel.vault.policy import SEALING, policy

PACKAGE = tomllib.loads(files(policies.__package__).joinpath("policy.toml").read_text())


@pytest.fixture
def override():
    """Write an operator's file: `override('[purposes.sealing]…')`."""
    file = policies.path()
    file.parent.mkdir(mode=0o700, exist_ok=True)
    yield file.write_text
    file.unlink(missing_ok=True)


def test_the_package_has_a_policy_for_every_purpose_of_a_keyring():
    keys = Keyring.new().describe()
    assert {key.purpose for key in keys} == {*SEALING, "indexing"}
    for key in keys:
        assert key.algorithm == policy().purposes[key.purpose].algorithm
        assert key.is_primary
        assert key.is_enabled


def test_an_operator_chooses_another_algorithm(override):
    override('[purposes.sealing]\nalgorithm = "XCHACHA20_POLY1305"\nrotate_after_days = 90\n')
    made = {key.purpose: key.algorithm for key in Keyring.new().describe()}
    assert made["sealing"] == "XCHACHA20_POLY1305"
    assert made["special"] == "AES256_GCM"
    begun = datetime(2027, 1, 20, tzinfo=UTC)
    assert policy().purposes["sealing"].due(begun).date() == date(2027, 4, 20)


def test_a_changed_file_counts_at_once(override):
    override('[purposes.sealing]\nalgorithm = "AES256_GCM_SIV"\n')
    assert policy().purposes["sealing"].algorithm == "AES256_GCM_SIV"
    override('[purposes.sealing]\nalgorithm = "XCHACHA20_POLY1305"\nkeep_days = 3\n')
    assert policy().purposes["sealing"].algorithm == "XCHACHA20_POLY1305"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[purposes.sealing]\nalgorithm = "ROT13"', "ROT13, which is no algorithm"),
        ('[purposes.sealing]\nalgorithm = "ED25519"', "makes no keys of ED25519"),
        ("[purposes.sealing]\nrotate_after_days = 0", "after how many days"),
        ("[purposes.sealing]\nkeep_days = -1", "below zero"),
        ("[purposes.seal]\nkeep_days = 1", r"no \[purposes.seal\]"),
        ("[purpose]\nkeep_days = 1", r"no \[purpose\]"),
        ("purposes = 3", r"no \[purposes\]"),
        ("[purposes.sealing]\nrotate_after_day = 3", "rotate_after_day"),
        ('[purposes.sealing]\nrotate_after_days = "x"', "rotate_after_days"),
        ("[algorithms.ROT13]\nbits = 1", r"no \[algorithms.ROT13\]"),
        ("[purposes.sealing]\nrotate_after_days = 366", "365 days at most"),
        ("[purposes.log]\nkeep_days = 31", "30 days at most"),
        ("[purposes.passwords]\nmemory_kib = 8", "KiB and"),
        ('[purposes.indexing]\nalso = ["HMAC_SHA1"]', "may not use HMAC_SHA1"),
        ("[algorithms.ED25519]\nuntil = 2999-01-01", "until 2035-12-31, no longer"),
        ("[algorithms.HMAC_SHA1]\nbits = 256", "another strength"),
        ("[purposes.sealing", "cannot be read"),
        ("#" * 200_000, "is larger than"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_made(text, why, override):
    override(text)
    with pytest.raises(PolicyRefused, match=why):
        Keyring.new()


def test_an_algorithm_is_over_after_its_last_day():
    over = {"algorithms": {"AES256_GCM": {"until": date(2026, 1, 31)}}}
    made = policies.read(PACKAGE, over)
    assert made.problem("sealing", "AES256_GCM", date(2026, 1, 31)) == ""
    assert "until 2026-01-31" in made.problem("sealing", "AES256_GCM", date(2026, 2, 1))
    assert "not in the policy" in made.problem("indexing", "AES256_GCM", date(2026, 1, 1))


def test_every_algorithm_that_seals_can_be_made_and_is_called_by_its_name():
    for name in keyrings.TEMPLATES.keys() - {"HMAC_SHA256"}:
        [key] = [
            each
            for each in Keyring.new().rotated({"sealing": name}).describe()
            if each.purpose == "sealing" and each.is_primary
        ]
        assert key.algorithm == name


def test_each_purpose_that_does_not_rotate_says_why():
    for name, purpose in policy().purposes.items():
        if name in {"indexing", "root", "journal", "evidence", "openpgp", "secret"}:
            assert purpose.why, name
