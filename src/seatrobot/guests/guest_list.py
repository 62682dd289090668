"""An event's guest list, opened in memory: guests, parties and fields of one moment.

The one way to read many guests. `kernel.lists` keeps it between requests and keeps it true.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q
from django.utils.translation import gettext as _

from seatrobot.events.models import Field
from seatrobot.guests.feature import Permission
from seatrobot.guests.fields import OpenChoice, OpenField, column_of
from seatrobot.guests.models import Guest, Party, PartyRecord
from seatrobot.guests.places import Room
from seatrobot.guests.records import LIMITS, GuestRecord, SpecialRecord
from seatrobot.guests.statuses import (
    STATUSES,
    TAKES_PLACE,
    Delivery,
    Facts,
    Money,
    Reply,
    Status,
    Withdrawal,
)
from seatrobot.kernel import acting, features
from seatrobot.kernel.lists import Lists, Table
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.vault.keyring import KeyClass
from seatrobot.normalizing import fold, natural, search_text


class OpenGuest(msgspec.Struct, frozen=True, gc=False):
    """One guest: the row and its opened record.

    search_text: all that words are looked for in (`normalizing.search_text`). name_text: name,
    company and title alone, which is all that a door searches. sort_key: what the list is
    ordered by (`normalizing.sort_key`).
    """

    id: UUID
    party_id: UUID
    host_id: UUID | None
    contact_id: UUID | None
    reply: Reply
    withdrawal: Withdrawal | None
    held: bool
    delivery: Delivery | None
    money: Money | None
    status: Status
    checked_in_at: datetime | None
    record: GuestRecord
    search_text: str
    sort_key: str
    name_text: str

    @property
    def is_named(self) -> bool:
        return self.record.is_named

    @property
    def takes_place(self) -> bool:
        return self.status in TAKES_PLACE

    @property
    def facts(self) -> Facts:
        return Facts(self.reply, self.withdrawal, self.held, self.delivery, self.money)


class OpenParty(msgspec.Struct, frozen=True, gc=False):
    """places: how many the invitation is for, None as many as there are guests."""

    id: UUID
    places: int | None
    language: str
    reply_by: datetime | None
    source: str
    label: str
    note: str


class GuestList:
    """All guests of one event at one moment; what is derived from them is worked out once.

    version: changes whenever a guest, a party or a field of the event changes; the same in every
    process for the same rows. parties: those of which something is said.
    """

    def __init__(
        self,
        guests: Mapping[UUID, OpenGuest],
        parties: Mapping[UUID, OpenParty],
        fields: Sequence[OpenField],
        version: str,
    ) -> None:
        self.parties = parties
        self.fields = sorted(fields, key=lambda field: (field.position, field.id))
        self.version = version
        self.guests = _with_choices(guests, self.fields)
        self.rooms: tuple[Room, ...] = ()
        self._orders: dict[str, list[OpenGuest]] = {}
        self._shown: dict[bool, tuple[object, GuestList]] = {}

    def __len__(self) -> int:
        return len(self.guests)

    def seated_in(self, rooms: tuple[Room, ...]) -> GuestList:
        """Return this list, which also knows where its guests sit."""
        seated = copy(self)
        seated.__dict__.update(rooms=rooms, _orders={})
        return seated

    @cached_property
    def by_name(self) -> list[OpenGuest]:
        return sorted(self.guests.values(), key=lambda g: (not g.sort_key, g.sort_key, g.id))

    @cached_property
    def taking_place(self) -> list[OpenGuest]:
        """Everybody who gets a seat and may come in, by name."""
        return [guest for guest in self.by_name if guest.takes_place]

    def sorted_by(self, column: str) -> list[OpenGuest]:
        """Return all guests by "name", "status", a room, a field of the record, or a field's key.

        Guests without a value come last; a column nobody knows leaves the order by name.
        """
        if column not in self._orders:
            value = self._sort_value(column)
            if value is None:
                return self.by_name
            keyed = [(value(guest), guest) for guest in self.by_name]
            filled = sorted((item for item in keyed if item[0]), key=itemgetter(0))
            empty = [item for item in keyed if not item[0]]
            self._orders[column] = [guest for _value, guest in filled + empty]
        return self._orders[column]

    def _sort_value(self, column: str) -> Callable[[OpenGuest], Any] | None:
        if column == "status":
            return lambda guest: guest.status.value
        for room in self.rooms:
            if column == room.key:
                places = room.places
                return lambda guest: (at.order, at.seat) if (at := places.get(guest.id)) else ()
        if column in LIMITS:
            return lambda guest: natural(fold(getattr(guest.record, column)))
        field = self.field(column)
        if field is None:
            return None
        key = field.id

        def value(guest: OpenGuest) -> tuple[float, str] | str:
            answer = guest.record.answers.get(key, "")
            return field.sort_value(answer) if answer else ""

        return value

    def field(self, key: str) -> OpenField | None:
        """Return the field that a column's key names, None when there is none."""
        field_id = column_of(key)
        return self.fields_by_id.get(field_id) if field_id else None

    @cached_property
    def fields_by_id(self) -> dict[UUID, OpenField]:
        return {field.id: field for field in self.fields}

    @cached_property
    def counts(self) -> Counter[Status]:
        return Counter(guest.status for guest in self.guests.values())

    @property
    def places_taken(self) -> int:
        return sum(self.counts[status] for status in TAKES_PLACE)

    @cached_property
    def tags(self) -> list[tuple[str, int]]:
        """All tags with their counts, in the order of the alphabet."""
        counts = Counter(tag for guest in self.guests.values() for tag in guest.record.tags)
        return sorted(counts.items(), key=lambda item: (natural(fold(item[0])), item[0]))

    @cached_property
    def members(self) -> dict[UUID, list[OpenGuest]]:
        """The guests of every party, in the order they were added."""
        members: dict[UUID, list[OpenGuest]] = defaultdict(list)
        for guest in sorted(self.guests.values(), key=lambda guest: guest.id):
            members[guest.party_id].append(guest)
        return dict(members)

    @cached_property
    def together(self) -> dict[UUID, list[OpenGuest]]:
        """Parties of two and more."""
        return {party: guests for party, guests in self.members.items() if len(guests) > 1}

    @cached_property
    def party_numbers(self) -> dict[UUID, int]:
        """Numbers for parties of two and more, from 1, in the order they were made."""
        return {party: number for number, party in enumerate(sorted(self.together), start=1)}

    def showing(self, special: Mapping[UUID, _OpenSpecial] | None) -> GuestList:
        """Return this list with special answers, or with None without the fields they are of."""
        kept = self._shown.get(special is not None)
        if kept is not None and kept[0] is special:
            return kept[1]
        if special is None:
            fields = [field for field in self.fields if not field.special]
            shown = GuestList(self.guests, self.parties, fields, self.version)
        else:
            guests = {**self.guests, **_with_special(self.guests, special)}
            shown = GuestList(guests, self.parties, self.fields, self.version)
        self._shown[special is not None] = (special, shown)
        return shown

    @cached_property
    def special_fields(self) -> frozenset[UUID]:
        return frozenset(field.id for field in self.fields if field.special)

    def name(self, guest: OpenGuest) -> str:
        """Return what a guest is called; a plus-one without details after the host."""
        return guest.record.full_name or guest.record.email or self.unnamed(guest)

    def name_without_address(self, guest: OpenGuest) -> str:
        """Return what a guest is called where addresses may not be seen, as at the door."""
        return guest.record.full_name or self.unnamed(guest)

    def unnamed(self, guest: OpenGuest) -> str:
        """Return what a guest without a name is called."""
        host = self.guests.get(guest.host_id) if guest.host_id else None
        name = host.record.plain_name or host.record.full_name if host else ""
        if not name:
            return _("Guest without a name")
        return _("Guest of %(name)s") % {"name": name}

    def told_apart(
        self, guests: Iterable[OpenGuest], *, with_address: bool = False
    ) -> dict[UUID, str]:
        """Return what tells those of these guests apart who have one name: company, companions.

        with_address: for whoever may see addresses; title and address are told, too.
        """
        named: dict[str, list[OpenGuest]] = defaultdict(list)
        for guest in guests:
            if guest.sort_key:
                named[guest.sort_key].append(guest)
        alike = [guest for same in named.values() if len(same) > 1 for guest in same]
        if not alike:
            return {}
        others: dict[UUID, list[OpenGuest]] = {guest.party_id: [] for guest in alike}
        for guest in self.guests.values():
            if guest.party_id in others:
                others[guest.party_id].append(guest)
        return {
            guest.id: ", ".join(self._telling(guest, others[guest.party_id], with_address))
            for guest in alike
        }

    def _telling(
        self,
        guest: OpenGuest,
        party: Sequence[OpenGuest],
        with_address: bool,  # noqa: FBT001  as it is asked
    ) -> Iterable[str]:
        record = guest.record
        if with_address and record.title:
            yield record.title
        if record.company:
            yield record.company
        companions = sorted((o for o in party if o.id != guest.id), key=lambda other: other.id)
        if companions:
            host = self.guests.get(guest.host_id) if guest.host_id else None
            name = self.name_without_address(host or companions[0])
            yield _("with %(name)s") % {"name": name}
        if with_address and record.email:
            yield record.email

    def plain_name(self, guest: OpenGuest) -> str:
        """Return the name without title, or what stands for it: "Sanford Bishop Jr."."""
        return guest.record.plain_name or self.name(guest)

    def short_name(self, guest: OpenGuest) -> str:
        """Return what fits on a seat: the last name; that of the host for a held place."""
        if host := self._held_for(guest):
            return _("+1 %(host)s") % {"host": host.record.last_name or self.plain_name(host)}
        return guest.record.last_name or self.plain_name(guest)

    def initials(self, guest: OpenGuest) -> str:
        if self._held_for(guest):
            return _("+1")
        parts = (guest.record.first_name, guest.record.last_name)
        return "".join(part[0] for part in parts if part).upper() or self.name(guest)[0].upper()

    def _held_for(self, guest: OpenGuest) -> OpenGuest | None:
        """Return whose plus-one a place without a name is held for, if it is for somebody's."""
        if guest.record.plain_name or guest.record.email or not guest.host_id:
            return None
        return self.guests.get(guest.host_id)

    def answer(self, guest: OpenGuest, field: OpenField) -> str:
        """Return a guest's answer as a person reads it."""
        return field.shown(guest.record.answers.get(field.id, ""))


def open_list(
    principal: Principal, event_id: UUID, permission: features.Permission = Permission.GUEST_VIEW
) -> GuestList:
    """Return all guests of an event, for somebody who may see them.

    Answers with special categories of data, and the fields they belong to, are there only where
    this unit of work holds their keys, and not for what other packages ask the list for.
    Raises NotAllowed for anybody else, KeyringMissing when the organization's keys are gone.
    """
    principal.require(permission, event_id)
    everything = _LISTS.open(principal.organization_id, event_id)
    if not any(field.special for field in everything.fields):
        return everything
    special: Mapping[UUID, _OpenSpecial] | None = None
    if isinstance(permission, Permission) and holds_special():
        special = _SPECIAL.open(principal.organization_id, event_id)
    return everything.showing(special)


def holds_special() -> bool:
    """Whether this unit of work opens special categories of data."""
    return KeyClass.SPECIAL in acting.current().key_classes


def version(event_id: UUID) -> str:
    """Return the version of an event's guest list, without opening a guest."""
    return _LISTS.version(event_id)


def display_names(
    principal: Principal,
    event_id: UUID,
    guest_ids: Collection[UUID],
    permission: features.Permission = Permission.GUEST_VIEW,
) -> dict[UUID, str]:
    """Return the names without title of a few guests; opens only them and their hosts."""
    principal.require(permission, event_id)
    chosen = Guest.objects.filter(event_id=event_id, pk__in=list(guest_ids))
    hosts = chosen.filter(host__isnull=False).values("host")
    rows = Guest.objects.filter(Q(pk__in=chosen.values("pk")) | Q(pk__in=hosts))
    opened = [
        _open_guest(principal.organization_id, row)
        for row in rows.values_list("pk", *_LISTS.tables[0].columns)
    ]
    some = GuestList({guest.id: guest for guest in opened}, {}, [], "")
    return {pk: some.plain_name(some.guests[pk]) for pk in guest_ids if pk in some.guests}


def display_name(guest: Guest) -> str:
    """Return what a guest is called in a message about them alone."""
    return guest.sealed.full_name or guest.sealed.email or _("The guest")


_REPLIES = {reply.value: reply for reply in Reply}
_REASONS = {reason.value: reason for reason in Withdrawal}
_DELIVERIES = {delivery.value: delivery for delivery in Delivery}
_MONEY = {money.value: money for money in Money}


def _open_guest(organization_id: UUID, row: tuple[Any, ...]) -> OpenGuest:
    pk, party, host, contact, reply, reason, held, delivery, money, status, arrived, sealed = row
    record = _open_record(pk, organization_id, sealed)
    return OpenGuest(
        pk,
        party,
        host,
        contact,
        _REPLIES[reply],
        _REASONS.get(reason),
        held,
        _DELIVERIES.get(delivery),
        _MONEY.get(money),
        STATUSES[status],
        arrived,
        record,
        record.search_text,
        record.sort_key,
        record.name_text,
    )


def _open_party(organization_id: UUID, row: tuple[Any, ...]) -> OpenParty:
    pk, places, language, reply_by, source, sealed = row
    record: PartyRecord = Party._meta.get_field("sealed").open_record(pk, organization_id, sealed)
    return OpenParty(pk, places, language, reply_by, source, record.label, record.note)


def _open_field(organization_id: UUID, row: tuple[Any, ...]) -> OpenField:
    pk, position, type_, scope, special, sealed = row
    record = Field._meta.get_field("sealed").open_record(pk, organization_id, sealed)
    choices = [OpenChoice(choice.key, choice.labels) for choice in record.choices]
    return OpenField(pk, position, type_, scope, special, record.labels, choices)


class _OpenSpecial(msgspec.Struct, frozen=True, gc=False):
    id: UUID
    answers: dict[UUID, str]


def _open_special(organization_id: UUID, row: tuple[Any, ...]) -> _OpenSpecial:
    pk, sealed = row
    record: SpecialRecord = Guest._meta.get_field("special").open_record(
        pk, organization_id, sealed
    )
    return _OpenSpecial(pk, record.answers)


def _with_special(
    guests: Mapping[UUID, OpenGuest], special: Mapping[UUID, _OpenSpecial]
) -> dict[UUID, OpenGuest]:
    """Return the guests who have special answers, with these in their records and found."""
    found = {}
    for guest_id, more in special.items():
        if guest := guests.get(guest_id):
            answers = {**guest.record.answers, **more.answers}
            record = msgspec.structs.replace(guest.record, answers=answers)
            text = guest.search_text + search_text(more.answers.values())
            found[guest_id] = msgspec.structs.replace(guest, record=record, search_text=text)
    return found


def _with_choices(
    guests: Mapping[UUID, OpenGuest], fields: Sequence[OpenField]
) -> Mapping[UUID, OpenGuest]:
    """Let words find the labels of choices, of which a record has only the keys."""
    named = [
        field
        for field in fields
        if any(set(choice.labels.values()) != {choice.key} for choice in field.choices)
    ]
    if not named:
        return guests
    found = dict(guests)
    for guest in guests.values():
        answers = guest.record.answers
        labels = [
            label
            for field in named
            for choice in field.choices
            if answers.get(field.id) == choice.key
            for label in choice.labels.values()
        ]
        if labels:
            text = guest.search_text + search_text(labels)
            found[guest.id] = msgspec.structs.replace(guest, search_text=text)
    return found


def _build(parts: Sequence[Mapping[UUID, Any]], version: str) -> GuestList:
    guests, parties, fields = parts
    return GuestList(guests, parties, list(fields.values()), version)


_open_record = Guest._meta.get_field("sealed").open_record
_LISTS: Lists[GuestList] = Lists(
    "guests",
    [
        Table(
            Guest,
            "event_id",
            (
                "party_id",
                "host_id",
                "contact_id",
                "reply",
                "withdrawal",
                "held",
                "delivery",
                "money",
                "status",
                "checked_in_at",
                "sealed",
            ),
            _open_guest,
        ),
        Table(
            Party,
            "event_id",
            ("places", "language", "reply_by", "source", "sealed"),
            _open_party,
            filled="sealed",
        ),
        Table(
            Field,
            "event_id",
            ("position", "type", "scope", "special", "sealed"),
            _open_field,
        ),
    ],
    _build,
)
_SPECIAL: Lists[Mapping[UUID, _OpenSpecial]] = Lists(
    "guests.special",
    [Table(Guest, "event_id", ("special",), _open_special, filled="special")],
    lambda parts, _version: parts[0],
)
