"""Write a package's catalogue of what guests read, and compile it: tools/messages.py [--check].

A sentence that is new gets an empty translation, which a test refuses; one that is gone is left
out. What is compiled is in the repository, so that nothing has to be compiled on any machine.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

SOURCE = Path(__file__).parents[1] / "src" / "seatrobot"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
}
EVER = datetime(2026, 11, 30, tzinfo=UTC)
"""No date of the day, so that writing a catalogue twice makes the same file."""
TEAM = {"answers.html", "party.html", "link.html", "settings.html"}
FILES = {
    "replies": [
        *sorted(
            path
            for path in (SOURCE / "replies/templates/replies").glob("*.html")
            if path.name not in TEAM
        ),
        *(
            SOURCE / "replies" / f"{name}.py"
            for name in ("calendar", "codes", "forms", "links", "services", "telling", "views")
        ),
        SOURCE / "guests/fields.py",
        SOURCE / "guests/records.py",
        SOURCE / "kernel/cards.py",
    ],
}
"""By package, what a guest may read a sentence of; those of packages below stand there too."""


def sentences(package: str) -> Catalog:
    """Return every sentence of a package's pages for guests, without translations."""
    found = Catalog(charset="utf-8")
    for path in FILES[package]:
        text = path.read_text()
        if path.suffix == ".html":
            text = templatize(text, origin=str(path))
        lines = BytesIO(text.encode())
        for _line, message, _comments, _context in extract("python", lines, KEYWORDS):
            found.add(message, locations=[(str(path.relative_to(SOURCE)), None)])
    return found


def catalogue(package: str, language: str) -> Path:
    return SOURCE / package / "locale" / language / "LC_MESSAGES" / "django.po"


def read(package: str, language: str) -> Catalog:
    path = catalogue(package, language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compiled(package: str, language: str) -> bytes:
    """Return what the catalogue is compiled to."""
    kept = BytesIO()
    write_mo(kept, read(package, language))
    return kept.getvalue()


def write(package: str, language: str) -> None:
    known = read(package, language)
    new = Catalog(
        locale=language,
        charset="utf-8",
        header_comment="# What guests read.",
        project="Seatrobot",
        version="",
        msgid_bugs_address="",
        last_translator="",
        language_team=language,
        creation_date=EVER,
        revision_date=EVER,
        fuzzy=False,
    )
    for message in sentences(package):
        if message.id:
            before = known.get(message.id)
            new.add(message.id, before.string if before else "", locations=message.locations)
    path = catalogue(package, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, new, width=100, omit_header=False, sort_output=True)
    path.with_suffix(".mo").write_bytes(compiled(package, language))


if __name__ == "__main__":
    for name in FILES:
        for each in ("de",):
            write(name, each)
            empty = [m.id for m in read(name, each) if m.id and not m.string]
            sys.stdout.write(f"{name} {each}: {len(empty)} to translate\n")
