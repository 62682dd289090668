"""Compliance: numbers of payment cards; the certificates of providers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel import cards
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.promises.declaring import (
    Measure,
    Measurement,
    promise,
)
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import VaultError
from seatrobot.kernel.vault.fields import sealed_fields
from seatrobot.practices.checks import providers, sealing
from seatrobot.practices.checks.browser import Browser
from seatrobot.practices.checks.probe import ProbeOrganization, browser_of, probe_organization

ELSEWHERE = (providers.providers,)
"""A promise of this section that is declared in a module of its own."""

TEST_CARDS = (
    "4242424242424242",
    "5555 5555 5555 4444",
    "3782-822463-10005",
    "\uff16\uff12" + "\uff10" * 13 + "\uff15",
)
"""Numbers that payment services publish for tests, as people write them."""
UNPROCESSABLE = 422
SLICES = 16
SLICE = timedelta(hours=6)
"""Each examination looks at the rows whose identifier ends in one of sixteen ways."""
ROWS = """
    SELECT {key}, {column} FROM {table}
    WHERE {column} IS NOT NULL AND right({key}::text, 1) = %(slice)s AND {whose}
"""
LOGS = ("logs/*", "postgresql/start.log", "postgresql/cluster/log/*")


@promise(
    "compliance.cards",
    sentence=_(
        "Numbers of payment cards are refused wherever text is kept, and cut out of the lines of"
        " our logs."
    ),
    measured_by=_(
        "Numbers that payment services publish for tests are typed into two pages of an"
        " organization kept for this, and lines of the log with them are written as the process"
        " that examines writes its own. As the system, which is in each organization's journal, a"
        " sixteenth of all sealed texts of every organization that is not locked is opened every"
        " six hours, and the logs of the web server, of the jobs and of Seatrobot's own database"
        " are read; numbers of cards in them are counted, and noted is only where they stand. Files"
        " that wait for an import are looked at when they come, not here."
    ),
    measures=[
        Measure("tried", _("numbers typed into pages"), least=8),
        Measure("taken", _("of them taken"), most=0),
        Measure("lines", _("lines of the log written with a number"), least=4),
        Measure("uncut", _("of them that show the whole number"), most=0),
        Measure("texts", _("sealed texts opened"), least=0),
        Measure("stored", _("numbers found in them and in the database's log"), most=0),
    ],
    every=SLICE,
    fresh_for=timedelta(hours=13),
    timeout=timedelta(minutes=5),
)
def numbers_of_cards() -> Measurement:
    """Type numbers of cards, log them, and look for them in a slice of what is stored."""
    with probe_organization() as probe:
        taken = [f"{page} took a number" for page in _tried(probe)]
    uncut = sum(not _is_cut(card) for card in TEST_CARDS)
    texts, found = 0, []
    with examining() as examiner:
        for organization_id in [*(row[0] for row in examiner.execute(sealing.KNOWN)), PLATFORM]:
            opened, notes = _searched(examiner, organization_id)
            texts += opened
            found += notes
    found += _in_logs(settings.CONFIG.data)
    return Measurement(
        {
            "tried": len(TEST_CARDS) * len(PAGES),
            "taken": len(taken),
            "lines": len(TEST_CARDS),
            "uncut": uncut,
            "texts": texts,
            "stored": len(found),
        },
        [*taken, *found],
    )


PAGES: dict[str, dict[str, str]] = {
    "events/new/": {
        "title": "{card}",
        "starts_at": "2027-05-01T18:00",
        "ends_at": "2027-05-01T23:00",
        "time_zone": "UTC",
    },
    "contacts/new/": {"last_name": "Probe", "notes": "{card}"},
}
"""Forms of an organization, and what is typed into them."""


def _tried(probe: ProbeOrganization) -> Iterator[str]:
    """Give the page for each number that was not refused."""
    browser: Browser = browser_of(probe.owner, "password")
    for page, fields in PAGES.items():
        for card in TEST_CARDS:
            said = {name: text.format(card=card) for name, text in fields.items()}
            answer = browser.post(probe.path(page), said)
            if answer.status != UNPROCESSABLE or "payment card" not in answer.text:
                yield page


def _is_cut(card: str) -> bool:
    """Return whether every handler of the log cuts a number, in its words and in a trace."""
    trace = (ValueError, ValueError(card), None)
    record = logging.LogRecord("probe", logging.ERROR, "", 0, "paid with %s", (card,), trace)
    handlers = [each for each in logging.getLogger().handlers if each.formatter]
    return bool(handlers) and not any(cards.find(each.format(record)) for each in handlers)


def present_slice() -> str:
    """Return the last sign of the identifiers that are looked at now."""
    return f"{int(now().timestamp() // SLICE.total_seconds()) % SLICES:x}"


def _searched(examiner: psycopg.Connection[Any], organization_id: UUID) -> tuple[int, list[str]]:
    """Open a slice of one organization, or of the platform; return how many, and what was found."""
    found: list[str] = []
    if organization_id != PLATFORM and not vault.has_keyring(organization_id):
        return 0, found
    with acting(ACTOR, None if organization_id == PLATFORM else organization_id) as access:
        for each in sealed_fields():
            of_slice = sealing.rows(examiner, each, organization_id, ROWS, slice=present_slice())
            for key, sealed in of_slice:
                try:
                    number = each.count_cards(key, organization_id, sealed)
                except VaultError:
                    continue  # `encryption.rest` counts what does not open
                found += [f"{each.model._meta.db_table}.{each.column}: {key}"] * number
        if access.opened:
            journal.record(Action.VAULT_CHECK, values=access.opened)
        return access.opened, found


def _in_logs(data: Path) -> list[str]:
    """Return the files of logs that hold a number, once for each."""
    found = []
    for pattern in LOGS:
        for file in sorted(data.glob(pattern)):
            with file.open(errors="replace") as lines:
                found += [f"{file.name} holds a number" for line in lines if cards.find(line)]
    return found
