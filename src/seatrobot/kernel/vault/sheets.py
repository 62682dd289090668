"""Keys on paper: a secret of 32 bytes as sheets of words, of which some bring it back.

The words are SLIP-39 (Shamir's secret sharing; each sheet ends in a checksum of its own). Fewer
sheets than are needed tell nothing of the secret.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

import shamir_mnemonic
from shamir_mnemonic import wordlist

WORDS = 33
"""On each sheet of a secret of 32 bytes."""
MOST_SHEETS = 16
KNOWN_BY = 4
"""The first letters of a word, which no other word begins with."""


class SheetsRefused(Exception):
    """Words do not bring a secret back; the text says in a sentence what is wrong with them."""


_WORDS: frozenset[str] = frozenset(wordlist.WORDLIST)
_BY_BEGINNING: dict[str, str] = {word[:KNOWN_BY]: word for word in wordlist.WORDLIST}


def make(secret: bytes, *, need: int, of: int) -> list[str]:
    """Return the words of each sheet; any `need` of them bring the secret back."""
    if not 1 <= need <= of <= MOST_SHEETS or (need == 1 and of > 1):
        raise SheetsRefused(
            f"of up to {MOST_SHEETS} sheets at least two, and at most all, can be needed;"
            " or there is one alone"
        )
    groups = shamir_mnemonic.generate_mnemonics(
        1, [(need, of)], secret, passphrase=b"", iteration_exponent=0, extendable=True
    )
    return list(groups[0])


def read(text: str) -> list[str]:
    """Return the words of each sheet in what somebody typed or scanned.

    Case, line breaks, numbers and punctuation do not matter, and four letters of a word are
    enough. Raises SheetsRefused, naming the word that is none.
    """
    words = [
        _word(typed, number)
        for number, typed in enumerate(re.findall(r"[a-z]+", text.casefold()), start=1)
    ]
    if not words or len(words) % WORDS:
        raise SheetsRefused(
            f"each sheet has {WORDS} words, and these are {len(words)}: a word is missing or there"
            " is one too many"
        )
    return [" ".join(words[at : at + WORDS]) for at in range(0, len(words), WORDS)]


def combine(sheets: Sequence[str]) -> bytes:
    """Return the secret; raise SheetsRefused where these sheets do not make one."""
    for number, sheet in enumerate(sheets, start=1):
        try:
            share = shamir_mnemonic.Share.from_mnemonic(sheet)
        except shamir_mnemonic.MnemonicError as error:
            raise SheetsRefused(
                f"sheet {number} of those typed is not right: one of its words is another one on"
                " the paper"
            ) from error
        if share.member_threshold > len(sheets):
            raise SheetsRefused(
                f"{share.member_threshold} different sheets are needed, and"
                f" {len(sheets)} {'was' if len(sheets) == 1 else 'were'} typed"
            )
    if len(set(sheets)) != len(sheets):
        raise SheetsRefused("the same sheet was typed twice")
    try:
        needed = shamir_mnemonic.Share.from_mnemonic(sheets[0]).member_threshold
        return bytes(shamir_mnemonic.combine_mnemonics(sheets[:needed], passphrase=b""))
    except shamir_mnemonic.MnemonicError as error:
        raise SheetsRefused("the sheets are not all of one key, or not of one printing") from error


def _word(typed: str, number: int) -> str:
    if typed in _WORDS:
        return typed
    if len(typed) == KNOWN_BY and typed in _BY_BEGINNING:
        return _BY_BEGINNING[typed]
    near = difflib.get_close_matches(typed, wordlist.WORDLIST, 1)
    meant = f"; is it {near[0]!r}?" if near else ""
    sheet, word = divmod(number - 1, WORDS)
    raise SheetsRefused(f"word {word + 1} of sheet {sheet + 1}, {typed!r}, is on no sheet{meant}")
