"""Opens pages with Customer Data over HTTP, and looks for what the journal says of each.

The entries before and after each read are compared: who, where, what was opened; and of some the
sealed details, with the address and the browser that read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from django.urls import reverse

from seatrobot.events.models import Event
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import first_id
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.practices.checks import canaries
from seatrobot.practices.checks.browser import Browser
from seatrobot.practices.checks.probe import ProbeOrganization, at_the_door, browser_of

OK = 200
OF_AN_EVENT = (
    *("events:overview", "guests:list", "guests:columns", "guests:import", "seating:plan"),
    *("seating:list", "seating:setup", "checkin:door"),
)
OF_AN_ORGANIZATION = (
    *("organizations:members", "organizations:log", "organizations:log-sign-ins"),
    *("organizations:settings", "contacts:list", "events:list"),
)
OF_A_MEMBER = ("guests:list", "seating:plan", "checkin:door")
ENTRIES = """
    SELECT id, organization_id, actor_kind, actor_id, opened FROM journal_entry
    WHERE id >= %s AND (organization_id = %s OR actor_id = %s)
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads which pages, and how a note calls them."""

    name: str
    member: Principal
    browser: Browser
    pages: list[str]


@dataclass(slots=True)
class Read:
    """How many pages were read. wrong: what the journal should have said, one line each."""

    pages: int = 0
    wrong: list[str] = field(default_factory=list)


def read(probe: ProbeOrganization) -> Read:
    """Read as the owner, as a member and at the door."""
    found = Read()
    event = canaries.write(probe)
    with ExitStack() as stack, examining() as examiner:
        for reader in _readers(probe, event, stack):
            entries = [
                entry
                for page in reader.pages
                for entry in _read(examiner, probe, reader, page, found)
            ]
            found.wrong += _untrue(probe, reader, entries)
    return found


def _readers(probe: ProbeOrganization, event: Event, stack: ExitStack) -> Iterator[Reader]:
    of_event = [probe.organization_id, event.pk]

    def paths(names: tuple[str, ...]) -> list[str]:
        return [reverse(name, args=of_event) for name in names]

    owner = stack.enter_context(browser_of(probe.owner, "password"))
    pages = paths(OF_AN_EVENT)
    pages += [reverse(name, args=[probe.organization_id]) for name in OF_AN_ORGANIZATION]
    pages += [reverse("guests:export", args=[*of_event, "csv"])]
    search = f"?q={canaries.word('name', now().date())}"
    pages += [f"{each}{search}" for each in paths(("guests:list", "checkin:search"))]
    yield Reader("the owner", probe.owner, owner, pages)
    member = stack.enter_context(browser_of(probe.member, "password"))
    yield Reader("a member", probe.member, member, paths(OF_A_MEMBER))
    door = stack.enter_context(at_the_door(probe, event))
    yield Reader(
        "the door",
        probe.door,
        door,
        [*paths(("checkin:door",)), f"{paths(('checkin:search',))[0]}{search}"],
    )


def _read(
    examiner: psycopg.Connection[Any],
    probe: ProbeOrganization,
    reader: Reader,
    page: str,
    found: Read,
) -> list[UUID]:
    """Read a page; return the entries that this left, after noting what is wrong with them."""
    values = [first_id(now()), probe.organization_id, reader.member.account_id]
    before = {row[0] for row in examiner.execute(ENTRIES, values)}
    answer = reader.browser.get(page)
    found.pages += 1
    shown = page.partition(str(probe.organization_id))[2].partition("?")[0]
    what = f"{shown} to {reader.name}"  # without what was searched for: it is a canary
    if answer.status != OK:
        found.wrong.append(f"{what}: {answer.status}")
        return []
    new = [row for row in examiner.execute(ENTRIES, values) if row[0] not in before]
    own = [row for row in new if row[2:4] == ("member", reader.member.account_id)]
    if not own:
        found.wrong.append(f"{what}: left no entry")
    if len(own) != len(new):
        found.wrong.append(f"{what}: left an entry that names somebody else")
    if own and not sum(row[4] for row in own):
        found.wrong.append(f"{what}: no entry says that something was opened")
    if any(row[1] != probe.organization_id for row in own):
        found.wrong.append(f"{what}: left an entry in another journal")
    return [row[0] for row in own]


def _untrue(probe: ProbeOrganization, reader: Reader, entries: list[UUID]) -> list[str]:
    """Open the details of entries, and say where they are not those of the browser that read."""
    with acting(ACTOR, probe.organization_id):
        rows = list(Entry.objects.filter(pk__in=entries))
        return [
            f"an entry of {reader.name} ({row.action}) names another address or browser"
            for row in rows
            if (row.sealed.ip, row.sealed.agent) != (reader.browser.source, reader.browser.agent)
        ]
