"""Reading vCards (RFC 6350, RFC 2426 and vCard 2.1) as programs write them, and writing 4.0.

What is read is what a contact has; pictures, keys, addresses of houses and whatever else a card
holds is passed over without being decoded.
"""

from __future__ import annotations

import codecs
import quopri
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext as _

MOST_CARDS = 200_000
MOST_PROPERTIES = 500
"""Of one card, of those that are read; further ones are passed over."""
LONGEST_VALUE = 100_000
"""Bytes of one property; the rest of a longer one is passed over."""
FOLD = 75
"""Octets of a line, without its end (RFC 6350, 3.2)."""

_READ = {
    b"FN", b"N", b"ORG", b"TEL", b"EMAIL", b"NOTE", b"CATEGORIES", b"LANG", b"KIND", b"VERSION",
    b"X-ADDRESSBOOKSERVER-KIND",
}  # fmt: skip
_BEGIN, _END = b"BEGIN:VCARD", b"END:VCARD"
_LINES = re.compile(rb"\r\n|\n|\r")
_PARAMETER = re.compile(r';([^=:;"]+)(?:=((?:"[^"]*"|[^:;"])*))?')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_UNFOLDED = re.compile(r"[\r\n]+")


class UnreadableCards(Exception):
    """A file that holds no vCard; `str` is one sentence for the person who sent it."""


@dataclass(slots=True)
class Card:
    """One person. number: of the card in the file, the first is 1. full_name: as FN says it.

    last_name, first_name, title, suffix: from N. problems: sentences for what was wrong with it.
    """

    number: int
    full_name: str = ""
    last_name: str = ""
    first_name: str = ""
    title: str = ""
    suffix: str = ""
    company: str = ""
    phone: str = ""
    notes: str = ""
    language: str = ""
    emails: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    is_person: bool = True
    problems: list[str] = field(default_factory=list)


def looks_like_cards(data: bytes) -> bool:
    """Whether a file begins as one of vCards does."""
    return _decoded_start(data).lstrip().upper().startswith("BEGIN:VCARD")


def read_cards(data: bytes) -> Iterator[Card]:
    """Give every card of a file; raises UnreadableCards where there is none, or too many."""
    number, depth = 0, 0
    lines: list[tuple[str, dict[str, list[str]], bytes]] = []
    for line in _content_lines(_as_utf8(data)):
        upper = line[: len(_BEGIN)].upper()
        if upper == _BEGIN and len(line.strip()) == len(_BEGIN):
            if depth == 0:
                number, lines = number + 1, []
                if number > MOST_CARDS:
                    raise UnreadableCards(
                        _("The file has more than %(most)s cards.") % {"most": MOST_CARDS}
                    )
            depth += 1
        elif upper.startswith(_END) and len(line.strip()) == len(_END):
            if depth == 1:
                yield _card(number, lines)
                lines = []
            depth = max(depth - 1, 0)
        elif depth == 1 and len(lines) < MOST_PROPERTIES and (said := _property(line)):
            lines.append(said)
    if not number:
        raise UnreadableCards(_("This file holds no vCard."))
    if depth:
        card = _card(number, lines)
        card.problems.append(_("The file ends in the middle of this card."))
        yield card


def write_cards(people: Iterable[tuple[UUID, Mapping[str, str], list[str], list[str]]]) -> bytes:
    """Return a file of vCards 4.0.

    people: identifier; title, first_name, last_name, suffix, company, phone, notes and language;
    addresses; tags.
    """
    out: list[str] = []
    for pk, said, emails, tags in people:
        parts = (said["title"], said["first_name"], said["last_name"], said["suffix"])
        name = " ".join(filter(None, parts)) or next(iter(emails), "")
        n = ";".join(
            _escape(part, ",;")
            for part in (said["last_name"], said["first_name"], "", said["title"], said["suffix"])
        )
        lines = [
            "BEGIN:VCARD",
            "VERSION:4.0",
            f"UID:urn:uuid:{pk}",
            f"FN:{_escape(name)}",
            f"N:{n}",
        ]
        if said["company"]:
            lines.append(f"ORG:{_escape(said['company'], ',;')}")
        if said["phone"]:
            lines.append(f"TEL;VALUE=text:{_escape(said['phone'])}")
        lines += [f"EMAIL;PREF={rank}:{_escape(each)}" for rank, each in enumerate(emails, 1)]
        if tags:
            lines.append(f"CATEGORIES:{','.join(_escape(tag) for tag in tags)}")
        if said["language"]:
            lines.append(f"LANG:{_escape(said['language'])}")
        if said["notes"]:
            lines.append(f"NOTE:{_escape(said['notes'])}")
        out += [*map(_folded, lines), "END:VCARD"]
    return "".join(f"{line}\r\n" for line in out).encode()


def _decoded_start(data: bytes) -> str:
    return _as_utf8(data[:64])[:64].decode("utf-8", "replace").lstrip("\ufeff")


def _as_utf8(data: bytes) -> bytes:
    """Return the file as UTF-8 where its first bytes say that it is UTF-16; else as it is."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(codecs.BOM_UTF8)


def _content_lines(data: bytes) -> Iterator[bytes]:
    """Unfold: a line that begins with a blank goes on with the one before.

    A value in quoted-printable goes on where a line ends with "=" (vCard 2.1). Of lines whose
    property is not read only the first is kept.
    """
    line: bytes | None = None
    is_soft = is_read = False
    length = 0
    for raw in _split(data):
        if line is not None and is_soft:
            line = line[:-1] + raw
        elif line is not None and raw[:1] in {b" ", b"\t"}:
            if is_read and length < LONGEST_VALUE:
                line += raw[1:]
                length += len(raw)
        else:
            if line is not None:
                yield line
            line, length = raw, len(raw)
            is_read = _name_of(raw) in _READ
            if not is_read:
                line = raw[:200]
        head = line[:LONGEST_VALUE].partition(b":")[0].upper()
        is_soft = is_read and line.endswith(b"=") and b"QUOTED-PRINTABLE" in head
    if line is not None:
        yield line


def _split(data: bytes) -> Iterator[bytes]:
    start = 0
    for end in _LINES.finditer(data):
        yield data[start : end.start()]
        start = end.end()
    if start < len(data):
        yield data[start:]


def _name_of(line: bytes) -> bytes:
    head = re.split(rb"[;:]", line[:200], maxsplit=1)[0]
    return head.rpartition(b".")[2].strip().upper()


def _property(line: bytes) -> tuple[str, dict[str, list[str]], bytes] | None:
    """Return name, parameters and raw value of a line; None for one that is not read."""
    name = _name_of(line)
    if name not in _READ:
        return None
    quoted, place = False, -1
    for index, sign in enumerate(line):
        if sign == ord('"'):
            quoted = not quoted
        elif sign == ord(":") and not quoted:
            place = index
            break
    if place < 0:
        return None
    head = line[:place].decode("utf-8", "replace")
    parameters: dict[str, list[str]] = {}
    for match in _PARAMETER.finditer(head):
        key, value = match[1].strip().upper(), match[2]
        if value is None:  # vCard 2.1 says only the value
            key, value = ("ENCODING" if key in {"QUOTED-PRINTABLE", "BASE64"} else "TYPE"), key
        values = [part.strip().strip('"').upper() for part in value.split(",")]
        parameters.setdefault(key, []).extend(values)
    return name.decode(), parameters, line[place + 1 :][:LONGEST_VALUE]


def _text(parameters: Mapping[str, list[str]], raw: bytes) -> str:
    if "QUOTED-PRINTABLE" in parameters.get("ENCODING", ()):
        raw = quopri.decodestring(raw)
    for charset in (*parameters.get("CHARSET", ()), "utf-8", "cp1252"):
        try:
            return raw.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
    return raw.decode("latin-1")


def _card(  # noqa: C901  one for each property
    number: int, lines: Iterable[tuple[str, dict[str, list[str]], bytes]]
) -> Card:
    card = Card(number)
    emails: list[tuple[int, int, str]] = []
    for name, parameters, raw in lines:
        text = _text(parameters, raw)
        if name == "FN" and not card.full_name:
            card.full_name = _plain(text)
        elif name == "N" and not (card.last_name or card.first_name):
            parts = [_joined(part) for part in _parts(text, ";")] + [""] * 5
            card.last_name, card.title, card.suffix = parts[0], parts[3], parts[4]
            card.first_name = " ".join(filter(None, parts[1:3]))
        elif name == "ORG" and not card.company:
            card.company = ", ".join(filter(None, map(_plain, _parts(text, ";"))))
        elif name == "TEL" and not card.phone:
            card.phone = _plain(text).removeprefix("tel:").partition(";")[0]
        elif name == "EMAIL":
            address = _plain(text).removeprefix("mailto:").strip()
            if address:
                emails.append((_preference(parameters), len(emails), address))
        elif name == "NOTE":
            card.notes = "\n".join(filter(None, (card.notes, _plain(text))))
        elif name == "CATEGORIES":
            card.tags += filter(None, (_plain(tag).strip() for tag in _parts(text, ",")))
        elif name == "LANG" and not card.language:
            card.language = _plain(text)
        elif name.endswith("KIND"):
            card.is_person = _plain(text).strip().lower() in {"individual", ""}
    card.emails = list(dict.fromkeys(address for _rank, _place, address in sorted(emails)))
    return card


def _preference(parameters: Mapping[str, list[str]]) -> int:
    """Return the rank of an address, 1 to 100; lower comes first."""
    for said in parameters.get("PREF", ()):
        if said.isdecimal() and len(said) <= 3:  # noqa: PLR2004  1 to 100
            return int(said)
    return 1 if "PREF" in parameters.get("TYPE", ()) else 100


def _parts(text: str, separator: str) -> list[str]:
    """Split at a separator that is not escaped; the parts are escaped still."""
    found, part, is_escaped = [], "", False
    for sign in text:
        if sign == separator and not is_escaped:
            found.append(part)
            part = ""
            continue
        is_escaped = sign == "\\" and not is_escaped
        part += sign
    return [*found, part]


def _joined(component: str) -> str:
    """Return the values of one component of a name with blanks between them."""
    return " ".join(filter(None, (_plain(value).strip() for value in _parts(component, ","))))


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text).strip()


def _escape(text: str, more: str = ",") -> str:
    plain = text.replace("\\", "\\\\")
    plain = _UNFOLDED.sub(r"\\n", plain)
    for sign in more:
        plain = plain.replace(sign, f"\\{sign}")
    return plain


def _folded(line: str) -> str:
    """Fold a line at 75 octets, never within a character."""
    if len(line.encode()) <= FOLD:
        return line
    found, part, size = [], "", 0
    for sign in line:
        width = len(sign.encode())
        if size + width > FOLD:
            found.append(part)
            part, size = " ", 1
        part += sign
        size += width
    return "\r\n".join([*found, part])
