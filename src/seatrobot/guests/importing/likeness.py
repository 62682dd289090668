"""Whether two names that stand beside one address may be of one person who is spelled otherwise.

An address that two guests share is often that of a couple or of an office, and often it is one
person whom two lists call differently: Katherine and Kate Müller, Mohammed Al-Hassan and Muhammad
Alhassan, Ana María García López and Ana Garcia. Names that are not plainly those of two people are
alike, so that somebody is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from seatrobot.guests.importing.names import PARTICLES
from seatrobot.guests.records import GuestRecord
from seatrobot.normalizing import is_near, normalized_name

_SHORT_FORMS = (
    "alexander alexandra sascha sasha sandro sandra xander lex",
    "anthony antonio anton toni tony tonio",
    "christian christopher kit topher stoffel",
    "dolores lola",
    "dorothea dorothy dora thea dolly",
    "edward eduard ted ned teddy",
    "elizabeth elisabeth liz lisa beth betty bettina libby elise ilse sissi",
    "eugene eugen yevgeny gene",
    "francis francisco franz paco pancho curro frank",
    "frederick friedrich fritz rick",
    "gustavo gustav tavo",
    "henry heinrich harry hank heinz",
    "ignacio nacho",
    "jacqueline jackie",
    "james jim jimmy jamie diego santiago iago yago jaime",
    "johann johannes john jack hans hannes ivan ian sean giovanni gianni vanni",
    "john jack johnny",
    "joseph josef jose sepp pepe giuseppe beppe peppe pino peppino bepi",
    "katharina katherine catherine kathrin trina rina",
    "ludwig luis wiggerl",
    "manuel emanuel emmanuel",
    "margaret margarete margarita peggy meg maggie daisy greta gretel rita",
    "mary maria polly molly mitzi",
    "michael michel mischa misha",
    "nikolaus nicholas klaus claus colin kolja nikola",
    "richard dick rick ricardo",
    "robert roberto bob bobby rob rupert",
    "rosario charo",
    "sarah sally sadie",
    "sebastian bastian basti wastl",
    "susanne susanna susan sanne",
    "theodor theodore teo teddy ted fyodor",
    "thomas tom maso",
    "vladimir wladimir wolodymyr vova volodya",
    "walburga burgi",
    "wilhelm william bill billy will willy liam guillermo guglielmo guillaume memo",
)
"""Forms of one first name that begin with different letters, folded."""
_FORMS: dict[str, set[int]] = {}
for _number, _forms in enumerate(_SHORT_FORMS):
    for _form in _forms.split():
        _FORMS.setdefault(_form, set()).add(_number)

_SOUNDS = str.maketrans({"c": "k", "q": "k", "y": "i", "j": "i", "w": "v", "z": "s", "u": "o"})
"""Letters at the beginning of a name for which another alphabet's romanizing writes another."""
_SAME_SOUNDS = (("ph", "f"), ("tsch", "ch"), ("tch", "ch"), ("dsch", "j"), ("dj", "j"), ("ks", "x"))
_SOFT = re.compile(r"[aeiouyhj]+")
_DOUBLED = re.compile(r"(.)\1+")
_LEAST_CONSONANTS = 2
_SHORT = 3
"""Letters of names such as Li and Lee, which have one consonant."""

_Parts = tuple[tuple[str, ...], tuple[str, ...]]
"""The words of a first name, and those of a last name."""


def are_alike(record: GuestRecord, other: GuestRecord) -> bool:
    """Whether two records with names and one address may be of one person.

    So are those whose words are all in the other's; last names that are alike beside first names
    that begin alike or are forms of one; first names with a word in common beside any last name
    (people marry); and what is written in two alphabets, of which nobody can tell.
    """
    mine = _parts_of(record.first_name, record.last_name)
    theirs = _parts_of(other.first_name, other.last_name)
    if _are_alike(mine, theirs):
        return True
    return all((*mine, *theirs)) and _are_alike((mine[1], mine[0]), theirs)


@lru_cache(maxsize=8192)
def _parts_of(first: str, last: str) -> _Parts:
    return tuple(normalized_name(first).split()), tuple(normalized_name(last).split())


def _are_alike(mine: _Parts, theirs: _Parts) -> bool:
    ours, others = [*mine[0], *mine[1]], [*theirs[0], *theirs[1]]
    if "".join(ours).isascii() != "".join(others).isascii():
        return True
    if _is_within(ours, others) or _is_within(others, ours):
        return True
    if any(word in theirs[0] for word in mine[0] if len(word) > 1):
        return True
    if not _are_last_names_alike(mine[1], theirs[1]):
        return False
    return not mine[0] or not theirs[0] or _begin_alike(mine[0], theirs[0])


def _is_within(words: Sequence[str], others: Sequence[str]) -> bool:
    """Whether each word is among the others, as itself, with a typing error or as an initial."""
    return bool(words) and all(
        any(word == other or _are_near(word, other) or _is_initial(word, other) for other in others)
        for word in words
    )


def _is_initial(word: str, other: str) -> bool:
    return len(word) == 1 and other.startswith(word)


def _are_last_names_alike(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether last names are one in another spelling, or one has a name more: García López."""
    if not mine or not theirs:
        return True
    if _are_near("".join(mine), "".join(theirs)):
        return True
    return any(_are_near(word, other) for word in mine if word not in PARTICLES for other in theirs)


def _begin_alike(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether first names begin with the same sound, or have words that are forms of one."""
    if _sound(mine[0])[:1] == _sound(theirs[0])[:1]:
        return True
    return any(
        _FORMS.get(word, set()) & _FORMS.get(other, set()) for word in mine for other in theirs
    )


@lru_cache(maxsize=8192)
def _are_near(word: str, other: str) -> bool:
    """Whether two words are one but for a typing error, or but for vowels and doubled letters."""
    if word == other:
        return True
    if abs(len(word) - len(other)) <= 1 and (is_near(word, other) or is_near(other, word)):
        return True
    is_long = len(_bones(word)) >= _LEAST_CONSONANTS or max(len(word), len(other)) <= _SHORT
    return is_long and _bones(word) == _bones(other)


def _sound(word: str) -> str:
    for written, same in _SAME_SOUNDS:
        word = word.replace(written, same)
    return word[:1].translate(_SOUNDS) + word[1:]


@lru_cache(maxsize=8192)
def _bones(word: str) -> str:
    """Return a word as its consonants: "md" of Mohammed, Muhammad and Mahmud."""
    plain = _sound(word).translate(_SOUNDS)
    return _DOUBLED.sub(r"\1", plain[:1] + _SOFT.sub("", plain[1:]))
