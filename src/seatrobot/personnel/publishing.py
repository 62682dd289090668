"""Publishing policies and courses: from files, by the operator, each text as a numbered edition.

The files of the product stand in `policies/` and `courses/` of this package. A file of the same
name in a directory of that name in the data directory replaces one, and any other name adds one.
What is in force is the newest edition in the database: a file that is half written binds nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from seatrobot.accounts.models import StaffMember
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.staff import conditions
from seatrobot.personnel import markdown
from seatrobot.personnel.feature import Action
from seatrobot.personnel.markdown import BadText
from seatrobot.personnel.models import Edition, Kind

PLACES = {Kind.POLICY: "policies", Kind.COURSE: "courses"}
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
LOCK = 0x706F6C69
"""Of PostgreSQL's advisory locks: whoever signs or answers shares it, publishing holds it alone."""
LOCK_ALONE = "SELECT pg_advisory_xact_lock(%s)"
LOCK_SHARED = "SELECT pg_advisory_xact_lock_shared(%s)"
LONGEST_FILE = 4 * markdown.LONGEST


@dataclass(frozen=True, slots=True)
class File:
    """A text that a file holds. is_own: of the operator, not of the product."""

    kind: Kind
    name: str
    text: str
    title: str
    is_own: bool

    @property
    def terms(self) -> dict[str, int | None]:
        """Return what the text of a course says about completions."""
        if self.kind == Kind.POLICY:
            return {}
        course = markdown.course_of(self.text)
        return {"valid_days": course.valid_days, "earlier_days": course.earlier_days}


@dataclass(frozen=True, slots=True)
class Line:
    """A policy or course with what the files say. number: in force, 0: not published.

    differs: whether the file holds another text than the one in force.
    """

    kind: Kind
    name: str
    title: str
    number: int
    differs: bool
    is_own: bool


def files() -> list[File]:
    """Return every text that a file holds, the operator's before ours; raise BadText."""
    found: dict[tuple[Kind, str], File] = {}
    for is_own, base in ((False, Path(__file__).parent), (True, settings.CONFIG.data)):
        for kind, place in PLACES.items():
            for path in sorted((base / place).glob("*.md")):
                file = _read(kind, path, is_own=is_own)
                found[kind, file.name] = file
    return [found[key] for key in sorted(found, key=lambda key: (key[0] != Kind.POLICY, key[1]))]


def newest() -> dict[tuple[str, str], Edition]:
    """Return the newest edition of each policy and course, withdrawn ones too, without texts."""
    rows = Edition.objects.defer("text").order_by("kind", "name", "-number")
    return {(row.kind, row.name): row for row in rows.distinct("kind", "name")}


def lines() -> list[Line]:
    """Return every policy and course with what its file says; raise BadText."""
    journal.record(Action.TEXT_LIST)
    published = newest()
    found = []
    for file in files():
        edition = published.pop((file.kind, file.name), None)
        differs = edition is None or edition.digest != markdown.digest(file.text)
        number = edition.number if edition and edition.digest else 0
        found.append(Line(file.kind, file.name, file.title, number, differs, file.is_own))
    for (kind, name), edition in published.items():
        if edition.digest:
            found.append(
                Line(Kind(kind), name, edition.title, edition.number, differs=True, is_own=True)
            )
    return found


def publish() -> list[Edition]:
    """Publish what the files say: new texts, changed ones, and that one is gone. Raise BadText.

    Call in the name of the operator: the database takes editions from nobody who is signed in.
    """
    everything = files()
    _lock()
    published = newest()
    made = []
    for file in everything:
        edition = published.pop((file.kind, file.name), None)
        if edition is None or edition.digest != markdown.digest(file.text):
            made.append(_add(file, (edition.number if edition else 0) + 1))
    made += [_withdraw(edition) for edition in published.values() if edition.digest]
    if made:
        for account_id in StaffMember.objects.values_list("pk", flat=True):
            conditions.changed(account_id)
    return made


def publish_first() -> None:
    """Publish all there is where nothing was published yet, so that a new service has policies."""
    if Edition.objects.exists():
        return
    publish()


def share_lock() -> None:
    """Keep what is in force in force until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SHARED, [LOCK])


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_ALONE, [LOCK])


def _add(file: File, number: int) -> Edition:
    edition = Edition.objects.create(
        kind=file.kind,
        name=file.name,
        number=number,
        title=file.title,
        digest=markdown.digest(file.text),
        text=file.text,
        published_at=now(),
        **file.terms,
    )
    journal.record(
        Action.TEXT_PUBLISH,
        subject_id=edition.pk,
        kind=str(file.kind),
        name=file.name,
        edition=number,
        hash=edition.digest,
    )
    return edition


def _withdraw(last: Edition) -> Edition:
    edition = Edition.objects.create(
        kind=last.kind,
        name=last.name,
        number=last.number + 1,
        title=last.title,
        digest="",
        text="",
        published_at=now(),
    )
    journal.record(
        Action.TEXT_WITHDRAW,
        subject_id=edition.pk,
        kind=str(last.kind),
        name=last.name,
        edition=edition.number,
    )
    return edition


def _read(kind: Kind, path: Path, *, is_own: bool) -> File:
    try:
        return File(kind, path.stem, *_text_and_title(kind, path), is_own)
    except BadText as error:
        raise BadText(f"{path}: {error}") from None


def _text_and_title(kind: Kind, path: Path) -> Iterator[str]:
    if not NAME.fullmatch(path.stem):
        raise BadText(_("The name may have small letters, digits and hyphens."))
    if path.stat().st_size > LONGEST_FILE:
        raise BadText(_("The file is too large."))
    try:
        text = markdown.canonical(path.read_text("utf-8"))
    except UnicodeDecodeError:
        raise BadText(_("The file is not in UTF-8.")) from None
    title = markdown.course_of(text).title if kind == Kind.COURSE else markdown.title_of(text)
    yield text
    yield title
