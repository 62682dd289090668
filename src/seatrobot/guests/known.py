"""What guest lists know of a person, for a request of theirs.

Erased from an event to come, a guest goes from the list. Of a past one the counts stay: in place of
the guest stands another row, without a name, with the same answer and the same arrivals, and so in
place of each whom the guest brought and nobody named. The label of their party goes where it names
them; its note is about everybody in the party and stays, as long as anybody is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from seatrobot.deletion.knowing import Known, KnowsPeople, Person
from seatrobot.events.models import Event, Field
from seatrobot.guests import places, writing
from seatrobot.guests.guest_list import GuestList, open_list
from seatrobot.guests.models import Arrival, Guest, Party, PartyRecord, sealed_field
from seatrobot.guests.records import LABELS, GuestRecord
from seatrobot.guests.services import bulk
from seatrobot.guests.statuses import STATUSES
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id, one_of
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.vault import services as vault
from seatrobot.normalizing import fold, words

TABLE = "guests_guest"
_ARRIVALS = """
INSERT INTO guests_arrival (id, organization_id, event_id, activity_id, guest_id, direction,
    device_at, at, door, by, undone_at, undone_by)
SELECT gen_random_uuid(), organization_id, event_id, activity_id, %s, direction,
    NULL, at, door, by, undone_at, undone_by
FROM guests_arrival WHERE guest_id = %s
"""
_NOBODY = """
INSERT INTO guests_guest (id, organization_id, event_id, party_id, reply, withdrawal, held,
    delivery, money, sealed, created_at, changed_at, checked_in_at, checked_in_by)
SELECT %s, organization_id, event_id, %s, reply, withdrawal, held, delivery, money, %s,
    created_at, %s, checked_in_at, checked_in_by
FROM guests_guest WHERE id = %s
"""


class KnowsGuests(KnowsPeople):
    """The guests who are linked to a contact, or have one of a person's addresses."""

    def person(self, principal: Principal, subject_id: UUID) -> Person | None:  # noqa: ARG002
        guest = Guest.objects.filter(pk=subject_id).first()
        if guest is None:
            return None
        record = guest.sealed
        emails = frozenset({fold(record.email)} if record.email else ())
        return Person(_name(record), emails, guest.contact_id)

    def known(self, principal: Principal, person: Person) -> Iterable[Known]:
        indexes = vault.blind_indexes(principal.organization_id, person.emails)
        alike = Q(email_index__in=list(filter(None, indexes)))
        if person.contact_id:
            alike |= Q(contact_id=person.contact_id)
        rows = Guest.objects.filter(alike, organization_id=principal.organization_id)
        for guest in rows.select_related("event", "party").order_by("-event__starts_at", "pk"):
            if not principal.sees(guest.event_id):
                continue
            event = guest.event
            yield Known(
                TABLE,
                guest.pk,
                _("Guest of “%(event)s”") % {"event": event.title},
                list(_facts(principal, guest)),
                reverse("guests:guest", args=[event.organization_id, event.pk, guest.pk]),
                guest.contact_id == person.contact_id is not None
                or person.is_called(_name(guest.sealed)),
            )

    def erase(
        self, principal: Principal, ids: Mapping[str, Collection[UUID]]
    ) -> Mapping[str, Collection[UUID]]:
        rows = Guest.objects.filter(pk__in=one_of(ids.get(TABLE, ()))).select_related("event")
        by_event: dict[UUID, tuple[Event, list[Guest]]] = {}
        for guest in rows.order_by("pk"):
            by_event.setdefault(guest.event_id, (guest.event, []))[1].append(guest)
        gone: list[UUID] = []
        for event, guests in by_event.values():
            gone += _erase(principal, event, guests)
        return {TABLE: gone}


def _erase(principal: Principal, event: Event, guests: list[Guest]) -> list[UUID]:
    wanted = [guest.pk for guest in guests]
    gone = bulk.with_places(principal, event, wanted)
    _clear_labels(open_list(principal, event.pk), gone)
    if event.ends_at < now():
        for guest_id in gone:
            _leave_nobody(event, guest_id)
    return bulk.erase(actor=principal, event=event, ids=wanted)


def _clear_labels(guest_list: GuestList, gone: Collection[UUID]) -> None:
    """Take the labels off parties that name somebody who goes, by a name that nobody else has."""
    guests = guest_list.guests
    for party_id in {guests[guest_id].party_id for guest_id in gone}:
        party = guest_list.parties.get(party_id)
        if party is None or not party.label:
            continue
        members = [guest for guest in guests.values() if guest.party_id == party_id]
        theirs = _words(_name(guest.record) for guest in members if guest.id in gone)
        of_others = _words(_name(guest.record) for guest in members if guest.id not in gone)
        told = {form for word in theirs - of_others for form in (word, f"{word}s")}
        if told & _words([party.label]):
            row = Party.objects.select_for_update().get(pk=party_id)
            row.sealed = PartyRecord(note=party.note)
            row.save(update_fields=["sealed"])


def _words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in words(text).split()}


def _leave_nobody(event: Event, guest_id: UUID) -> None:
    """Put a row without a name in the place of a guest, before the guest goes."""
    nobody, party = new_id(), writing.new_party(event)
    sealed = sealed_field().seal_record(nobody, event.organization_id, GuestRecord())
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVALS, [nobody, guest_id])
        cursor.execute(_NOBODY, [nobody, party, sealed, now(), guest_id])


def _facts(principal: Principal, guest: Guest) -> Iterator[tuple[str, str]]:
    record = guest.sealed
    for name, label in LABELS.items():
        value = getattr(record, name)
        if value:
            yield str(label), ", ".join(value) if isinstance(value, list) else value
    answers = dict(record.answers)
    if guest.special is not None:
        answers |= guest.special.answers
    labels = {field.pk: field.sealed.label for field in Field.objects.filter(event=guest.event_id)}
    for field_id, answer in answers.items():
        yield labels.get(field_id) or _("An answer"), answer
    party: Party = guest.party
    yield from ((_("Party"), party.record.label),) if party.record.label else ()
    yield _("Status"), str(STATUSES[guest.status].label)
    for arrival in Arrival.objects.filter(guest=guest.pk).order_by("at"):
        yield _("At the door"), date_format(arrival.at, "DATETIME_FORMAT")
    for room in places.rooms_of(principal, guest.event_id):
        if place := room.of([guest.pk]).get(guest.pk):
            yield _("Seat"), f"{place.table}, {place.seat}"


def _name(record: GuestRecord) -> str:
    return f"{record.first_name} {record.last_name}".strip()
