"""Which encoding a text file has: what decodes it, and whose letters make sense beside each other.

A guess that a person can correct; the encodings on offer are those that spreadsheets and databases
have written in the last thirty years.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from itertools import pairwise

ENCODINGS = {
    "utf-8-sig": "Unicode (UTF-8)",
    "utf-16": "Unicode (UTF-16)",
    "windows-1252": "Western European (Windows-1252)",
    "windows-1250": "Central European (Windows-1250)",
    "iso8859-2": "Central European (ISO 8859-2)",
    "windows-1251": "Cyrillic (Windows-1251)",
    "koi8-r": "Cyrillic (KOI8-R)",
    "cp866": "Cyrillic (DOS 866)",
    "windows-1253": "Greek (Windows-1253)",
    "windows-1254": "Turkish (Windows-1254)",
    "windows-1255": "Hebrew (Windows-1255)",
    "windows-1256": "Arabic (Windows-1256)",
    "windows-1257": "Baltic (Windows-1257)",
    "mac-roman": "Western European (Macintosh)",
    "cp850": "Western European (DOS 850)",
    "cp852": "Central European (DOS 852)",
    "gb18030": "Chinese, simplified (GB 18030)",
    "big5": "Chinese, traditional (Big5)",
    "shift_jis": "Japanese (Shift JIS)",
    "euc-jp": "Japanese (EUC)",
    "euc-kr": "Korean (EUC-KR)",
}
"""What a person can choose, by Python's name; the names of encodings are the same everywhere."""

_GUESSED = [name for name in ENCODINGS if name not in {"utf-8-sig", "utf-16"}]
_CHUNK = 1024 * 1024
_SAMPLE = 256 * 1024
_WORD = re.compile(r"[^\W\d_]+")
_APOSTROPHE = re.compile(r"[^\W\d_]\u2019[^\W\d_]| \u2013 ")
_WESTERN = "äöüßéèêëàâáãåæçñóòôõøúùûíìîïýœÄÖÜÉÈÀÁÇÑÓØÅÆÚÍ"
# Letters that names are written with in each family; letters seen elsewhere count against it.
_LETTERS = {
    "windows-1252": _WESTERN + "šžŠŽ",
    "mac-roman": _WESTERN,
    "cp850": _WESTERN,
    "windows-1250": "ąćęłńóśźżáčďéěíňřšťúůýžäôĺľŕőűöüßăâîşţĄĆĘŁŃÓŚŹŻÁČĎÉĚÍŇŘŠŤÚŮÝŽÖÜŐŰđĐ",
    "windows-1254": "çğıöşüâîûÇĞİÖŞÜ",
    "windows-1257": "āčēģīķļņšūžąęėįųõäöüĀČĒĢĪĶĻŅŠŪŽĄĘĖĮŲÕÄÖÜ",
}
_LETTERS["iso8859-2"] = _LETTERS["cp852"] = _LETTERS["windows-1250"]
_SCRIPTS = {
    "windows-1251": "CYRILLIC",
    "koi8-r": "CYRILLIC",
    "cp866": "CYRILLIC",
    "windows-1253": "GREEK",
    "windows-1255": "HEBREW",
    "windows-1256": "ARABIC",
    "gb18030": "CJK",
    "big5": "CJK",
    "shift_jis": "CJK HIRAGANA KATAKANA",
    "euc-jp": "CJK HIRAGANA KATAKANA",
    "euc-kr": "HANGUL CJK",
}
_CASED = {"CYRILLIC", "GREEK"}
_KANA_OR_HANGUL = ("HIRAGANA", "KATAKANA", "HANGUL")
_COMMON = "оеаинтсрвлкм"


def decodes(data: bytes, encoding: str) -> bool:
    """Whether bytes are text in an encoding, to their end."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(data[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def guess_encoding(data: bytes) -> str:
    """Return the most likely encoding of text that is not UTF-8; "" when none decodes it."""
    lines = [line for line in data[:_SAMPLE].splitlines() if not line.isascii()]
    if len(data) > _SAMPLE and len(lines) > 1:
        lines.pop()
    sample = b"\n".join(lines) or data[:_SAMPLE]
    scored = [
        (_score(sample, encoding), -place, encoding)
        for place, encoding in enumerate(_GUESSED)
        if decodes(sample, encoding) and decodes(data, encoding)
    ]
    return max(scored)[2] if scored else ""


def _score(sample: bytes, encoding: str) -> float:
    """Return how much of what is not ASCII reads as words of the encoding's languages."""
    text = sample.decode(encoding)
    beyond = sum(byte > 127 for byte in sample)  # noqa: PLR2004  the end of ASCII
    if not beyond:
        return 0
    good = sum(_word(word, encoding) for word in _WORD.findall(text) if not word.isascii())
    bad = sum(_is_odd(sign) for sign in text if not sign.isascii() and not sign.isalpha())
    return (good - bad + 1.5 * len(_APOSTROPHE.findall(text))) / beyond


def _word(word: str, encoding: str) -> float:
    """Return the worth of one word: its letters beyond ASCII, each for or against the encoding."""
    letters = [letter for letter in word if not letter.isascii()]
    scripts = _SCRIPTS.get(encoding)
    if scripts is None:
        if len(letters) == len(word) and len(word) != 2:  # noqa: PLR2004  Øe, but no ãåã
            return -1.0 * len(letters)
        known = _LETTERS[encoding]
        worth = sum(1.0 if letter in known else -1.0 for letter in letters)
        return worth - 2 * _turns(word)
    if len(letters) < len(word):
        return -2.0 * len(letters)
    worth = sum(_of_script(letter, scripts, encoding) for letter in letters)
    if not word.istitle() and scripts in _CASED:
        worth *= 0.7
    return worth - 2 * _turns(word)


def _of_script(letter: str, scripts: str, encoding: str) -> float:
    script = unicodedata.name(letter, "").split(" ")[0]
    if script not in scripts.split():
        return -1.0
    if script == "CYRILLIC":
        return 1.0 + 0.2 * (letter in _COMMON)
    if script == "CJK":
        return 2.0 if _is_frequent(letter, encoding) else 0.5
    return 2.2 if script in _KANA_OR_HANGUL else 1.0


def _is_frequent(letter: str, encoding: str) -> bool:
    """Whether a sign is of the first level of its national standard, sorted by use."""
    try:
        lead = letter.encode("gb2312" if encoding == "gb18030" else encoding)[0]
    except UnicodeEncodeError:
        return False
    first, last = {
        "gb18030": (0xB0, 0xD7),
        "big5": (0xA4, 0xC6),
        "shift_jis": (0x88, 0x97),
        "euc-jp": (0xB0, 0xCF),
        "euc-kr": (0xFF, 0xFF),
    }[encoding]
    return first <= lead <= last


def _turns(word: str) -> int:
    """Count where a word goes from small letters to a capital beyond ASCII, as no name does."""
    return sum(
        first.islower() and second.isupper() and not second.isascii()
        for first, second in pairwise(word)
    )


def _is_odd(sign: str) -> float:
    """Return how unlikely a sign is in a list of people."""
    if sign in "\u2018\u2019\u201c\u201d\u2013\u2014\u00a0\u2026\u20ac«»„\u201a°·¡¿§":
        return 0.1
    return 3.0 if unicodedata.category(sign) in {"Cc", "Cn", "Co"} else 1.0
