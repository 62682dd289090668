"""Text as it is kept: NFC, without control and direction-override characters, spaces tidied.

Right-to-left letters, combining marks, joiners and direction marks stay: names need them.
"""

import re
import unicodedata

from seatrobot.guests.records import LIMITS

# C0 and C1 controls, embeddings, overrides and isolates of direction, byte order mark, surrogates.
_UNWANTED = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
_CONTROL = re.compile(f"[{_UNWANTED}]")
_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile(r"[^\S\n]+")
# Composing takes quadratic time on endless runs of marks; a longer text is refused anyway.
_LONGEST = max(LIMITS.values())


def clean_line(text: str) -> str:
    """Return the text as one line."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(_normalise(text).split())


def clean_text(text: str) -> str:
    """Return the text with its line breaks as line feeds."""
    if text.isascii() and text.isprintable():
        return text.strip()
    lines = _LINE_END.sub("\n", _normalise(text)).split("\n")
    return "\n".join(_BLANKS.sub(" ", line).strip() for line in lines).strip()


def _normalise(text: str) -> str:
    text = _CONTROL.sub("", text)
    return unicodedata.normalize("NFC", text) if len(text) <= _LONGEST else text
