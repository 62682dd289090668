"""A whole name in one cell: taken apart as far as nothing is lost, or found to be of several."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import dropwhile
from typing import NamedTuple

from seatrobot.normalizing import fold

# Words that are no first names: they are titles also in front of one single word.
SAFE_TITLES = frozenset(
    """
    mr mrs ms mx dr prof professor representative rep senator sen herr frau fraulein mme madame
    mlle mademoiselle monsieur messrs senor senora senorita sra srta signor signora signorina sig
    dott dottssa dhr mevr mevrouw ing dipl-ing dr-ing pan pani fru hon honorable honourable
    rt-hon excellency exc se
    """.split()  # noqa: SIM905 - a list would be sixty lines
)
# Titles before two words or more; some of them are first names, too.
TITLES = SAFE_TITLES | frozenset(
    """
    miss sir dame lord lady rev reverend fr father sr sister brother rabbi imam bishop archbishop
    judge justice ambassador amb president governor gov mayor minister gen general col colonel maj
    major capt captain cdr commander lt sgt don dona mag baron baroness count countess duke duchess
    earl prince princess the rt
    """.split()  # noqa: SIM905 - a list would be sixty lines
)
# What goes on a title: "Dr. med.", "Prof. Dr. h.c. mult.".
_CONTINUED = frozenset(
    """
    hc h-c mult med jur phil rer nat pol oec theol dent vet ing habil em univ emer iur sc tech
    und and et y e
    """.split()  # noqa: SIM905 - a list would be sixty lines
)
SUFFIXES = frozenset(
    """
    jr sr ii iii iv v vi phd md esq esquire mba msc bsc dds jd rn llm llb ma cpa
    kcmg gcmg cmg kbe gbe dbe cbe obe mbe kg kt kcb gcb cb ch om qc kc mp msp mep frs frcp pc dl
    jp bem qpm dso dsc mc mla mlc oc cm cc ao ac am oam ba
    """.split()  # noqa: SIM905 - a list would be sixty lines
)
# Suffixes that are names or initials, too: taken only as they are written as suffixes.
_CAPITAL_SUFFIXES = SUFFIXES - {"jr", "sr", "esq", "esquire", "phd"}
PARTICLES = frozenset(
    """
    van von der den de del della di da do dos das du la le los las ter ten zu zum zur af av bin
    ibn bint al el san santa saint st mac ap o
    """.split()  # noqa: SIM905 - a list would be sixty lines
)
_UNSPLIT = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_TWO = 2


class Name(NamedTuple):
    """The parts of a name; what is not there is empty."""

    title: str = ""
    first_name: str = ""
    last_name: str = ""
    suffix: str = ""

    @property
    def text(self) -> str:
        return " ".join(filter(None, self))


class Several(NamedTuple):
    """People in one cell. held: places for people without a name; is_clear: how to split is known.

    people: the proposal, the first of whom keeps what else the row says.
    """

    people: list[Name]
    held: int = 0
    is_clear: bool = True


def split_name(text: str) -> Name:
    """Split "Rep. Ludwig van Beethoven Jr." or "Beethoven, Ludwig van"; nothing gets lost.

    A single word, and a name in Chinese, Japanese or Korean script (whose order differs), is kept
    whole as the last name. Of two words neither is a title or a suffix unless it can be nothing
    else.
    """
    if _UNSPLIT.search(unicodedata.normalize("NFC", text)):
        return Name(last_name=text)
    if "," in text:
        return _split_at_comma(text)
    words = text.split()
    title = _take_titles(words)
    suffix = _take_suffixes(words)
    start = _start_of_last_name(words)
    return Name(title, " ".join(words[:start]), " ".join(words[start:]), suffix)


def _split_at_comma(text: str) -> Name:
    """Split "Bishop, Sanford Jr." and "Sanford Bishop, Jr."."""
    head, *tail = [part.strip() for part in text.split(",") if part.strip()] or [""]
    if not tail:
        return split_name(head)
    if all(_plain(word) in SUFFIXES for part in tail for word in part.split()):
        return split_name(head)._replace(suffix=", ".join(tail))
    last = head.split()
    title = _take_titles(last) if len(last) > 1 else ""
    given = " ".join(tail).split()
    suffix = _take_suffixes(given, least=1)
    inner = _take_titles(given) if len(given) > 1 else ""
    whole = " ".join(filter(None, (title, inner)))
    return Name(whole, " ".join(given), " ".join(last), suffix)


def is_title(text: str) -> bool:
    """Whether a text is a title and nothing else: "Mr.", "Prof. Dr."."""
    words = text.split()
    return bool(words) and all(
        _plain(word) in TITLES or (place and _plain(word) in _CONTINUED)
        for place, word in enumerate(words)
    )


def titles_of(text: str, count: int) -> list[str]:
    """Return the titles of so many people in one cell: "M. et Mme", "Herr und Frau", "Eheleute".

    One title is the first one's; what is of all of them together is nobody's.
    """
    parts = [part.strip(" ,") for part in _JOINED.split(text) if part.strip(" ,")]
    if len(parts) > 1:
        return parts if len(parts) == count else [""] * count
    return [] if not text else [""] if _OF_ALL.fullmatch(fold(text)) else [text]


_OF_ALL = re.compile(
    r"(?:familie|family|fam\.?|famille|familia|famiglia|rodzina|eheleute|ehepaar|messrs\.?|mm\.?|"
    r"couple|pareja|coppia|panstwo)"
)


def _take_titles(words: list[str]) -> str:
    taken: list[str] = []
    while len(words) > 1 and _begins_with_title(words, taken):
        taken.append(words.pop(0))
    return " ".join(taken)


def _begins_with_title(words: list[str], taken: list[str]) -> bool:
    word = _plain(words[0])
    if word in {"the", "rt"}:
        return len(words) > _TWO and (_plain(words[1]) in TITLES or _plain(words[1]) == "most")
    if word in SAFE_TITLES:
        return True
    if word in TITLES:
        is_dotted = words[0].endswith(".") and len(word) > 1
        return len(words) > _TWO or is_dotted or (bool(taken) and len(words) > 1)
    return bool(taken) and word in _CONTINUED and words[0][-1:] == "." and len(words) > 1


def _take_suffixes(words: list[str], least: int = 2) -> str:
    """Take suffixes from the end of a name that keeps at least so many words."""
    taken: list[str] = []
    while len(words) > least and _is_suffix(words[-1]):
        taken.insert(0, words.pop())
    return " ".join(taken)


def _is_suffix(word: str) -> bool:
    plain = _plain(word)
    if plain not in SUFFIXES:
        return False
    letters = word.replace(".", "").rstrip(",")
    return plain not in _CAPITAL_SUFFIXES or letters.isupper() or "." in word


def _start_of_last_name(words: list[str]) -> int:
    """Return where the last name begins: its last word, and the small words that lead to it."""
    start = max(len(words) - 1, 0)
    while start > 1 and _plain(words[start - 1]) in PARTICLES:
        start -= 1
    return start


def _plain(word: str) -> str:
    return fold(word).replace(".", "").rstrip(",")


_JOINED = re.compile(
    r"\s*(?:[&+;|•]|(?<=\w)\s*/\s*(?=\w)|(?<=\s)(?:(?i:and|und|et|och|sowie|with|mit|avec)|u\.|y|e|"
    r"en|og|ja|i|a|és|és|ve|и|та|й|και|și|oraz|samt|con|com|met|med|plus)(?=\s))\s*"
)
_MAY_JOIN = re.compile(
    r"[&+;/(),|•]|\s\S{1,5}\s|\s[-\u2013\u2014]\s|"
    r"(?i:fam|eheleute|ehepaar|\bthe\b|herr|mr|guest|gast)"
)
_GUEST = re.compile(
    r"(?:(?:one|1|a|einem?|eine[rn]?|un|une|ihre[rn]?|seine[rn]?|his|her|their)\s+)?"
    r"(?:guests?|plus\s*one|\+?\s*1|companion|partner(?:in)?|begleitung|begleitperson|gast|invite|"
    r"invitee?|accompagnant|acompanante|ospite|spouse|wife|husband|gattin|gatte|frau|ehefrau|"
    r"ehemann|mann|familie|family|kids|kinder|kind|children|child|baby|enfants?|hijos?|bambin[io]|"
    r"nurse|carer|caregiver|pfleger(?:in)?|betreuer(?:in)?|assistent(?:in)?|assistenz|assistant|"
    r"aidant|friend|freund(?:in)?|sohn|tochter|mutter|vater|son|daughter|mother|father|[1-9])",
)
_FAMILY = re.compile(
    r"(?:the\s+)?(?:familie|family|fam\.?|famille|familia|famiglia|rodzina|eheleute|ehepaar)\s+\S.*"
    r"|\S.*\s(?:family|familie)|the\s+\S+s",
)
_COUNTED = re.compile(
    r"(.+?)\s*[(+]\s*\+?\s*([1-9])\s*"
    r"(?:x|p|pers\.?|person(?:s|en|nes|as|e)?|people|guests?|g\u00e4ste?|pax)?\s*\)?\s*",
    re.IGNORECASE,
)
_WITH = re.compile(
    r"\s*\(\s*(?:(?:mit|with|avec|con|com|met|med|z|ze|s|se|and|und|et|y|inkl|incl|plus)\b\.?|[+&])"
    r"\s*([^()]+)\)?\s*$",
    re.IGNORECASE,
)
"""Who comes with somebody, in brackets: "Opa Klein (mit Pfleger)"."""
_DASHED = re.compile(r"\s+[-\u2013\u2014]\s+")


def read_several(text: str, *, last_first: bool = False) -> Several | None:  # noqa: PLR0911  one for each kind of cell
    """Return the people of a cell with a whole name; None for one person.

    last_first: the list writes last names first, so that one comma parts no people.
    """
    if not _MAY_JOIN.search(text):
        return None
    if counted := _COUNTED.fullmatch(text):
        held = int(counted[2]) - (0 if "+" in text else 1)
        return Several([split_name(counted[1])], held) if held > 0 else None
    text = _WITH.sub(r" & \1", text)
    if _FAMILY.fullmatch(fold(text)):
        return Several([split_name(text)], is_clear=False)
    parts = [part for part in _JOINED.split(text) if part.strip(" ,")]
    if len(parts) == 1:
        parts = _listed(text, last_first=last_first) or _whole_names(_DASHED.split(text))
    if len(parts) < _TWO or not all(any(map(str.isalpha, p)) or p.isdigit() for p in parts):
        return None
    if is_title(parts[0]) and len(parts) == _TWO:
        return Several(_people(parts))
    held = sum(_places(part) for part in parts[1:])
    named = [parts[0], *(part for part in parts[1:] if not _places(part))]
    if len(named) == 1:
        return Several([split_name(named[0])], held)
    return Several(_people(named), held)


def _listed(text: str, *, last_first: bool) -> list[str]:
    """Return the names of a cell that are parted by commas; nothing where it is one name.

    "Berg, Tom" is one, and so is "Garcia Lopez, Ana Maria" in a list with last names first.
    """
    parts = _without_additions(text)
    if len(parts) > _TWO:
        return parts
    if len(parts) < _TWO or not _whole_names(parts):
        return []
    same = _plain(parts[0].split()[-1]) == _plain(parts[1].split()[-1])
    return parts if same or not last_first else []


def _without_additions(text: str) -> list[str]:
    """Return what stands between commas, but titles and suffixes."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return [part for part in parts if not (is_title(part) or _is_suffixes(part))]


def _is_suffixes(text: str) -> bool:
    return all(_plain(word) in SUFFIXES or _plain(word) in _CONTINUED for word in text.split())


def _whole_names(parts: list[str]) -> list[str]:
    """Return parts of a cell each of which is a first name with a last name; else nothing."""
    return parts if all(map(_is_whole_name, parts)) else []


def _is_whole_name(text: str) -> bool:
    words = [word for word in text.split() if any(map(str.isalpha, word))]
    _take_suffixes(words)
    words = list(dropwhile(lambda word: _plain(word) in TITLES, words))
    if not words or _plain(words[0]) in PARTICLES:
        return False
    return sum(_plain(word) not in PARTICLES for word in words) >= _TWO


def puts_last_names_first(texts: Iterable[str]) -> bool:
    """Whether the names of a column mostly have the last name first, before a comma."""
    parted = [_without_additions(text) for text in texts if text.count(",") == 1]
    parted = [parts for parts in parted if len(parts) == _TWO]
    single = sum(not _whole_names(parts) for parts in parted)
    return bool(parted) and single * 2 >= len(parted)


def read_several_first_names(  # noqa: PLR0911  one for each kind of cell
    first: str, last: str
) -> Several | None:
    """Return the people of a row whose first or last name is of several."""
    if not (_MAY_JOIN.search(f"{first} {last}") or _MAY_JOIN.search(last)):
        return None
    if bracket := _WITH.search(last):
        companion = bracket[1].strip()
        held = _places(companion)
        one = Name("", first, last[: bracket.start()])
        return Several([one] if held else [one, split_name(companion)], held)
    firsts = _parts_of(first)
    lasts = _parts_of(last)
    if len(firsts) < _TWO and len(lasts) < _TWO:
        if _FAMILY.fullmatch(fold(first)) or _FAMILY.fullmatch(fold(last)):
            return Several([Name("", first, last)], is_clear=False)
        return None
    if is_title(first.split(maxsplit=1)[0] if first else "") and all(map(is_title, firsts)):
        return Several([Name(title, "", last) for title in firsts])
    held = sum(map(_places, firsts[1:])) + sum(map(_places, lasts[1:]))
    firsts = firsts[:1] + [part for part in firsts[1:] if not _places(part)]
    lasts = lasts[:1] + [part for part in lasts[1:] if not _places(part)]
    if max(len(firsts), len(lasts)) == 1:
        return Several([Name("", "".join(firsts), "".join(lasts))], held)
    count = max(len(firsts), len(lasts))
    if len(firsts) != count:
        return Several([Name("", first, last)], is_clear=False)
    family = lasts if len(lasts) == count else [last] * count
    people = [_titled(given, name) for given, name in zip(firsts, family, strict=True)]
    return Several(people, held)


def _parts_of(text: str) -> list[str]:
    """Return the names of a cell for first or last names; titles and suffixes go with theirs."""
    parts = [part for part in _JOINED.split(text) if part.strip(" ,")]
    if len(parts) == 1 and "," in text:
        names = _without_additions(text)
        return names if len(names) > 1 else parts
    return parts


def _titled(first: str, last: str) -> Name:
    words = first.split()
    title = _take_titles(words) if len(words) > 1 else ""
    if not title and is_title(first):
        return Name(first, "", last)
    return Name(title, " ".join(words), last)


def _places(part: str) -> int:
    """Return how many people without a name a part of a cell speaks of."""
    text = fold(part).strip(" ,.")
    number, _blank, rest = text.partition(" ")
    is_counted = not rest or (_GUEST.fullmatch(rest) and not rest.isdecimal())
    if number.isdecimal() and is_counted:
        return min(int(number[:9]), 9)
    is_number = text.replace(" ", "").isdecimal()
    return int(_GUEST.fullmatch(text) is not None and not is_number)


_NUMBER_WORDS = (
    "one ein eine einer eins un une uno um een jeden",
    "two zwei deux dos due dois duas twee dwa dwie dva to kaksi",
    "three drei trois tres tre drie trzy kolme",
    "four vier quatre cuatro quattro quatro cztery ctyri fyra",
    "five funf cinq cinco cinque vijf piec fem",
)
_NUMBERS = {
    word: number for number, words in enumerate(_NUMBER_WORDS, start=1) for word in words.split()
}
_COUNTED_PEOPLE = re.compile(
    r"(\d{1,2}|[a-z]+)(?:\s*(?:x|erw\w*|adults?|adultes?|adultos?|adulti|kind\w*|kids?|child|children|"
    r"enfants?|ninos?|hijos?|bambin[io]|babys?|babies|person\w*|pers|pax|people|guests?|gaste?|"
    r"dzieci|osob\w*|kinderen|begleit\w*))?\.?"
)
_LONGEST_COUNT = 2
_NO_NAMES = frozenset(
    """
    hund dog chien perro cane katze cat nein no non kein keine keiner ohne nicht not none nobody
    niemand sans sin senza zonder bez nie nee nao nej nei without alleine allein alone
    """.split()  # noqa: SIM905 - a list would be sixty lines
)


_POLITE = frozenset(
    """
    danke vielen herzlichen thanks thank you merci gracias grazie dank obrigado dzieki tack takk
    tak begleitung begleiter begleiterin begleitperson partner partnerin gast gaste guest guests
    companion plus one another other additional i am coming will be komme kommt ich alone allein
    alleine
    """.split()  # noqa: SIM905 - a list would be twenty lines
)
_PETS = frozenset({"hund", "dog", "chien", "perro", "cane", "katze", "cat"})


def says_nobody(text: str) -> bool:
    """Whether a cell for companions says in words that nobody comes along: "nein danke"."""
    words = re.findall(r"\w+", fold(text))
    if not words or words[0] not in _NO_NAMES - _PETS:
        return False
    return all(word in _POLITE or word in _NO_NAMES - _PETS for word in words)


def count_of_companions(text: str) -> int:
    """Return how many people a cell counts: "zwei", "1 Erw. + 2 Kinder", "Ehemann"; 0 for none.

    Numbers alone are not added up: 1/2 is a day or one of two, 2-3 nobody knows. Nor is a number
    of many digits one of people; 44928 is a day of a spreadsheet.
    """
    plain = fold(text).strip(" ,.")
    if not plain or (len(plain) > _LONGEST_COUNT and plain.isdecimal()):
        return 0
    if found := _places(plain):
        return found
    total = 0
    parts = re.split(r"\s*(?:[+&,;/]|\band\b|\bund\b|\bet\b)\s*", plain)
    for part in parts:
        counted = _COUNTED_PEOPLE.fullmatch(part)
        number = counted[1] if counted else ""
        if len(parts) > 1 and part.rstrip(".") == number:
            return 0
        count = int(number) if number.isdigit() else _NUMBERS.get(number, 0)
        if not count:
            return 0
        total += count
    return total


def is_plain_name(text: str) -> bool:
    """Whether a cell for companions holds names: not "nein danke", "Hund" or one small word."""
    words = re.findall(r"\w+", fold(text))
    if not words or words[0] in _NO_NAMES or any(map(str.isdigit, "".join(words))):
        return False
    if all(word in _NUMBERS for word in words):
        return False
    return len(words) > 1 or not text[:1].islower()


def _people(parts: list[str]) -> list[Name]:
    if "," in parts[0] and len(parts[-1].split()) > 1 and "," not in parts[-1]:
        parts = [part.strip() for text in parts for part in text.split(",")]
    elif "," in parts[0] and not any("," in part for part in parts[1:]):
        family, _comma, first = parts[0].partition(",")
        return [split_name(f"{family}, {given.strip()}") for given in (first, *parts[1:])]
    names = [split_name(part) for part in parts]
    last = names[-1]
    people = []
    for part, name in zip(parts[:-1], names[:-1], strict=True):
        if is_title(part):  # Mr. and Mrs. Robert Brown: the name is his
            people.append(Name(part, last.first_name, last.last_name, last.suffix))
        elif not name.first_name and last.first_name:
            people.append(Name(name.title, name.last_name, last.last_name))
        else:
            people.append(name)
    has_title_alone = any(map(is_title, parts[:-1]))
    people.append(last._replace(first_name="") if has_title_alone else last)
    return people


_ADDRESS_PART = re.compile(r"[^\W\d_]{2,}")
_NO_PERSON = frozenset(
    """
    info office mail email kontakt contact hello hallo sekretariat secretary admin press presse
    team service support noreply reply events event buero bureau
    """.split()  # noqa: SIM905 - a list would be fifteen lines
)


def name_in_address(email: str) -> Name | None:
    """Return the name that an address such as ada.one@host reads as; None for another address."""
    parts = re.split(r"[._]", email.partition("@")[0].partition("+")[0].strip("0123456789"))
    if len(parts) not in {2, 3} or not _NO_PERSON.isdisjoint(map(str.casefold, parts)):
        return None
    if not all(part.replace("-", "").isalpha() for part in parts):
        return None
    if not (_ADDRESS_PART.match(parts[0]) and _ADDRESS_PART.match(parts[-1])):
        return None
    *first, last = ["-".join(map(str.capitalize, part.split("-"))) for part in parts]
    return Name("", " ".join(first), last)
