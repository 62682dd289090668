"""What somebody gets who has found the link of a guest: tried with one, in the probe organization.

The holder of the link is a browser without an account. What it may see is one party of one event;
every other party has a surname that is made up anew each time, and none of them may turn up.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from seatrobot.events import services as events
from seatrobot.events.facts import EventFacts
from seatrobot.events.models import Event
from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import editing
from seatrobot.guests.statuses import Facts
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import Operator, Principal
from seatrobot.kernel.promises.declaring import Measure, Measurement, promise
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.refusal import LinkDead
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.tokens import token_hash
from seatrobot.practices.checks.browser import Answer, Browser
from seatrobot.practices.checks.probe import ProbeOrganization, probe_organization
from seatrobot.replies import links
from seatrobot.replies.feature import Action
from seatrobot.replies.models import Answer as Recorded
from seatrobot.replies.models import Link

GONE, FOUND, MISSING = 410, 302, 404
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
PAGES = ("page", "data", "code", "calendar", "style")
"""What a link opens with a look."""
OF_THE_EVENT = frozenset(
    {
        "events_activity",
        "events_event",
        "events_field",
        "organizations_organization",
        "organizations_security",
        "replies_page",
        "replies_picture",
    }
)
"""Tables of which a link sees rows that tell nothing of any person."""
TRIES = 3


@dataclass(frozen=True, slots=True)
class Party:
    """A party that is made for this. word: the surname of its guest."""

    organization_id: UUID
    event_id: UUID
    id: UUID
    guest_id: UUID
    word: str
    token: str

    def path(self, page: str = "page") -> str:
        return reverse(f"replies:{page}", kwargs={"token": self.token})


@dataclass(slots=True)
class Findings:
    tried: int = 0
    shown: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    readable: list[str] = field(default_factory=list)
    unlogged: list[str] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        return [
            *(f"showed {each}" for each in self.shown),
            *(f"a dead link opened: {each}" for each in self.opened),
            *(f"changed by {each}" for each in self.changed),
            *(f"the database shows a link {each}" for each in self.rows),
            *(f"readable: {each}" for each in self.readable),
            *(f"no entry of {each}" for each in self.unlogged),
        ]


@promise(
    "confidentiality.guests",
    sentence=_("A guest's link shows one party and nothing else."),
    measured_by=_(
        "The examination makes parties with links in two events of an organization kept for this"
        " and in another one, each under a name of its own, and takes one link for a stolen one."
        " Over HTTP a browser without an account opens all that it leads to, asks for other parties"
        " by their identifiers in the address and in the form, and submits the form as programs"
        " that follow links in mail do: no other name may be shown, and nothing may be recorded."
        " Links that are cut, made up, moved to another organization, replaced, withdrawn, or of an"
        " event that is over must open nothing. Then the application asks the database for every"
        " row of every table in a unit of work of the link, as a faulty page would, and looks for"
        " tokens in the table of links. Each opening must be in the access log."
    ),
    measures=[
        Measure("tried", _("ways tried"), least=30),
        Measure("shown", _("answers with a name of another party"), most=0),
        Measure("opened", _("dead links that open something"), most=0),
        Measure("changed", _("records changed by looking or by another's link"), most=0),
        Measure("rows", _("tables in which a link sees rows of others"), most=0),
        Measure("readable", _("tokens that are kept readable"), most=0),
        Measure("unlogged", _("openings that the access log lacks"), most=0),
    ],
    every=timedelta(hours=1),
    fresh_for=timedelta(hours=3),
    timeout=timedelta(seconds=60),
)
def guests() -> Measurement:
    """Try a stolen link in every way."""
    found = Findings()
    with probe_organization() as probe, _parties(probe) as (mine, others, over):
        before = _state([mine, *others])
        with Browser() as thief:
            _look(thief, mine, others, found)
            _submit(thief, mine, others, found)
            _open_dead(thief, probe, mine, over, found)
        if _state([mine, *others]) != before:
            found.changed.append("looking, or a form that nobody confirmed")
        _ask_database(mine, found)
        _read_tokens([mine, *others], found)
        _read_log(mine, found)
    counts = {name: len(getattr(found, name)) for name in Findings.__slots__ if name != "tried"}
    return Measurement({"tried": found.tried, **counts}, found.notes)


@contextmanager
def _parties(probe: ProbeOrganization) -> Iterator[tuple[Party, list[Party], Party]]:
    """Give the party of the stolen link, those of others, and one whose event is over."""
    made: list[Event] = []
    try:
        gala = _event(probe.administrator, made)
        mine = _party(probe.administrator, gala)
        others = [
            _party(probe.administrator, gala),
            _party(probe.administrator, _event(probe.administrator, made)),
            _party(probe.foreign, _event(probe.foreign, made)),
        ]
        past = _event(probe.administrator, made)
        over = _party(probe.administrator, past)
        with acting(ACTOR, past.organization_id):
            day = timedelta(days=2)
            Event.objects.filter(pk=past.pk).update(starts_at=now() - 2 * day, ends_at=now() - day)
        yield mine, others, over
    finally:
        for event in made:
            actor = Operator(actor=ACTOR, organization_id=event.organization_id)
            with actor.acting():
                events.delete(actor=actor, event=event, typed_title=event.title)


def _event(member: Principal, made: list[Event]) -> Event:
    start = now() + timedelta(days=1)
    title = f"Event {secrets.token_hex(8)}"
    with member.acting():
        facts = EventFacts(title, start, start + timedelta(hours=3))
        event = events.create(actor=member, facts=facts)
    made.append(event)
    return event


def _party(member: Principal, event: Event) -> Party:
    word = f"Quiet{secrets.token_hex(8)}"
    with member.acting():
        record = GuestRecord(first_name="Ada", last_name=word, email=f"{word}@nowhere.test")
        guest = editing.add(actor=member, event=event, record=record, facts=Facts())
        url = links.issue(actor=member, party_id=guest.party_id)
    token = url.rstrip("/").rpartition("/")[2]
    return Party(event.organization_id, event.pk, guest.party_id, guest.pk, word, token)


def _state(parties: list[Party]) -> list[tuple[object, ...]]:
    """Return all that an answer would change of these parties."""
    found: list[tuple[object, ...]] = []
    for party in parties:
        with acting(ACTOR, party.organization_id):
            rows = Guest.objects.filter(party_id=party.id).order_by("pk")
            found += rows.values_list("pk", "reply", "held", "changed_at")
            found.append((Recorded.objects.filter(party_id=party.id).count(),))
    return found


def _see(answer: Answer, what: str, others: list[Party], found: Findings) -> None:
    found.tried += 1
    if any(other.word in answer.text or str(other.guest_id) in answer.text for other in others):
        found.shown.append(what)


def _look(thief: Browser, mine: Party, others: list[Party], found: Findings) -> None:
    """Open all that the link leads to, often, and with identifiers of others in the address."""
    for page in PAGES:
        for _number in range(TRIES):
            _see(thief.get(mine.path(page)), page, others, found)
    if mine.word not in thief.get(mine.path()).text:
        found.shown.append("nothing: the link does not open its own party")
    for other in others:
        query = (
            f"?party={other.id}&party_id={other.id}&guest={other.guest_id}&event={other.event_id}"
        )
        for page in ("page", "data"):
            _see(thief.get(mine.path(page) + query), "another's identifier", others, found)
        place = f"/o/{other.organization_id}/events/{other.event_id}/guests/{other.guest_id}/"
        _see(thief.get(place), "a page of the team", others, found)


def _submit(thief: Browser, mine: Party, others: list[Party], found: Findings) -> None:
    """Send the form as a program does: as it is, filled in, confirmed at once, for others."""
    page = thief.get(mine.path())
    stamped = dict(HIDDEN.findall(page.text))
    own, yes = {f"comes_{mine.guest_id.hex}": "yes"}, {"mine": "yes", "step": "record"}
    for said in ({}, own, yes, own | yes):
        _see(thief.send(mine.path(), stamped | said), "a form sent at once", others, found)
    for other in others:
        theirs = {f"comes_{other.guest_id.hex}": "no", "party": str(other.id)}
        _see(thief.send(mine.path(), stamped | own | theirs | yes), "a form", others, found)
        _see(thief.send(mine.path("assistant") + f"?party={other.id}"), "a form", others, found)


def _open_dead(
    thief: Browser, probe: ProbeOrganization, mine: Party, over: Party, found: Findings
) -> None:
    """Open links that are cut, made up, moved, of a past event, replaced and withdrawn."""
    secret = base64.urlsafe_b64decode(mine.token + "=")[16:]
    moved = probe.foreign.organization_id.bytes + secret
    guess = mine.organization_id.bytes + secrets.token_bytes(16)
    dead = {
        "cut": mine.token[:-2],
        "made up": base64.urlsafe_b64encode(guess).decode().rstrip("="),
        "of another organization": base64.urlsafe_b64encode(moved).decode().rstrip("="),
        "of an event that is over": over.token,
        "the hash of a token": token_hash(mine.token).hex(),
    }
    fresh = _party(probe.administrator, _again(probe, mine))
    with probe.administrator.acting():
        links.issue(actor=probe.administrator, party_id=fresh.id)
    dead["replaced"] = fresh.token
    other = _party(probe.administrator, _again(probe, mine))
    with probe.administrator.acting():
        links.revoke(actor=probe.administrator, party_id=other.id, kind=Link.Kind.OWN)
    dead["withdrawn"] = other.token
    for what, token in dead.items():
        for page in PAGES:
            found.tried += 1
            path = reverse(f"replies:{page}", kwargs={"token": token})
            if thief.get(path).status not in {GONE, MISSING}:
                found.opened.append(f"{what} ({page})")


def _again(probe: ProbeOrganization, mine: Party) -> Event:
    with acting(ACTOR, probe.organization_id):
        return Event.objects.get(pk=mine.event_id)


def _ask_database(mine: Party, found: Findings) -> None:
    """Ask for every row in a unit of work of the link, as a page would that is wrong."""
    try:
        link = links.resolve(mine.token)
    except LinkDead:
        found.rows.append("nothing: it is not found")
        return
    models = [each for each in apps.get_models() if issubclass(each, TenantModel)]
    with links.holder(link).acting(link.scope):
        for model in models:
            if model._meta.abstract or model._meta.db_table in OF_THE_EVENT:
                continue
            found.tried += 1
            columns = {each.attname for each in model._meta.concrete_fields}
            rows = model._default_manager.all()  # noqa: SLF001  Django's own
            if model._meta.db_table == "guests_party":
                rows = rows.exclude(pk=mine.id)
            elif "party_id" in columns:
                rows = rows.exclude(Q(("party_id", mine.id)))
            if rows.exists():
                found.rows.append(f"rows of {model._meta.db_table}")
        if Entry.objects.exists():
            found.rows.append("the access log")


def _read_tokens(parties: list[Party], found: Findings) -> None:
    """Look for the tokens in all that is kept of the links."""
    for party in parties:
        secret = base64.urlsafe_b64decode(party.token + "=")
        wanted = {party.token, party.token.encode().hex(), secret.hex(), secret[16:].hex()}
        with acting(ACTOR, party.organization_id), connection.cursor() as cursor:
            cursor.execute("SELECT replies_link::text FROM replies_link")
            kept = " ".join(row[0] for row in cursor.fetchall())
        found.tried += 1
        if any(each in kept for each in wanted):
            found.readable.append("a link as it is kept")


def _read_log(mine: Party, found: Findings) -> None:
    """Look for an entry of the link for each of its pages that were opened."""
    with acting(ACTOR, mine.organization_id):
        rows = Entry.objects.filter(
            event_id=mine.event_id, subject_id=mine.id, action=Action.PAGE_VIEW.value
        )
        kinds = set(rows.values_list("actor_kind", "actor_name"))
        count = rows.count()
    if count < 2 * TRIES or kinds - {("link", links.NAME)}:
        found.unlogged.append("a page that the link opened")
