"""What holds for every text and place: round trips, and no change that is not noticed."""

from __future__ import annotations

import json
import unicodedata
from functools import cache

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seatrobot.kernel.vault.errors import SealBroken, VaultError
from seatrobot.kernel.vault.keyring import ROTATED, KeyClass, Keyring
from seatrobot.kernel.vault.looks import SHORTEST, key_of, looks_sealed
from seatrobot.kernel.vault.policy import MADE_HERE

ALGORITHMS = sorted(MADE_HERE)
classes = st.sampled_from([None, *KeyClass])
algorithms = st.sampled_from(ALGORITHMS)
plains = st.binary(max_size=300)
places = st.binary(max_size=80)


@cache
def keyring(algorithm: str, number: int = 0) -> Keyring:
    return Keyring.new().rotated(dict.fromkeys(ROTATED, algorithm))


class Root:
    """A root key that shows what it wraps."""

    def wrap(
        self, plain: bytes, name: bytes, own: object = None, credentials: bytes = b""
    ) -> bytes:
        return name + plain

    def unwrap(self, wrapped: bytes, name: bytes) -> bytes:
        if not wrapped.startswith(name):
            raise VaultError("another name")
        return wrapped.removeprefix(name)


def test_sealed_bytes_are_told_by_their_form():
    """At the limit: of 40 bytes 36 may be printable, of 39 not 36; and the first is a one."""
    assert looks_sealed(b"\1" + b"a" * 36 + b"\x1f" * 4)
    assert not looks_sealed(b"\1" + b"a" * 37 + b"\x1f" * 3)
    assert not looks_sealed(b"\1" + b"a" * 36 + b"\x80" * 3)
    assert not looks_sealed(b"\0" + b"\x80" * 40)
    assert key_of(b"\1\0\0\0\5 and more") == 5
    assert key_of(b"\0\0\0\0\5 and more") is None
    assert key_of(b"\2\0\0\0\5 and more") is None


@given(algorithms, classes, plains, places)
def test_what_is_sealed_opens_at_its_place_alone(algorithm, key_class, plain, place):
    keys = keyring(algorithm)
    sealed = keys.seal(plain, place, key_class)
    assert keys.open(sealed, place, key_class) == plain
    assert keys.seal(plain, place, key_class) != sealed
    assert plain == b"" or len(plain) < 8 or plain not in sealed
    assert keys.knows(sealed, key_class)
    for other in (place + b"\0", b"\0" + place, place[:-1] if place else b"x"):
        with pytest.raises(SealBroken):
            keys.open(sealed, other, key_class)
    for each in (None, *KeyClass):
        if each is not key_class:
            with pytest.raises(SealBroken):
                keys.open(sealed, place, each)


@given(algorithms, plains, places, st.data())
def test_no_change_of_a_bit_and_no_cut_opens(algorithm, plain, place, data):
    keys = keyring(algorithm)
    sealed = keys.seal(plain, place)
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    changed = bytearray(sealed)
    changed[bit // 8] ^= 1 << bit % 8
    cut = data.draw(st.integers(0, len(sealed) - 1))
    for wrong in (bytes(changed), sealed[:cut], sealed + b"\0", sealed[1:]):
        with pytest.raises(SealBroken):
            keys.open(wrong, place)


@given(algorithms, algorithms, classes, plains, places)
def test_older_keys_open_until_they_are_closed(first, second, key_class, plain, place):
    purpose = key_class.value if key_class else "sealing"
    before = keyring(first)
    sealed = before.seal(plain, place, key_class)
    after = before.rotated({purpose: second})
    assert after.open(sealed, place, key_class) == plain
    assert not before.knows(after.seal(plain, place, key_class), key_class)
    old = before.primary(purpose)
    assert key_of(sealed) == old.id
    assert sealed.startswith(old.prefix)
    for closed in (after.retired([old]), after.without([old])):
        with pytest.raises(SealBroken):
            closed.open(sealed, place, key_class)
        again = closed.seal(plain, place, key_class)
        assert closed.open(again, place, key_class) == plain
        assert after.open(again, place, key_class) == plain


@given(algorithms, classes, plains, places)
def test_a_keyring_is_the_same_when_it_was_wrapped(algorithm, key_class, plain, place):
    before = keyring(algorithm)
    wrapped = before.wrap(Root(), b"name")
    again = Keyring.unwrap(wrapped, Root(), b"name")
    assert again.describe() == before.describe()
    assert again.open(before.seal(plain, place, key_class), place, key_class) == plain
    assert again.blind_index("a") == before.blind_index("a")


def test_what_is_wrapped_has_keys_and_dates_and_nothing_else():
    kept = json.loads(keyring("AES256_GCM").wrap(Root(), b"name").removeprefix(b"name"))
    assert kept.keys() == {"keysets", "made"}
    for purpose, keyset in kept["keysets"].items():
        numbers = {str(key["keyId"]) for key in keyset["key"]}
        assert kept["made"][purpose].keys() == numbers


@given(st.text(max_size=60), st.text(max_size=60))
def test_equal_addresses_have_one_index_and_others_another(left, right):
    keys = keyring("AES256_GCM")
    assert len(keys.blind_index(left)) == 16
    assert keys.blind_index(left) == keys.blind_index(f" {left} ")
    assert keys.blind_index(left) == keys.blind_index(left)
    assume(left.strip().casefold() != right.strip().casefold())
    folded = [unicodedata.normalize("NFKC", text).strip().casefold() for text in (left, right)]
    assert (keys.blind_index(left) == keys.blind_index(right)) is (folded[0] == folded[1])


@given(algorithms, st.binary(min_size=1, max_size=300), places)
def test_what_is_sealed_looks_so_and_most_texts_do_not(algorithm, plain, place):
    """A record has a byte at least."""
    assert looks_sealed(keyring(algorithm).seal(plain, place) + b"\x07") is True
    assert looks_sealed(b"\1" + plain.hex().encode() * 9) is False
    assert key_of(b"\2" + plain) is None


@given(st.binary(max_size=4))
def test_too_short_names_no_key(value):
    assert key_of(value) is None
    assert not looks_sealed(value)


def test_where_the_form_of_a_sealed_value_begins():
    """One byte, four of the key, twelve of a nonce, sixteen of a tag, a text and a version."""
    value = bytes([1, *range(128, 162)])
    assert len(value) == SHORTEST == 35
    assert looks_sealed(value)
    assert not looks_sealed(value[:-1])
    assert not looks_sealed(b"\2" + value[1:])
    assert not looks_sealed(None)
    assert key_of(value) == 0x80818283


def test_texts_shine_through_from_nine_tenths_on():
    for printable, told in ((90, True), (91, False)):
        value = b"\1" + b"a" * printable + b"\xff" * (100 - printable)
        assert looks_sealed(value) is told


def test_only_special_data_asks_for_a_class():
    assert KeyClass.SPECIAL.is_restricted
    assert not KeyClass.LOG.is_restricted
