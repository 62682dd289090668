"""Contacts that may be one person: found by address and name, ranked, merged by people alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import combinations
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _
from rapidfuzz.distance import JaroWinkler

from seatrobot.contacts.contact_list import OpenContact, open_contacts
from seatrobot.contacts.feature import Action, Permission
from seatrobot.contacts.models import ContactDoubles, DoublesRecord, PairRecord
from seatrobot.contacts.services import WrongContact
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.progress import services as progress
from seatrobot.kernel.progress.models import Progress
from seatrobot.normalizing import digits_of, fold, normalized_name

MOST_PAIRS = 2000
"""Pairs that are kept, the likeliest ones; merging some makes room when the search is run again."""
MOST_DISMISSED = 10_000
NEIGHBOURS = 8
"""With how many of those who follow it in an order each name is compared."""
SMALL = 12
"""Groups of this many are compared each with each; in larger ones, names with their neighbours."""
ALIKE, NEARLY = 0.80, 0.92
"""How alike names are (Jaro and Winkler, 0 to 1) of one address, and of two."""

Tell = Callable[[int, int], None]


class Reason(StrEnum):
    """Why two contacts may be one, the surest first."""

    BOTH = "both"
    COMPANY = "company"
    EMAIL = "email"
    NAME = "name"
    SIMILAR = "similar"

    @property
    def label(self) -> str:
        return {
            Reason.BOTH: _("The same name and e-mail address"),
            Reason.COMPANY: _("The same name and company"),
            Reason.EMAIL: _("The same e-mail address, and names that are alike"),
            Reason.NAME: _("The same name"),
            Reason.SIMILAR: _("Names that are alike"),
        }[self]


_BASE = {
    Reason.BOTH: 400,
    Reason.COMPANY: 300,
    Reason.EMAIL: 200,
    Reason.NAME: 150,
    Reason.SIMILAR: 0,
}


class _Person(NamedTuple):
    """What is compared of a contact."""

    id: UUID
    name: str
    turned: str
    company: str
    emails: frozenset[str]
    phone: str


class Pair(NamedTuple):
    """Two contacts that are there."""

    one: OpenContact
    other: OpenContact
    reason: Reason
    score: int


def find(contacts: Iterable[OpenContact], tell: Tell = lambda _done, _total: None) -> DoublesRecord:
    """Return the pairs that may be one person, the likeliest first. tell: done and total steps."""
    people = [_person(contact) for contact in contacts]
    found: dict[tuple[UUID, UUID], PairRecord] = {}
    steps = (_by_address, _by_name, _by_neighbours)
    for step, pairs_of in enumerate(steps):
        tell(step * len(people), len(steps) * len(people))
        for one, other in pairs_of(people):
            key = (one.id, other.id) if one.id < other.id else (other.id, one.id)
            if key not in found and (pair := _judged(one, other, key)):
                found[key] = pair
    ranked = sorted(found.values(), key=lambda pair: (-pair.score, pair.one, pair.other))
    return DoublesRecord(ranked[:MOST_PAIRS], len(ranked))


def _person(contact: OpenContact) -> _Person:
    record = contact.record
    first, last = normalized_name(record.first_name), normalized_name(record.last_name)
    return _Person(
        contact.id,
        f"{last} {first}".strip(),
        f"{first} {last}".strip(),
        normalized_name(record.company),
        frozenset(map(fold, record.emails)),
        digits_of(record.phone)[0],
    )


def _judged(one: _Person, other: _Person, key: tuple[UUID, UUID]) -> PairRecord | None:
    """Return the pair with its reason and rank; None where nothing speaks for one person."""
    shares_address = not one.emails.isdisjoint(other.emails)
    if one.name in {other.name, other.turned}:
        alike = 1.0
    else:
        alike = JaroWinkler.similarity(one.name, other.name) if one.name and other.name else 0.0
    reason = _reason(one, other, alike, shares_address=shares_address)
    if reason is None:
        return None
    score = _BASE[reason] + round(50 * alike)
    score += 20 * (bool(one.company) and one.company == other.company)
    score += 30 * (len(one.phone) > 5 and one.phone == other.phone)  # noqa: PLR2004  digits of a number
    return PairRecord(*key, reason.value, score)


def _reason(one: _Person, other: _Person, alike: float, *, shares_address: bool) -> Reason | None:
    is_same = alike == 1.0 and bool(one.name)
    if shares_address:
        if is_same:
            return Reason.BOTH
        is_unnamed = not one.name or not other.name
        return Reason.EMAIL if is_unnamed or alike >= ALIKE else None
    if is_same:
        is_one_company = bool(one.company) and one.company == other.company
        return Reason.COMPANY if is_one_company else Reason.NAME
    return Reason.SIMILAR if alike >= NEARLY else None


def _by_address(people: Sequence[_Person]) -> Iterator[tuple[_Person, _Person]]:
    groups: dict[str, list[_Person]] = defaultdict(list)
    for person in people:
        for email in person.emails:
            groups[email].append(person)
    for group in groups.values():
        yield from _pairs(group)


def _by_name(people: Sequence[_Person]) -> Iterator[tuple[_Person, _Person]]:
    groups: dict[str, list[_Person]] = defaultdict(list)
    for person in people:
        if person.name:
            groups[min(person.name, person.turned)].append(person)
    for group in groups.values():
        yield from _pairs(group)


def _by_neighbours(people: Sequence[_Person]) -> Iterator[tuple[_Person, _Person]]:
    """Give each name with those beside it: ordered by last name, by first name, and from behind."""
    named = [person for person in people if person.name]
    orders: tuple[Callable[[_Person], str], ...] = (
        lambda person: person.name,
        lambda person: person.turned,
        lambda person: person.name[::-1],
    )
    for order in orders:
        yield from _neighbours(sorted(named, key=order))


def _pairs(group: Sequence[_Person]) -> Iterator[tuple[_Person, _Person]]:
    if len(group) <= SMALL:
        yield from combinations(group, 2)
    else:  # an office that answers for three hundred: only names beside each other
        yield from _neighbours(sorted(group, key=lambda person: person.name))


def _neighbours(ordered: Sequence[_Person]) -> Iterator[tuple[_Person, _Person]]:
    for place, person in enumerate(ordered):
        for other in ordered[place + 1 : place + 1 + NEIGHBOURS]:
            yield person, other


def start(*, actor: Principal) -> Progress:
    """Ask for a search for doubles; one at a time."""
    actor.require(Permission.CONTACT_CHANGE)
    row = _row(actor)
    work = progress_of(row)
    if work is not None and work.shown_state == Progress.State.RUNNING:
        return work
    work = progress.start("contacts.doubles", total=3 * len(open_contacts(actor)))
    row.progress_id = work.pk
    row.save()
    defer("contacts.doubles", progress_id=str(work.pk))
    return work


def search(*, actor: Principal, tell: Tell | None = None) -> DoublesRecord:
    """Search all contacts and keep what was found, but for pairs that were dismissed."""
    actor.require(Permission.CONTACT_CHANGE)
    contacts = open_contacts(actor).by_name
    found = find(contacts, tell) if tell else find(contacts)
    row = _row(actor)
    dismissed = set(row.sealed.dismissed)
    kept = [pair for pair in found.pairs if (pair.one, pair.other) not in dismissed]
    there = {contact.id for contact in contacts}
    still = [pair for pair in row.sealed.dismissed if there.issuperset(pair)]
    row.sealed = DoublesRecord(kept, found.found - (len(found.pairs) - len(kept)), still)
    row.changed_at = now()
    row.save()
    journal.record(Action.DOUBLES_SEARCH, count=row.sealed.found)
    return row.sealed


def pairs(principal: Principal) -> tuple[list[Pair], ContactDoubles | None]:
    """Return the pairs of the last search whose contacts are both there, the likeliest first."""
    principal.require(Permission.CONTACT_CHANGE)
    row = ContactDoubles.objects.first()
    if row is None:
        return [], None
    known = open_contacts(principal).contacts
    dismissed = set(row.sealed.dismissed)
    found = [
        Pair(known[each.one], known[each.other], Reason(each.reason), each.score)
        for each in row.sealed.pairs
        if each.one in known and each.other in known and (each.one, each.other) not in dismissed
    ]
    return found, row


def dismiss(*, actor: Principal, one: UUID, other: UUID) -> None:
    """Note that two contacts are two people, so that they are not shown again."""
    actor.require(Permission.CONTACT_CHANGE)
    row = _row(actor)
    pair = (min(one, other), max(one, other))
    if pair in row.sealed.dismissed:
        return
    if len(row.sealed.dismissed) >= MOST_DISMISSED:
        raise WrongContact(_("Too many pairs were set aside already."))
    row.sealed.dismissed = [*row.sealed.dismissed, pair]
    row.changed_at = now()
    row.save()
    journal.record(Action.DOUBLES_DISMISS, one=str(one), other=str(other))


def progress_of(row: ContactDoubles | None) -> Progress | None:
    if row is None or row.progress_id is None:
        return None
    return Progress.objects.filter(pk=row.progress_id).first()


def _row(actor: Principal) -> ContactDoubles:
    """Return the row of the organization, locked."""
    ContactDoubles.objects.bulk_create(
        [
            ContactDoubles(
                organization_id=actor.organization_id, sealed=DoublesRecord(), changed_at=now()
            )
        ],
        ignore_conflicts=True,
    )
    return ContactDoubles.objects.select_for_update(no_key=True).get()
