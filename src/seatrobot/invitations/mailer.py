"""What the outbox asks of an organization: its server, its pace, and its messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from seatrobot.guests.models import Guest, Party
from seatrobot.invitations import composing, sending, tokens
from seatrobot.invitations.composing import Envelope
from seatrobot.invitations.feature import Action
from seatrobot.invitations.models import NO_PARTY, Delivery, Mailing, Version
from seatrobot.invitations.outbox import Pace, Prepared
from seatrobot.invitations.records import DeliveryRecord
from seatrobot.invitations.smtp import Letter, Server
from seatrobot.invitations.writing import ANSWERED_BY_LINK, From, Letterhead, Mail
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import one_of
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Operator
from seatrobot.kernel.unit_of_work import UnitOfWork


class MailOffice:
    """Of one organization, for one run of the outbox; keeps what many messages share."""

    def __init__(
        self,
        organization_id: UUID,
        acting: Callable[[], AbstractContextManager[UnitOfWork]],
    ) -> None:
        self.organization_id = organization_id
        self.acting = acting
        self._letterheads: dict[UUID, Letterhead] = {}
        self._from: From | None = None

    def server(self) -> Server:
        return sending.server(self.organization_id)

    def pace(self) -> Pace:
        row = sending.sender_row(self.organization_id)
        return Pace(row.per_minute, row.per_domain) if row else Pace(0, 0)

    def prepare(self, ids: Sequence[UUID]) -> list[Prepared]:
        """Open deliveries and what their messages are made of."""
        self.sender()
        rows = list(Delivery.objects.filter(pk__in=one_of(ids)))
        mailings = self._mailings({row.mailing_id for row in rows if row.mailing_id})
        wanted = [pk for row in rows for pk in row.sealed.guests]
        people = {each.pk: each for each in Guest.objects.filter(pk__in=one_of(wanted))}
        parties = {
            each.pk: each
            for each in Party.objects.filter(pk__in={one.party_id for one in people.values()})
        }
        links = self._links(rows, people, mailings)
        journal.shown(wanted)
        for event_id in sorted({row.event_id for row in rows if row.event_id}):
            count = sum(row.event_id == event_id for row in rows)
            journal.record(Action.DELIVERY_SEND, event_id=event_id, count=count)
        return [self._prepared(row, mailings, people, parties, links) for row in rows]

    def handed(self, ids: Sequence[UUID]) -> None:
        """Note when links were handed over."""
        rows = Delivery.objects.filter(pk__in=ids, kind=Delivery.Kind.MAILING)
        sending.note_links_sent(list(rows.values_list("party_id", flat=True)))

    def sender(self) -> From:
        if self._from is None:
            self._from = sending.sender(self.organization_id)
        return self._from

    def _prepared(
        self,
        row: Delivery,
        mailings: Mapping[UUID, Mailing],
        people: Mapping[UUID, Guest],
        parties: Mapping[UUID, Party],
        links: Mapping[UUID, str],
    ) -> Prepared:
        record = row.sealed
        if row.mailing_id is None and record.version is None:
            made = partial(self._compose_alone, row.pk, record)
            return Prepared(row.pk, row.tries, bytes(row.domain_index), row.urgent, record, made)
        if row.mailing_id is None:
            assert record.version is not None
            letterhead = self._test_letterhead(record.version)
        else:
            letterhead = self.letterhead(mailings[row.mailing_id])
        guests = [people[pk].sealed for pk in record.guests if pk in people]
        party_id = next((people[pk].party_id for pk in record.guests if pk in people), NO_PARTY)
        values = letterhead.values(guests, parties.get(party_id), record.language)
        nowhere = "" if row.mailing_id else f"{settings.BASE_URL}/"
        values["answer_link"] = links.get(party_id, nowhere)
        made = partial(
            self._compose_for,
            row.pk,
            letterhead,
            record,
            values,
            is_listed=bool(guests) or row.mailing_id is None,
        )
        return Prepared(row.pk, row.tries, bytes(row.domain_index), row.urgent, record, made)

    def letterhead(self, mailing: Mailing) -> Letterhead:
        """Return what all messages of a mailing share, rendered once for each language."""
        if mailing.version_id not in self._letterheads:
            self._letterheads[mailing.version_id] = sending.letterhead(
                mailing.version, mailing.kind, self.sender()
            )
        return self._letterheads[mailing.version_id]

    def _test_letterhead(self, version_id: UUID) -> Letterhead:
        rows = Version.objects.select_related("message", "event", "picture")
        version = rows.get(pk=version_id)
        return sending.letterhead(version, version.message.kind, self.sender())

    def _mailings(self, ids: set[UUID]) -> dict[UUID, Mailing]:
        rows = Mailing.objects.filter(pk__in=ids)
        found = rows.select_related("version", "version__picture", "event")
        return {each.pk: each for each in found}

    def _links(
        self,
        rows: Sequence[Delivery],
        people: Mapping[UUID, Guest],
        mailings: Mapping[UUID, Mailing],
    ) -> Mapping[UUID, str]:
        parties = {
            people[pk].party_id
            for row in rows
            if row.mailing_id and mailings[row.mailing_id].kind in ANSWERED_BY_LINK
            for pk in row.sealed.guests
            if pk in people
        }
        service = Operator.service(self.organization_id, "invitations.send")
        return sending.answer_links(service, parties)

    def _compose_for(
        self,
        delivery_id: UUID,
        letterhead: Letterhead,
        record: DeliveryRecord,
        values: Mapping[str, str],
        *,
        is_listed: bool,
    ) -> Letter:
        """Compose a message of a mailing; raises ValueError for one that cannot be sent."""
        if not is_listed:
            raise ValueError(_("The guest is no longer on the list."))
        if letterhead.has_link and not values["answer_link"]:
            raise ValueError(_("There is no link for this party."))
        leave = tokens.unsubscribe_link(self.organization_id, delivery_id)
        content = letterhead.compose(
            {**values, "unsubscribe_link": leave},
            language=record.language,
            to=record.to,
            name=values["name"],
            envelope=Mail(self._message_id(delivery_id), now(), leave),
        )
        return self._letter(delivery_id, record.to, content)

    def _compose_alone(self, delivery_id: UUID, record: DeliveryRecord) -> Letter:
        """Compose a message without a template: plain text that is kept until it is handed over."""
        sender = self.sender()
        envelope = Envelope(
            sender.name,
            sender.address,
            sender.reply_to,
            "",
            record.to,
            record.subject,
            self._message_id(delivery_id),
            now(),
        )
        return self._letter(delivery_id, record.to, composing.compose(envelope, text=record.body))

    def _message_id(self, delivery_id: UUID) -> str:
        return f"{delivery_id}@{self.sender().message_domain}"

    def _letter(self, delivery_id: UUID, to: str, content: bytes) -> Letter:
        sender = self.sender()
        back = sender.address
        if sender.domain:
            back = tokens.return_path(self.organization_id, delivery_id, sender.domain)
        return Letter(delivery_id.hex, back, composing.for_envelope(to), content)
