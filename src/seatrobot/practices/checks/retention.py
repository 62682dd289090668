"""Data retention: what is deleted is gone, and somebody else has looked for it."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts import services as accounts
from seatrobot.accounts.mail import NOWHERE
from seatrobot.contacts import services as contacts
from seatrobot.contacts.models import Contact, ContactRecord
from seatrobot.deletion import (
    alerts,
    erasing,
    ledger,
    replaying,
    steps,
    verifying,
    verifying_receipts,
)
from seatrobot.deletion import cluster as clusters
from seatrobot.deletion.models import OPEN, Deletion, State
from seatrobot.events import services as events
from seatrobot.events.facts import EventFacts
from seatrobot.events.models import Event
from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import bulk, editing
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises.declaring import CannotMeasure, Measure, Measurement, promise
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.promises.statements import InvalidStatement, examiner_public_key
from seatrobot.organizations import services as organizations
from seatrobot.organizations.members import Member
from seatrobot.practices.checks import canaries, deletions, returning
from seatrobot.practices.checks.browser import Browser
from seatrobot.practices.checks.probe import ProbeOrganization, browser_of, probe_organization

ELSEWHERE = (returning.returned,)
"""A promise of this section that is declared in a module of its own."""
LONGEST_WAIT = 90
ASKED = 24
"""How often the web server is asked what it holds: a worker of it answers each time."""
UNREADABLE_WITHIN = 60
ENTERED_WITHIN = timedelta(minutes=30)
REDIRECT, REFUSED, MISSING, OK = 302, 403, 404, 200
RECEIPTS = 200
"""How many of the newest deletions that are verified have their results verified again."""
NAME = "Probe (to be deleted)"


@dataclass(frozen=True, slots=True)
class Throwaway:
    """An organization that is made to be deleted, with an event, guests and a contact."""

    owner: Member
    event: Event

    @property
    def organization_id(self) -> UUID:
        return self.owner.organization_id

    def path(self, rest: str) -> str:
        return f"/o/{self.organization_id}/{rest}"


@promise(
    "retention.anytime",
    sentence=_("The Primary Owner can delete Customer Data at any time."),
    measured_by=_(
        "Through pages of the running web a guest, a contact and an event of an organization kept"
        " for this are deleted, and an organization that was made and filled for this is deleted"
        " whole and at once by its Primary Owner. An Administrator must not be able to. Afterwards"
        " their pages are asked for, the background work has to destroy the organization's keys"
        " within a minute of this request, and its rows are counted. Who has locked the"
        " organization with a key of its own unlocks it first."
    ),
    measures=[
        Measure("kinds", _("kinds of things deleted over HTTP"), least=4),
        Measure("pages", _("pages that still show what was deleted"), most=0),
        Measure("others", _("pages to delete the organization open to an Administrator"), most=0),
        Measure("seconds", _("seconds until nothing could be read"), most=UNREADABLE_WITHIN),
        Measure("rows", _("rows left of a whole organization"), most=0),
        Measure("receipts", _("receipts that verify with the published key"), least=1),
    ],
    fresh_for=timedelta(hours=18),
    every=timedelta(hours=6),
    timeout=timedelta(seconds=180),
)
def anytime() -> Measurement:
    """Delete a guest, a contact, an event and an organization over HTTP."""
    with probe_organization() as probe:
        kinds, pages = _delete_parts(probe)
        with browser_of(probe.administrator, "password") as administrator:
            page = probe.path("settings/delete/")
            others = int(administrator.get(page).status != REFUSED)
            others += int(administrator.send(page, {"name": "Probe"}).status != REFUSED)
    throwaway = make_throwaway()
    with browser_of(throwaway.owner, "password") as browser:
        asked_at = now()
        link = delete(throwaway, browser)
        kinds += bool(link)
        deletion = wait_until_gone(throwaway)
        pages += browser.get(throwaway.path("settings/")).status not in {REDIRECT, MISSING}
        receipt = browser.get(f"{link}receipt.txt").text if link else ""
    return Measurement(
        {
            "kinds": kinds,
            "pages": pages,
            "others": others,
            "seconds": _seconds(asked_at, deletion.unreadable_at),
            "rows": sum(erasing.count(throwaway.organization_id).values()),
            "receipts": int(_is_valid(receipt)),
        }
    )


@promise(
    "retention.production",
    sentence=_("Deleted data is gone from all production systems within 24 hours."),
    measured_by=_(
        "A guest, a contact and an event are deleted in an organization kept for this. Then what"
        " was deleted on this instance and not looked for yet, up to 60 deletions at once, is"
        " looked for; where a table of theirs has more than 8 MB, at night or after 16 hours, and"
        " until then what was verified within a day is counted. The database's tables and"
        " statistics are rewritten and its log is renewed, and up to eight identifiers and eight"
        " parts of the sealed values of each are searched for in every table of every schema, in"
        " the queue, in the database's files, in every other file of the service, in temporary"
        " files and in the store of keys; only logs, signed evidence, published heads and the"
        " deletions themselves may hold identifiers. The web server is asked again and again what"
        " its processes hold in memory of organizations. A table that nobody declared, an old"
        " segment of the log or a replication slot counts as found, and so does an archive from"
        " before a deletion; and an organization that is there must be found, as a control. Another"
        " role of the database compares the deletions of the last 30 days that the logs of"
        " organizations speak of, of all but guests, with their rows. Of a deletion that is not"
        " over after 20 hours there must be an alert for the staff. The examination compares the"
        " database with the ledger of what was erased, and verifies the signed results of the"
        " newest deletions. Where the database is not Seatrobot's own, nothing is measured here."
    ),
    measures=[
        Measure("looked", _("deletions looked for"), least=1),
        Measure("remains", _("places where deleted data was still found"), most=0),
        Measure("hours", _("hours that the oldest open deletion has waited"), most=24),
        Measure("unasked", _("deletions in logs of organizations whose row is missing"), most=0),
        Measure("untold", _("late deletions that lack an alert for the staff"), most=0),
        Measure("unentered", _("deletions that the ledger of erasures lacks"), most=0),
        Measure("returned", _("rows that are there although the ledger has them"), most=0),
        Measure("unproven", _("finished deletions that lack a signed result"), most=0),
    ],
    fresh_for=timedelta(hours=3),
    every=timedelta(hours=1),
    timeout=timedelta(seconds=240),
)
def production() -> Measurement:
    """Delete something, then look for all that was deleted lately."""
    with probe_organization() as probe:
        _forget_old(probe)
        _delete_by_services(probe)
    steps.advance_all()
    with clusters.opened() as cluster:
        waiting = verifying.waiting()
        done = verifying.verify(waiting, cluster, held_by_web)
        returned = _returned(cluster)
        done.remains += deletions.earlier_archives(cluster.superuser) if cluster else []
    with examining() as examiner:
        unasked = deletions.unasked(examiner)
    oldest = _oldest_open()
    unproven = _unproven()
    return Measurement(
        {
            "looked": len(waiting) if not done.waiting else _verified_today(),
            "remains": len(done.remains),
            "hours": round(_hours(oldest), 2),
            "unasked": len(unasked),
            "untold": alerts.untold(now()),
            "unentered": _unentered(),
            "returned": sum(returned.values()),
            "unproven": len(unproven),
        },
        [
            *done.remains,
            *unasked,
            *(f"not rewritten yet: {table}" for table in done.waiting),
            *(f"{number} rows of {table} came back" for table, number in returned.items()),
            *unproven,
        ],
    )


def make_throwaway() -> Throwaway:
    """Make an organization with an owner, and fill it."""
    word = secrets.token_hex(8)
    with acting(ACTOR):
        account = accounts.create_account(
            email=f"{word}{NOWHERE}", name=NAME, password=secrets.token_urlsafe(32)
        )
        owner = organizations.found(name=NAME, owner=account)
    event = _fill(owner, f"Throwaway {word}")
    return Throwaway(owner, event)


def delete(throwaway: Throwaway, browser: Browser) -> str:
    """Have the owner delete the organization at once; return the address of the receipt."""
    fields = {"deletion_id": str(new_id()), "name": NAME, "at_once": "on"}
    browser.get(throwaway.path(f"events/{throwaway.event.pk}/guests/"))  # so that it is in memory
    answer = browser.post(throwaway.path("settings/delete/"), fields)
    return answer.location if answer.status == REDIRECT else ""


def wait_until_gone(throwaway: Throwaway) -> Deletion:
    """Return the deletion once its rows are gone; CannotMeasure where none was asked for."""
    end = time.monotonic() + LONGEST_WAIT
    while True:
        with acting(ACTOR):
            row = Deletion.objects.filter(customer_id=throwaway.organization_id).last()
        if row is None:
            raise CannotMeasure(gettext("The request to delete was not taken."))
        if row.state not in OPEN or row.state == State.GONE or time.monotonic() > end:
            return row
        time.sleep(0.5)


def held_by_web(organization_id: UUID) -> list[str]:
    """Return what the web server still holds in memory of an organization without keys."""
    found: dict[str, None] = {}
    for _turn in range(ASKED):
        with Browser() as browser:  # a connection each, which may lead to another worker
            answer = browser.get(reverse("deletion:held", args=[organization_id]))
        if answer.status != OK:
            return [f"it answers {answer.status}"]
        found |= dict.fromkeys(json.loads(answer.text)["held"])
    return [*found]


def _fill(owner: Member, title: str) -> Event:
    start = now() + timedelta(days=1)
    facts = EventFacts(title, start, start + timedelta(hours=3))
    with acting(owner.actor, owner.organization_id):
        event = events.create(actor=owner, facts=facts)
        for number in range(canaries.GUESTS):
            record = GuestRecord(
                first_name="Throwaway", last_name=str(number), email=f"{number}{NOWHERE}"
            )
            editing.add(actor=owner, event=event, record=record)
        contacts.create(actor=owner, record=ContactRecord(last_name="Throwaway"))
    return event


def _delete_parts(probe: ProbeOrganization) -> tuple[int, int]:
    """Delete a guest, a contact and an event; return how many, and how many pages show them."""
    title = f"Event {secrets.token_hex(8)}"
    event = _fill(probe.owner, title)
    with acting(probe.owner.actor, probe.organization_id):
        guest = Guest.objects.filter(event=event).values_list("pk", flat=True)[0]
        contact = Contact.objects.values_list("pk", flat=True)[0]
    place = probe.path(f"events/{event.pk}/")
    pages = [f"{place}guests/{guest}/", probe.path(f"contacts/{contact}/"), place]
    removals: Sequence[tuple[str, dict[str, str]]] = (
        (f"{pages[0]}remove/", {}),
        (f"{pages[1]}remove/", {}),
        (f"{place}delete/", {"title": title}),
    )
    with browser_of(probe.owner, "password") as browser:
        done = sum(browser.send(*each).status == REDIRECT for each in removals)
        return done, sum(browser.get(page).status != MISSING for page in pages)


def _delete_by_services(probe: ProbeOrganization) -> None:
    """Delete a guest, a contact and an event; the probe is cleaned of the rest anyhow."""
    event = _fill(probe.owner, f"Event {secrets.token_hex(8)}")
    with probe.owner.acting():
        guest = Guest.objects.filter(event=event).values_list("pk", flat=True)[0]
        bulk.remove(actor=probe.owner, event=event, ids=[guest])
        contacts.remove(actor=probe.owner, contact=Contact.objects.all()[0])
        events.delete(actor=probe.owner, event=event, typed_title=event.title)


def _forget_old(probe: ProbeOrganization) -> None:
    """Delete receipts of the organization kept for this, which nobody will ask for."""
    with acting(ACTOR, probe.organization_id):
        rows = Deletion.objects.filter(customer_id=probe.organization_id, state=State.FINAL)
        rows.filter(final_at__lt=now() - timedelta(days=2)).delete()


def _is_valid(receipt: str) -> bool:
    key = signing.public_key()
    try:
        verifying_receipts.verify(receipt, key)
    except verifying_receipts.NoReceipt:
        return False
    return True


def _seconds(asked_at: datetime, unreadable_at: datetime | None) -> float:
    """Return how long it took, and longer than may be where it did not happen."""
    if unreadable_at is None:
        return LONGEST_WAIT + UNREADABLE_WITHIN
    return max(0.0, round((unreadable_at - asked_at).total_seconds(), 2))


def _oldest_open() -> datetime | None:
    with acting(ACTOR):
        rows = Deletion.objects.filter(state__in=OPEN, due_at__lt=now())
        return rows.order_by("due_at").values_list("due_at", flat=True).first()


def _hours(oldest: datetime | None) -> float:
    return (now() - oldest).total_seconds() / 3600 if oldest else 0.0


def _unentered() -> int:
    """Count what has been gone for long and is not in the ledger, as the ledger itself says it."""
    with acting(ACTOR):
        late = Deletion.objects.filter(gone_at__lt=now() - ENTERED_WITHIN, entered_at__isnull=True)
        lacking = late.count()
    return lacking + deletions.unentered(ledger.read())


def _returned(cluster: clusters.Cluster | None) -> dict[str, int]:
    """Count rows that the ledger has; only who sees all organizations can."""
    if cluster is None:
        raise CannotMeasure(
            gettext("The database is on another machine: nothing here sees all of its rows.")
        )
    return replaying.returned(ledger.read(), cluster.superuser)


def _unproven() -> list[str]:
    """Return which of the newest finished deletions lack a result that the examiner signed."""
    try:
        key = examiner_public_key()
    except InvalidStatement as error:
        raise CannotMeasure(str(error)) from error
    with acting(ACTOR):
        rows = Deletion.objects.filter(state__in=[State.VERIFIED, State.AGED, State.FINAL])
        rows = rows.order_by("-id")[:RECEIPTS]
        found = [(str(row.pk), row.result, row.found) for row in rows]
    unproven = []
    for pk, result, remains in found:
        try:
            said = verifying_receipts.read_result(result, key)
        except verifying_receipts.NoReceipt:
            unproven.append(f"the deletion {pk} is finished without a signed result")
            continue
        if said["deletion"] != pk or said["found"] or remains:
            unproven.append(f"the result of the deletion {pk} says something else")
    return unproven


def _verified_today() -> int:
    """Count what was verified within a day, where large tables wait for the night."""
    with acting(ACTOR):
        rows = Deletion.objects.filter(verified_at__gt=now() - timedelta(days=1))
        return rows.count()
