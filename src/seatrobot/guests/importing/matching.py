"""The guests an event has, found by what a row says of somebody: reference, address or name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain, islice
from typing import Protocol, TypeVar
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.guests.fields import OpenField
from seatrobot.guests.importing.reports import Change, ExistingGuest, ImportedRow, Pair
from seatrobot.guests.importing.values import has_nothing
from seatrobot.guests.records import LABELS, LIMITS, GuestRecord
from seatrobot.guests.statuses import Delivery, Facts, Money, Status
from seatrobot.normalizing import normalized_name, words

CANDIDATES = 4
"""Among how many guests somebody is asked to choose at most."""

_MOST_ALIKE = 50
_COMPARED = ("title", "first_name", "last_name", "suffix", "email", "phone", "company", "reference")


def has_name(record: GuestRecord) -> bool:
    return bool(record.first_name or record.last_name)


def words_key(record: GuestRecord) -> str:
    """Return the words of a name in any order, folded; empty for a record without a name."""
    parts = normalized_name(f"{record.first_name} {record.last_name}").split()
    return " ".join(sorted(parts)) if len(parts) > 1 else "".join(parts)


class _Person(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def record(self) -> GuestRecord: ...


P = TypeVar("P", bound=_Person)


def namesakes(people: Iterable[P], record: GuestRecord, *, besides: UUID) -> list[P]:
    """Return those of the same name, but for the person themselves; nobody without a name."""
    if not (key := words_key(record)):
        return []
    return [each for each in people if each.id != besides and words_key(each.record) == key]


def letters_keys(record: GuestRecord) -> tuple[str, ...]:
    """Return the letters of a name without what parts them, with the last name last and first.

    Two names are perhaps one if the first key of either is a key of the other: Anne-Marie and
    Annemarie Herbst, Jan van den Berg and Jan Vandenberg. Empty for a record without a name.
    """
    first = normalized_name(record.first_name).replace(" ", "")
    last = normalized_name(record.last_name).replace(" ", "")
    if not first or not last:
        return (first or last,) if first or last else ()
    return (first + last, last + first)


def can_be_one(record: GuestRecord, other: GuestRecord) -> bool:
    """Whether suffixes and references do not tell two records of one name apart."""
    if not _suffixes_agree(record, other):
        return False
    return not (record.reference and other.reference and record.reference != other.reference)


class Existing:
    """The guests of an event.

    Several guests may share an address, a name, and even a reference. rows_with: how many rows of
    the file have a reference.
    """

    def __init__(
        self, guests: Iterable[ExistingGuest], rows_with: Counter[str] | None = None
    ) -> None:
        self.guests = list(guests)
        self.rows_with = rows_with or Counter()
        self.by_reference: dict[str, list[ExistingGuest]] = defaultdict(list)
        self.by_email: dict[str, list[ExistingGuest]] = defaultdict(list)
        self.by_name: dict[str, list[ExistingGuest]] = defaultdict(list)
        self.by_letters: dict[str, list[ExistingGuest]] = defaultdict(list)
        self.by_both: dict[tuple[str, str], list[ExistingGuest]] = defaultdict(list)
        for guest in self.guests:
            record = guest.record
            if record.reference:
                self.by_reference[record.reference].append(guest)
            key = words_key(record)
            if key:
                self.by_name[key].append(guest)
                for letters in set(letters_keys(record)):
                    self.by_letters[letters].append(guest)
            if record.email:
                email = record.email.casefold()
                self.by_email[email].append(guest)
                self.by_both[email, key].append(guest)

    @cached_property
    def by_id(self) -> dict[UUID, ExistingGuest]:
        return {guest.id: guest for guest in self.guests}

    @cached_property
    def by_party(self) -> dict[UUID, list[ExistingGuest]]:
        members: dict[UUID, list[ExistingGuest]] = defaultdict(list)
        for guest in self.guests:
            members[guest.party_id].append(guest)
        return members

    @cached_property
    def places(self) -> dict[UUID | None, list[ExistingGuest]]:
        """The places held for somebody without a name, by their host; None for nobody's."""
        found: dict[UUID | None, list[ExistingGuest]] = defaultdict(list)
        for guest in self.guests:
            if guest.facts.held and not has_name(guest.record):
                found[guest.host_id].append(guest)
        return found

    @cached_property
    def plus_ones(self) -> Counter[UUID]:
        """How many places without a name are held in somebody's name."""
        return Counter(
            guest.host_id
            for guest in self.guests
            if guest.host_id is not None and not has_name(guest.record)
        )

    def match(self, record: GuestRecord, key: str, taken: Collection[UUID]) -> ExistingGuest | None:
        """Find the guest whom a row certainly means, who is not taken by a row above.

        key: the `words_key` of the record. By reference and name together; by a reference of one
        guest alone, unless the names have nothing in common; by address and name together; by the
        address alone where one of the two has no name.
        """
        if free := self.of_reference(record, taken):
            same = [guest for guest in free if words_key(guest.record) == key]
            if same:
                return same[0]
            if self._is_one_reference(record.reference) and _names_agree(key, free[0]):
                return free[0]
        if not record.email:
            return None
        email = record.email.casefold()
        if key:
            found: list[ExistingGuest] = [
                *self.by_both.get((email, key), ()),
                *self.by_both.get((email, ""), ()),
            ]
        else:
            found = self.by_email.get(email, [])
            found = found if len(found) == 1 else []
        for guest in found:
            if guest.id not in taken and can_be_one(record, guest.record):
                return guest
        return None

    def of_reference(self, record: GuestRecord, taken: Collection[UUID]) -> list[ExistingGuest]:
        """Return the guests with a record's reference, which a family may share."""
        named = self.by_reference.get(record.reference, ()) if record.reference else ()
        return [guest for guest in named if guest.id not in taken]

    def _is_one_reference(self, reference: str) -> bool:
        """Whether a reference is of one guest on the list, and of one row of the file."""
        return len(self.by_reference[reference]) == 1 and self.rows_with[reference] <= 1

    def of_name(
        self, record: GuestRecord, key: str, taken: Collection[UUID]
    ) -> list[ExistingGuest]:
        """Return the guests who may be the person of a row by their name, however it is parted."""
        if not key:
            return []
        letters = letters_keys(record)[0]
        alike = islice(self.by_letters.get(letters, ()), _MOST_ALIKE)
        parted = (guest for guest in alike if words_key(guest.record) != key)
        named = chain(self.by_name.get(key, ()), parted)
        found = (g for g in named if g.id not in taken and _suffixes_agree(record, g.record))
        return [guest for guest, _number in zip(found, range(CANDIDATES), strict=False)]

    def sharing(self, record: GuestRecord) -> Sequence[ExistingGuest]:
        """Return the guests with a record's address."""
        return self.by_email.get(record.email.casefold(), ()) if record.email else ()


def _names_agree(key: str, guest: ExistingGuest) -> bool:
    """Whether two names have a word in common, or one of them is not known."""
    other = words_key(guest.record)
    return not key or not other or not set(key.split()).isdisjoint(other.split())


def _suffixes_agree(record: GuestRecord, other: GuestRecord) -> bool:
    return not (record.suffix and other.suffix and words(record.suffix) != words(other.suffix))


def side_by_side(here: GuestRecord, there: GuestRecord) -> list[Pair]:
    """Return what two records say, of what either says."""
    return [
        Pair(str(LABELS[field]), getattr(here, field), getattr(there, field))
        for field in _COMPARED
        if getattr(here, field) or getattr(there, field)
    ]


def merge(
    old: GuestRecord, new: GuestRecord, fields: Mapping[UUID, OpenField]
) -> tuple[GuestRecord, list[Change]]:
    """Lay a row over a guest: empty cells erase nothing, tags are added, never taken away."""
    changes = [
        Change(field, str(LABELS[field]), was, now)
        for field in LIMITS
        if (now := _richer(field, getattr(new, field), was := getattr(old, field))) and now != was
    ]
    for field_id, now in new.answers.items():
        was = old.answers.get(field_id, "")
        if now != was and not (was and has_nothing(now)):
            field = fields[field_id]
            changes.append(Change(field.key, field.label, field.shown(was), field.shown(now)))
    tags = list(dict.fromkeys([*old.tags, *new.tags]))
    if tags != old.tags:
        changes.append(Change("tags", str(LABELS["tags"]), "; ".join(old.tags), "; ".join(tags)))
    if not changes:
        return old, changes
    merged = {
        field: _richer(field, getattr(new, field), getattr(old, field)) or getattr(old, field)
        for field in LIMITS
    }
    answers = {
        **old.answers,
        **{k: v for k, v in new.answers.items() if not (old.answers.get(k) and has_nothing(v))},
    }
    return GuestRecord(**merged, tags=tags, answers=answers), changes


def _richer(field: str, now: str, was: str) -> str:
    """Return the spelling of a name that says more: Jörg rather than Joerg, Mara than MARA."""
    if field not in {"first_name", "last_name"} or now == was or not (now and was):
        return now
    if normalized_name(now) != normalized_name(was):
        return now
    is_plainer = now.isascii() and not was.isascii()
    is_shouted = now in {now.upper(), now.lower()} and was not in {was.upper(), was.lower()}
    return was if is_plainer or is_shouted else now


def fact_changes(guest: ExistingGuest, facts: Facts, arrived: ImportedRow | None) -> list[Change]:
    changes = []
    if facts.reply_word != guest.facts.reply_word:
        changes.append(Change("reply", _("Reply"), guest.facts.reply_word, facts.reply_word))
    if facts.held != guest.facts.held:
        words = ("", Status.HELD.value)
        changes.append(Change("held", _("Held"), words[guest.facts.held], words[facts.held]))
    if facts.delivery is not guest.facts.delivery:
        changes.append(Change("delivery", _("Mail delivery"), "", Delivery.BOUNCED.value))
    if facts.money is not guest.facts.money:
        changes.append(Change("money", _("Payment"), "", Money.REFUNDED.value))
    if arrived:
        changes.append(Change("arrived", _("Checked in"), "", Status.ATTENDED.value))
    return changes
