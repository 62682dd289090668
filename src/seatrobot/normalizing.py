"""Text as people type it: cleaned to be kept, folded to be compared, recognised as an address.

Pure functions that every package may use; they know no rows and no settings. Whatever compares
what people wrote uses one of these, so that lists, the door, doubles, hosts and members agree:

* `fold` for words of any kind: headings, choices, tags, what a file calls something.
* `words` for names and whatever is searched: apostrophes, dots and hyphens make no difference.
* `normalized_name` for whether two spellings are of one name: also ue for ü.
* `sort_key` for the order of names, and the letter under which a list prints them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")

LETTERS_KEPT = 20_000
"""How many letters a table remembers at most what to make of."""

_INVISIBLE = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f"
    "\u3164\uffa0\ufff0-\ufffb\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
)
"""Signs that nobody sees: soft hyphens, spaces without width, joiners of words, fillers, formats.

Beside them those of `_JOINERS`, `_DIRECTIONS`, `_TAGS` and `_SELECTORS`, which some names need.
"""
_JOINERS = "\u200c\u200d"
_DIRECTIONS = "\u061c\u200e\u200f"
_TAGS = "\U000e0000-\U000e007f"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
# C0 and C1 controls, embeddings, overrides and isolates of direction, byte order mark, surrogates,
# and code points that are no characters.
_UNWANTED = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
    "\ufdd0-\ufdef\ufffe\uffff"
)
_HIDDEN = re.compile(f"[{_INVISIBLE}{_JOINERS}{_DIRECTIONS}{_TAGS}{_SELECTORS}{_UNWANTED}]")
_CONTROL = re.compile(f"[{_UNWANTED}{_INVISIBLE}]")
_SPOKEN = "\u0590-\u1dff\u2010-\ufdcf\ufdf0-\U000dffff"
_LONELY = re.compile(
    # Joiners belong between two signs of a script that joins, or of a picture.
    f"(?<![{_SPOKEN}])[{_JOINERS}]+|[{_JOINERS}]+(?![{_SPOKEN}])"
    # Selectors belong after the sign whose form they choose, which is no Latin letter.
    f"|(?<![0-9#*\u00a9\u00ae{_SPOKEN}])[{_SELECTORS}]+"
    # Tags belong after the black flag, of which they make that of England.
    f"|(?<![\U0001f3f4{_TAGS}])[{_TAGS}]+"
)
_DIRECTED = re.compile(
    "[\u0590-\u05ff\u0608-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]"
)
_DIRECTION = re.compile(f"[{_DIRECTIONS}]")
_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile(r"[^\S\n]+")
_BLANK_PICTURE = "\u2800"
"""Braille without a dot: it looks like a space and is none."""
LONGEST_COMPOSED = 5000
"""Composing takes quadratic time on endless runs of marks; a longer text is refused anyway."""

# Letters that Unicode does not decompose, as people type them when searching.
_LETTERS = {
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ŋ": "ng",
    **dict.fromkeys("ðđɖɗƌ", "d"),
    **dict.fromkeys("əɐɑ", "a"),
    **dict.fromkeys("ǝɛ", "e"),
    **dict.fromkeys("\u00f8\u0254\u0275", "o"),
    **dict.fromkeys("łƚɫ", "l"),
    **dict.fromkeys("\u0131\u0268\u0269", "i"),
    **dict.fromkeys("ħɦ", "h"),
    **dict.fromkeys("ŧƭʈ", "t"),
    **dict.fromkeys("ƀɓ", "b"),
    **dict.fromkeys("ɠǥ", "g"),
    **dict.fromkeys("ƙĸ", "k"),
    **dict.fromkeys("ɲɳƞ", "n"),
    **dict.fromkeys("ʉʊ", "u"),
    **dict.fromkeys("ƴɏ", "y"),
    **dict.fromkeys("ȥƶ", "z"),
    "ƥ": "p",
    "ƒ": "f",
    "\u028b": "v",
    "ȼ": "c",
    "ɍ": "r",
    "ɉ": "j",
    "ɋ": "q",
}
_APOSTROPHES = (
    "'`\u00b4\u2018\u2019\u201a\u201b\u2032\u2035\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca"
    "\u02cb\u0374\u055a\u05f3\u07f4\u07f5\u1fbd\u1fbf\u1fef\u1ffd\u1ffe\ua78b\ua78c\uff07\uff40"
)
_DOTS = ".\u00b7\u0387\u2024\u2027\u2219\u22c5\ua78f"
_DASHES = "\u02d7\u2043\u2212\u2796\u30fb"
"""What parts words and is no dash to Unicode: minus, bullets, the dot between Japanese words."""
_PARTING = frozenset({"Pd", "Ps", "Pe", "Pi", "Pf", "Zs"})
"""Categories of signs that part words: dashes, brackets, quotation marks, spaces."""
_SPACED = str.maketrans(dict.fromkeys("\u00b4\u1fbd\u1fbf\u1fef\u1ffd\u1ffe"))
"""Apostrophes that Unicode takes apart into a space and a mark."""

# How ä, ö, ü and their like are written where a keyboard lacks them.
_SPELLED_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "ə": "e", "ð": "th"}
)
_UMLAUT = re.compile("[äöüøåəð]")
_SHORTENED = (("ae", "a"), ("oe", "o"), ("ue", "u"))
_DIGITS = re.compile(r"\d+")
_LONGEST_NUMBER = 12

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ASCII_EMAIL = re.compile(rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}")
_PHONE = re.compile(r"[+(]?[+(\d][\d\s()./\\+-]*")
LEAST_NEAR = 5
"""Letters of a word in which one typing error is forgiven."""
LEAST_DIGITS = 4
"""How many digits of a phone number are looked for at least."""
LONGEST_COUNTRY_CODE = 3


class _Letters(dict[int, int | str | None]):
    """What becomes of a letter: nothing of a combining mark or an invisible sign, else itself."""

    def __missing__(self, code: int) -> int | str | None:
        plain = self.plain(chr(code))
        if len(self) < LETTERS_KEPT:
            self[code] = plain
        return plain

    def plain(self, letter: str) -> str | None:
        is_mark = unicodedata.combining(letter) or _HIDDEN.match(letter)
        return None if is_mark else letter


class _Words(_Letters):
    """The same, with a space for what parts words."""

    def plain(self, letter: str) -> str | None:
        if unicodedata.category(letter) in _PARTING:
            return " "
        return super().plain(letter)


_SIGNS: dict[str, int | str | None] = {
    **dict.fromkeys(_APOSTROPHES + _DOTS),
    **dict.fromkeys(_DASHES + '\n\t",;/\\()[]<>-', " "),
}
_PLAIN = _Letters(str.maketrans(_LETTERS))
_PLAIN_WORDS = _Words(str.maketrans({**_LETTERS, **_SIGNS}))
_ASCII_WORDS = str.maketrans({sign: plain for sign, plain in _SIGNS.items() if sign.isascii()})


def fold(text: str) -> str:
    """Return text as it is compared: without case, accents, invisible and compatibility forms."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)


def words(text: str) -> str:
    """Return the words of a text as they are searched: folded, with one space between two.

    Apostrophes and dots vanish (O'Brien is "obrien"); hyphens and dashes, commas, brackets and
    quotation marks part words ("Smith-Jones, Ann" is "smith jones ann").
    """
    if text.isascii():
        return " ".join(text.lower().translate(_ASCII_WORDS).split())
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_SPACED))
    return " ".join(plain.translate(_PLAIN_WORDS).split())


def different_words(text: str) -> list[str]:
    """Return the words of a text that was typed, equal ones once."""
    return list(dict.fromkeys(words(text).split()))


def shortened(searched: str) -> str:
    """Return folded text with a for ae, o for oe, u for ue, as ä, ö and ü are folded."""
    if "e" in searched:
        for long, short in _SHORTENED:
            searched = searched.replace(long, short)
    return searched


def normalized_name(text: str) -> str:
    """Return what is equal for two spellings of one name: "Jörg Müller", "JOERG MUELLER"."""
    return shortened(words(text))


def search_text(texts: Iterable[str]) -> str:
    """Return what typed words are looked for in, each word after a space and before one.

    Words with ä, ö or ü are there as they are spelled without, too, and the other way round.
    """
    whole = "\n".join(texts)
    plain = words(whole)
    found = f" {plain} "
    if (short := shortened(plain)) != plain:
        found += f"{short} "
    if not whole.isascii():
        composed = unicodedata.normalize("NFC", whole).casefold()
        if _UMLAUT.search(composed):
            found += f"{words(composed.translate(_SPELLED_OUT))} "
    return found


def natural(folded: str) -> str:
    """Return folded text so that it sorts as people count: 2 before 10."""
    if folded.isalpha():
        return folded
    return _DIGITS.sub(lambda number: number[0].zfill(_LONGEST_NUMBER), folded)


def sort_key(last: str, given: str = "") -> str:
    """Return what a name is ordered by, last name first; empty if there is no name.

    Names that begin with no letter come first, all together.
    """
    family, rest = words(last), words(given)
    key = natural(f"{family}\t{rest}" if family and rest else family or rest)
    return key if not key or key[0].isalpha() else f"\x01{key}"


def index_letter(last: str) -> str:
    """Return the letter under which a list has a name that `sort_key` orders, "#" for none."""
    first = sort_key(last)[:1].upper()
    return first if first.isalpha() else "#"


def digits_of(phone: str) -> tuple[str, bool]:
    """Return the digits of a phone number, and whether they begin with the country's code.

    What is dialled before them is left out: + or 00 of an international number, the 0 of a
    national one, also where it is written as (0) after the country's code.
    """
    text = unicodedata.normalize("NFKC", phone).strip()
    digits = "".join(
        str(unicodedata.digit(sign)) for sign in text.replace("(0)", "") if sign.isdigit()
    )
    if text.lstrip("( ").startswith("+"):
        return digits, True
    if digits.startswith("00"):
        return digits[2:], True
    return digits.removeprefix("0"), False


def typed_phone(text: str) -> str:
    """Return the text if it can only be a phone number or a part of one, else nothing."""
    plain = unicodedata.normalize("NFKC", text.strip())
    plain = "".join("-" if unicodedata.category(sign) == "Pd" else sign for sign in plain)
    plain = _HIDDEN.sub("", plain)
    if not _PHONE.fullmatch(plain) or len(digits_of(plain)[0]) < LEAST_DIGITS:
        return ""
    return plain


def has_phone(phone: str, wanted: str) -> bool:
    """Whether a phone number is the one that is wanted, or begins or ends with it.

    With and without the country's code they are the same: +49 (30) 12, 0049 30 12, 030 12.
    """
    ours, ours_is_whole = digits_of(phone)
    theirs, theirs_is_whole = digits_of(wanted)
    if theirs in ours:
        return True
    if ours_is_whole or not theirs_is_whole:
        return False
    shorter = (theirs[code:] for code in range(1, LONGEST_COUNTRY_CODE + 1))
    return any(len(part) >= LEAST_DIGITS and ours.startswith(part) for part in shorter)


def find_near(typed: str, items: Sequence[T], text_of: Callable[[T], str]) -> list[T]:
    """Return the items whose text of `search_text` nearly has the words that were typed.

    Each word is in the text, or with one typing error; where there are none, those that have all of
    them without the spaces between, as in "maryann" for Mary-Ann.
    """
    whole = "".join(words(typed).split())
    if len(whole) < LEAST_NEAR - 1:
        return []
    wanted = different_words(typed)
    known: dict[tuple[str, str], bool] = {}
    longest = max(wanted, key=len)
    found = []
    for form in dict.fromkeys((longest, shortened(longest))):
        first, second, swapped = near_pieces(form)
        found += [
            item
            for item, text in zip(items, map(text_of, items), strict=True)
            if (first in text or second in text or swapped in text)
            and _has_nearly(text, wanted, known)
        ]
        if found:
            break
    if not found:
        texts = zip(items, map(text_of, items), strict=True)
        found = [item for item, text in texts if whole in text.replace(" ", "")]
    return found


def near_pieces(typed: str) -> tuple[str, str, str]:
    """Return pieces of a typed word, one of which is in whatever word is near to it."""
    if len(typed) < LEAST_NEAR - 1:
        return typed, typed, typed
    half = len(typed) // 2
    swapped = typed[: half - 1] + typed[half] + typed[half - 1]
    return typed[:half], typed[half:], swapped


def is_near(typed: str, word: str) -> bool:
    """Whether a typed word is a word of five letters or more with one typing error.

    One letter more, one less, another one, or two that changed places. What was typed may be the
    beginning of the word, if it has five letters itself.
    """
    if len(word) < LEAST_NEAR or len(typed) < LEAST_NEAR - 1:
        return False
    same = 0
    for letter, other in zip(typed, word, strict=False):
        if letter != other:
            break
        same += 1
    begun, rest = typed[same:], word[same:]
    ways = [(begun[1:], rest[1:]), (begun[1:], rest), (begun, rest[1:])]
    if begun[1:2] == rest[:1] and begun[:1] == rest[1:2]:
        ways.append((begun[2:], rest[2:]))
    if any(left == right for left, right in ways):
        return True
    return len(typed) >= LEAST_NEAR and any(left and right.startswith(left) for left, right in ways)


def _has_nearly(text: str, wanted: list[str], known: dict[tuple[str, str], bool]) -> bool:
    """Whether a text has all words or words near to them; known: pairs looked at before."""
    its_words = text.split()
    return all(
        word in text or any(_is_near(word, other, known) for other in its_words) for word in wanted
    )


def _is_near(word: str, other: str, known: dict[tuple[str, str], bool]) -> bool:
    pair = word, other
    found = known.get(pair)
    if found is None:
        found = is_near(word, other) or is_near(shortened(word), other)
        known[pair] = found or (len(word) > 1 and shortened(word) in other)
    return known[pair]


def clean_line(text: str) -> str:
    """Return the text as one line: NFC, without control and invisible signs, spaces tidied.

    Right-to-left letters and combining marks stay; joiners, direction marks, selectors of forms
    and tags of flags stay where they change what is seen: names need them.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(_normalise(text).split())


def clean_text(text: str) -> str:
    """Return the text cleaned like a line, with its line breaks as line feeds."""
    if text.isascii() and text.isprintable():
        return text.strip()
    lines = _LINE_END.sub("\n", _normalise(text)).split("\n")
    return "\n".join(_BLANKS.sub(" ", line).strip() for line in lines).strip()


def is_email(text: str) -> bool:
    """Whether the text is one address; addresses beyond ASCII are judged by email-validator."""
    if text.isascii():
        return _ASCII_EMAIL.fullmatch(text) is not None
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def is_unseen(sign: str) -> bool:
    """Whether a sign is one that nobody sees."""
    return _HIDDEN.match(sign) is not None


def _normalise(text: str) -> str:
    text = _CONTROL.sub("", text)
    if not text.isascii() and len(text) <= LONGEST_COMPOSED:
        text = text.replace(_BLANK_PICTURE, " ")
        if not _DIRECTED.search(text):
            text = _DIRECTION.sub("", text)
        while (without := _LONELY.sub("", text)) != text:
            text = without
    return unicodedata.normalize("NFC", text) if len(text) <= LONGEST_COMPOSED else text
