"""The public pages and documents as the running web server answers, compared with our own.

Neither templates nor what a library does with them in the web server is in any hash, and whatever
the web server replaces in memory it signs like anything else. So what people are shown is read over
HTTP, and the process that examines, which has just begun from the installed files, makes the same
from the same evidence: the texts must be equal. Left out of the comparison are tokens of forms, the
present moment, and the heads that documents name, of which there is a new one each minute.
"""

from __future__ import annotations

import base64
import binascii
import html
import http.client
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import Any, NamedTuple

from django.test import Client
from django.utils.http import parse_http_date_safe

from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises import reading
from seatrobot.kernel.promises.status import PromiseStatus, State
from seatrobot.kernel.routes import Audience, routes
from seatrobot.practices.addresses import OWN_EDITION
from seatrobot.practices.checks import browser
from seatrobot.practices.checks.browser import Answer, Browser

BELOW = "/practices/"
ONE_OF_EACH = {"promise"}
"""The part of an address that is filled in with promises; tiles are for a witness to read."""
PROMISES_EACH_TIME = 12
SIGNATURE = ".sig"
"""How addresses of signatures end; the signature stands in a header of the document, too."""
WAIT_SECONDS = 2.0
"""Between two tries, so that evidence recorded meanwhile is in both."""
MINUTE = timedelta(minutes=1)
OLDEST = timedelta(minutes=3)
NEAR = timedelta(seconds=15)
"""A moment so near to the present is the present."""
MOST_SHOWN = 60

TIME = re.compile(r'<time datetime="([^"]+)"[^>]*>[^<]*</time>')
TOKEN = re.compile(
    r'(name="csrfmiddlewaretoken" value="|<meta name="csrf-token" content=")\w+(?=")'
)
TAG = re.compile(r"<[^>]*>")
EDITION = re.compile(r"\?at=((\d{8}T\d{4})Z-[0-9a-f]{12})>")
HEADS = re.compile(
    r'"head": (null|"(\\.|[^"\\])*")|<metadata>[^<]*</metadata>| ?Head of the journal: \d+ \w+'
)


@dataclass(slots=True)
class Served:
    """compared: how many pages and documents. wrong: a note for each that says otherwise."""

    compared: int = 0
    wrong: list[str] = field(default_factory=list)


class Made(NamedTuple):
    """What this process answers itself."""

    status: int
    text: str


def compare(*, is_patient: bool = True) -> Served:
    """Compare every public page and document; CannotMeasure where the web server does not answer.

    What differs is compared again, and where that is documents alone, a last time in the next
    minute, with new editions: meanwhile something may have been recorded, or have fallen silent.
    is_patient: whether to wait for that minute; without, what is of the last edition is named, too.
    """
    paths = list(_paths())
    with Browser() as asking:
        wrong = dict(_otherwise(asking, paths))
        if wrong:
            time.sleep(WAIT_SECONDS)
            wrong = dict(_otherwise(asking, wrong))
        if wrong and is_patient and all(map(_is_file, wrong)):
            time.sleep(MINUTE.total_seconds() - now().second)
            wrong = dict(_otherwise(asking, wrong))
    return Served(len(paths), list(wrong.values()))


def _paths() -> Iterator[str]:
    """Give every public address of the practices, those of single promises of a few each time."""
    some = [row.promise.id for row in drawn(reading.statuses())]
    for route in routes():
        is_ours = route.audience == Audience.EVERYBODY and route.path.startswith(BELOW)
        if not is_ours or route.path.endswith(SIGNATURE) or route.parts.keys() - ONE_OF_EACH:
            continue
        yield from (route.filled({"promise": name}) for name in (some if route.parts else [""]))


def drawn(rows: Sequence[PromiseStatus]) -> list[PromiseStatus]:
    """Draw promises: one of each state that there is, then those that are broken, then others.

    Whoever lies, lies about what is broken, or has everything look as what is kept does. Those
    without any evidence, whose pages say little, come last.
    """
    mixed = secrets.SystemRandom().sample(rows, len(rows))
    firsts = {row.state: row for row in reversed(mixed)}
    mixed.sort(
        key=lambda row: (row is not firsts[row.state], row.state != State.BROKEN, row.at is None)
    )
    return mixed[:PROMISES_EACH_TIME]


def _otherwise(asking: Browser, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give each address that answers otherwise than this process, with a note."""
    for path in paths:
        before = Made(0, "") if _is_file(path) else _ours(path)
        answer = asking.get(path)
        edition = _edition(answer)
        note = _document(path, answer, edition) if edition else _page(path, answer, before)
        if note:
            yield path, f"{path} {note}"


def _is_file(path: str) -> bool:
    return not path.endswith("/")


def _page(path: str, answer: Answer, before: Made) -> str:
    """Compare a page with what this process made before it was fetched, and makes now.

    Of a page that is not there, such as the newest head before there is one, it is enough that it
    is not here either.
    """
    for number in range(2):
        made, moment = _ours(path) if number else before, now()
        shown, wanted = _lasting(answer.text, moment), _lasting(made.text, moment)
        is_there = answer.status == http.client.OK
        if answer.status == made.status and (shown == wanted or not is_there):
            return ""
    return _difference(shown, wanted) if is_there else f"answers {answer.status}"


def _document(path: str, answer: Answer, edition: tuple[str, datetime]) -> str:
    """Compare a document with the same edition as this process makes it."""
    try:
        signature = base64.b64decode(answer.headers.get("Seatrobot-Signature", "")).decode()
        signing.verify_bytes(answer.text.encode(), signature, signing.public_key())
    except (signing.BadSignature, binascii.Error, ValueError):
        return "is not signed"
    if not -MINUTE <= now() - edition[1] <= OLDEST:
        return "is not of now"
    shown, ours = HEADS.sub("", answer.text), HEADS.sub("", _ours(path, edition).text)
    return "" if shown == ours else _difference(shown, ours)


def _edition(answer: Answer) -> tuple[str, datetime] | None:
    """Return the edition that a document names in its headers, with the moment it was made at.

    The minute of the edition where the moment that is told does not lie in it.
    """
    found = EDITION.search(answer.headers.get("Link", ""))
    if found is None:
        return None
    minute = datetime.strptime(found[2], "%Y%m%dT%H%M").replace(tzinfo=UTC)
    told = parse_http_date_safe(answer.headers.get("Last-Modified", ""))
    moment = datetime.fromtimestamp(told or 0, UTC)
    return found[1], moment if minute <= moment < minute + MINUTE else minute


def _ours(path: str, edition: tuple[str, datetime] | None = None) -> Made:
    """Return what this process makes of an address."""
    address = browser.own_address()
    client = Client(headers={"host": address.name})
    environment: Any = {OWN_EDITION: edition or ("", now())}
    answer = client.get(path, secure=address.is_tls, **environment)
    return Made(answer.status_code, answer.content.decode())


def _lasting(text: str, moment: datetime) -> str:
    """Return a page without what is another in each answer: tokens, and the present moment."""

    def without_now(found: re.Match[str]) -> str:
        try:
            is_now = abs(datetime.fromisoformat(found[1]) - moment) < NEAR
        except (TypeError, ValueError):
            return found[0]
        return "<time>" if is_now else found[0]

    return TIME.sub(without_now, TOKEN.sub(r"\1", text))


def _difference(shown: str, ours: str) -> str:
    """Return the beginning of the first line that differs, as it is shown."""
    lines = zip_longest(shown.splitlines(), ours.splitlines(), fillvalue="")
    line = next((one or other for one, other in lines if one != other), "")
    words = " ".join(html.unescape(TAG.sub(" ", line)).split())
    return f"says otherwise: “{words[:MOST_SHOWN]}”"
