"""Text as people type it: cleaned to be kept, folded to be compared, recognised as an address.

Pure functions that every package may use; they know no rows and no settings.
"""

from __future__ import annotations

import re
import unicodedata

LETTERS_KEPT = 20_000
"""How many letters `fold` remembers at most what to make of."""


class _Letters(dict[int, int | str | None]):
    """What `fold` makes of a letter: nothing of a combining mark, else itself."""

    def __missing__(self, code: int) -> int | None:
        plain = None if unicodedata.combining(chr(code)) else code
        if len(self) < LETTERS_KEPT:
            self[code] = plain
        return plain


# Letters that Unicode does not decompose, as people type them when searching.
_PLAIN = _Letters(
    str.maketrans({"đ": "d", "ħ": "h", "\u0131": "i", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe"})
)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ASCII_EMAIL = re.compile(rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}")
# C0 and C1 controls, embeddings, overrides and isolates of direction, byte order mark, surrogates.
_UNWANTED = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
_CONTROL = re.compile(f"[{_UNWANTED}]")
_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile(r"[^\S\n]+")
LONGEST_COMPOSED = 5000
"""Composing takes quadratic time on endless runs of marks; a longer text is refused anyway."""


def fold(text: str) -> str:
    """Return text as it is compared: without case, accents and compatibility forms."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)


def clean_line(text: str) -> str:
    """Return the text as one line: NFC, without control signs, spaces tidied.

    Right-to-left letters, combining marks, joiners and direction marks stay: names need them.
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


def _normalise(text: str) -> str:
    text = _CONTROL.sub("", text)
    return unicodedata.normalize("NFC", text) if len(text) <= LONGEST_COMPOSED else text
