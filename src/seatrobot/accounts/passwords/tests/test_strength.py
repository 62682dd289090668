"""Common passwords and what is made of them are refused; a few unrelated words are not."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seatrobot.accounts import services
from seatrobot.accounts.passwords.strength import PersonalData, _common, is_easy

ALICE = PersonalData(("Alice Liddell", "alice.liddell@wonderland.example", "Foundation for Tea"))


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password Password",
        "P@ssw0rdP@ssw0rd",
        "password1234567",
        "passwordqwertyuiop",
        "123456789012345",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "qwertyuiopasdfghjkl",
        "1qaz2wsx3edc4rfv5tgb",
        "iloveyou19840312",
        "monkey!!!dragon!!!",
        "seatrobotseatrobot",
        "Seatrobot-2026-2026",
        "".join(chr(ord(letter) + 0xFEE0) for letter in "passwordpassword"),  # full width
    ],
)
def test_a_common_password_stays_common_however_it_is_lengthened(password):
    assert is_easy(password)


@pytest.mark.parametrize(
    "password",
    [
        "alice.liddell@wonderland.example",
        "AliceLiddell1865",
        "wonderland-alice-1",
        "FoundationForTea!",
        "liddellliddell12",
    ],
)
def test_a_persons_own_words_make_no_password(password):
    assert is_easy(password, ALICE.texts)
    with pytest.raises(services.BadPassword, match="your own data"):
        services.check_strength(password, ALICE, field="password")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "the cat sat upon my accordion",
        "kX9#vQ2mL7$pR4wZ",
        "4815162342108647382910",
        "надёжный пароль из слов",
        "😀 four words and a face",
        "v" * 3 + "rm tkhq zylb wdxf",
    ],
)
def test_what_nobody_tries_early_is_taken(password):
    services.check_strength(password, ALICE, field="password")


def test_every_listed_password_long_enough_is_refused():
    long = [password for password in _common() if len(password) >= 15]
    assert len(long) > 40
    assert all(is_easy(password) for password in long)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text):
    assert is_easy(text) in {True, False}


@settings(deadline=None)
@given(st.sampled_from(sorted(_common())), st.integers(2, 5))
@example('"1,00001e+14"', 5)  # longer than what is cut into parts
def test_repeating_a_common_password_makes_no_good_one(word, times):
    assert is_easy(word * times)
