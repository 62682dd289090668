"""Mailings: whom a message goes to and whom not, begun in time, watched, stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count
from django.http import Http404, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.contacts.models import Contact
from seatrobot.contacts.models import Delivery as ContactDelivery
from seatrobot.events.models import Event
from seatrobot.guests.guest_list import OpenGuest, open_list
from seatrobot.guests.searching import Listing
from seatrobot.guests.statuses import Reply, Status
from seatrobot.invitations import addresses, sending
from seatrobot.invitations.feature import Action, Permission
from seatrobot.invitations.models import (
    NO_PARTY,
    Delivery,
    Kind,
    Mailing,
    Message,
    Outcome,
    State,
    Suppression,
)
from seatrobot.invitations.records import DeliveryRecord, MailingRecord
from seatrobot.invitations.services import messages
from seatrobot.invitations.services.suppressing import OF_CONTACTS
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id, one_of
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.repeats import once
from seatrobot.normalizing import fold

LATEST = timedelta(days=730)
ROWS = 1000
UNDECIDED = frozenset({Reply.OUTSTANDING, Reply.TENTATIVE})
NOT_TO_THOSE_WHO_DECLINED = frozenset({Kind.UPDATE, Kind.CANCELLATION, Kind.REMINDER})

NO_ADDRESS, HAS_IT, ANSWERED, DECLINED = "no-address", "has-it", "answered", "declined"
REASONS: Mapping[str, Promise] = {
    NO_ADDRESS: gettext_lazy("No address is known"),
    HAS_IT: gettext_lazy("Got this message already"),
    ANSWERED: gettext_lazy("Answered already"),
    DECLINED: gettext_lazy("Does not come"),
    Suppression.Reason.UNSUBSCRIBED: gettext_lazy("Unsubscribed"),
    Suppression.Reason.COMPLAINED: gettext_lazy("Reported a mail as spam"),
    Suppression.Reason.DEAD: gettext_lazy("Mail to the address came back for good"),
    Suppression.Reason.STAFF: gettext_lazy("Set by the team"),
}
"""Why somebody who was chosen is not written to."""


class NothingToSend(Refused):
    """A mailing would go to nobody, or cannot go now."""

    status = 422


@dataclass(frozen=True, slots=True)
class Recipient:
    """One message: an address, and the guests of one party who share it."""

    address: str
    party_id: UUID
    language: str
    guests: tuple[OpenGuest, ...]


@dataclass(slots=True)
class Selection:
    """What a last look shows: who gets a message, and who of the chosen does not, and why.

    shared: addresses that several parties have, with how many.
    """

    chosen: list[OpenGuest]
    recipients: list[Recipient] = field(default_factory=list)
    left_out: dict[str, list[OpenGuest]] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        return {reason: len(guests) for reason, guests in self.left_out.items()}

    @property
    def reached(self) -> int:
        return sum(len(each.guests) for each in self.recipients)

    @property
    def shared(self) -> list[tuple[str, int]]:
        counts = Counter(fold(each.address) for each in self.recipients)
        return [(address, count) for address, count in counts.most_common() if count > 1]

    def leave_out(self, reason: str, guest: OpenGuest) -> None:
        self.left_out.setdefault(reason, []).append(guest)


def choose(actor: Principal, message: Message, query: str, *, again: bool = False) -> Selection:
    """Return who of the guests that a filter finds gets a message.

    query: the parameters of a guest list's address. again: also who got this message before.
    """
    actor.require(Permission.MAILING_SEND, message.event_id)
    guest_list = open_list(actor, message.event_id)
    found = Listing.read(QueryDict(query)).guests(guest_list)
    selection = Selection(found)
    wanted = [guest for guest in found if _may_get(selection, message.kind, guest)]
    by_address = _together(selection, _mailable(selection, wanted))
    refused = addresses.suppressed(
        message.organization_id, message.event_id, {address for _p, address in by_address}
    )
    had = set[tuple[UUID, bytes]]() if again else _had(message)
    for (party_id, address), guests in by_address.items():
        reason: str | None = refused.get(address)
        if reason is None and had:
            index = addresses.address_index(message.organization_id, address)
            reason = HAS_IT if (party_id, index) in had else None
        if reason is not None:
            for guest in guests:
                selection.leave_out(reason, guest)
            continue
        party = guest_list.parties.get(party_id)
        selection.recipients.append(
            Recipient(address, party_id, party.language if party else "", tuple(guests))
        )
    return selection


def create(  # noqa: PLR0913  what a mailing is
    *,
    actor: Principal,
    message: Message,
    query: str,
    send_at: datetime | None,
    again: bool,
    mailing_id: UUID,
) -> Mailing:
    """Start a mailing, now or in time; a form sent twice starts one. Raises NothingToSend.

    Who gets it is looked at again when it begins, so that whoever answers or unsubscribes until
    then gets none.
    """
    actor.require(Permission.MAILING_SEND, message.event_id)
    rows = Mailing.objects.filter(event_id=message.event_id, pk=mailing_id)

    def make() -> Mailing:
        locked, _seen = messages.load_message(actor, message.event_id, message.pk, for_update=True)
        _check(actor, locked, query, send_at, again=again)
        mailing = Mailing.objects.create(
            pk=mailing_id,
            organization_id=locked.organization_id,
            event_id=locked.event_id,
            version=messages.version_of(locked),
            kind=locked.kind,
            state=Mailing.State.WAITING,
            account_id=actor.account_id,
            send_at=send_at or now(),
            created_at=now(),
            sealed=MailingRecord(query + ("&again=1" if again else "")),
        )
        journal.record(
            Action.MAILING_CREATE,
            event_id=mailing.event_id,
            subject_id=mailing.pk,
            kind=mailing.kind,
        )
        if send_at is None:
            defer(
                "invitations.begin",
                event_id=str(mailing.event_id),
                mailing_id=str(mailing.pk),
            )
        return mailing

    return once(rows.first, make)


def begin(*, actor: Principal, event_id: UUID, mailing_id: UUID) -> int:
    """Queue the messages of a mailing whose time has come; return how many. Harmless twice."""
    actor.require(Permission.MAILING_SEND, event_id)
    rows = Mailing.objects.select_for_update(of=("self",)).select_related("version__message")
    due = rows.filter(event_id=event_id, state=Mailing.State.WAITING, send_at__lte=now())
    mailing = due.filter(pk=mailing_id).first()
    if mailing is None:
        return 0
    message = mailing.version.message
    # Two mailings of one message that begin together: the second sees what the first has queued.
    Message.objects.select_for_update(no_key=True).get(pk=message.pk)
    asked = QueryDict(mailing.sealed.query)
    selection = choose(actor, message, mailing.sealed.query, again="again" in asked)
    _insert(mailing, selection.recipients)
    mailing.state = Mailing.State.SENDING if selection.recipients else Mailing.State.DONE
    mailing.sealed = MailingRecord(mailing.sealed.query, selection.counts)
    mailing.save(update_fields=["state", "sealed"])
    journal.shown(guest.id for each in selection.recipients for guest in each.guests)
    return len(selection.recipients)


def stop(*, actor: Principal, mailing: Mailing) -> int:
    """Keep what is still queued from being sent; return how many messages that are."""
    actor.require(Permission.MAILING_SEND, mailing.event_id)
    rows = Mailing.objects.select_for_update().filter(pk=mailing.pk)
    if not rows.filter(state__in=(Mailing.State.WAITING, Mailing.State.SENDING)).exists():
        return 0
    rows.update(state=Mailing.State.STOPPED)
    waiting = Delivery.objects.filter(mailing=mailing, state__in=(State.QUEUED, State.HANDING))
    count = waiting.update(state=State.STOPPED)
    journal.record(
        Action.MAILING_STOP, event_id=mailing.event_id, subject_id=mailing.pk, count=count
    )
    return count


def send_test(
    *, actor: Principal, message: Message, address: str, guest: OpenGuest | None, language: str
) -> None:
    """Send a message as one guest would get it to whoever writes it; its links lead nowhere."""
    actor.require(Permission.MESSAGE_CHANGE, message.event_id)
    if not sending.has_server(message.organization_id):
        raise NothingToSend(_("No mail server is set up."))
    record = DeliveryRecord(
        address,
        [guest.id] if guest else [],
        language,
        version=messages.version_of(message).pk,
    )
    row = delivery(message.organization_id, message.event_id, record)
    row.kind, row.urgent = Delivery.Kind.TEST, True
    row.save(force_insert=True)
    defer("invitations.send", once=f"invitations.send {message.organization_id}")


def send_again(*, actor: Principal, delivery: Delivery) -> None:
    """Queue a message again of which nobody knows whether it was handed over.

    With the same Message-ID, by which many mailboxes know that they have it.
    """
    actor.require(Permission.MAILING_SEND, delivery.event_id)
    rows = Delivery.objects.filter(pk=delivery.pk, state=State.UNSURE)
    if rows.update(state=State.QUEUED, next_at=now(), tries=0):
        if delivery.mailing_id is not None:
            rows_of = Mailing.objects.filter(pk=delivery.mailing_id)
            rows_of.update(state=Mailing.State.SENDING)
        journal.record(
            Action.MAILING_CREATE, event_id=delivery.event_id, subject_id=delivery.pk, kind="again"
        )
        defer("invitations.send", once=f"invitations.send {delivery.organization_id}")


def load_mailing(principal: Principal, event_id: UUID, mailing_id: UUID) -> Mailing:
    principal.require(Permission.MESSAGE_VIEW, event_id)
    rows = Mailing.objects.select_related("event", "version", "version__message")
    row = rows.filter(event_id=event_id, pk=mailing_id).first()
    if row is None:
        raise Http404
    return row


def load_delivery(principal: Principal, event_id: UUID, delivery_id: UUID) -> Delivery:
    principal.require(Permission.MESSAGE_VIEW, event_id)
    row = Delivery.objects.filter(event_id=event_id, pk=delivery_id).first()
    if row is None:
        raise Http404
    return row


def counts(mailing_ids: Sequence[UUID]) -> dict[UUID, Counter[str]]:
    """Return how many deliveries of each mailing are called what (`word_of`)."""
    found: dict[UUID, Counter[str]] = {pk: Counter() for pk in mailing_ids}
    rows = Delivery.objects.filter(mailing_id__in=mailing_ids)
    grouped = rows.values_list("mailing_id", "state", "outcome", "hard").annotate(Count("pk"))
    for mailing_id, state, outcome, hard, count in grouped.order_by():
        found[mailing_id][word_of(state, outcome, hard=hard)] += count
    return found


def answered(mailing: Mailing) -> int:
    """Return how many of the guests who were addressed have answered."""
    rows = Delivery.objects.filter(mailing=mailing, guest__isnull=False)
    return rows.exclude(guest__reply__in=UNDECIDED).count()


WORDS: Mapping[str, tuple[Promise, str]] = {
    "queued": (gettext_lazy("Queued"), "grey"),
    "handed": (gettext_lazy("Handed over"), "sky"),
    "delivered": (gettext_lazy("In the mailbox"), "green"),
    "delayed": (gettext_lazy("Delayed"), "amber"),
    "bounced-hard": (gettext_lazy("Came back for good"), "red"),
    "bounced-soft": (gettext_lazy("Came back"), "amber"),
    "complained": (gettext_lazy("Reported as spam"), "red"),
    "refused": (gettext_lazy("Refused by the mail server"), "red"),
    "unsure": (gettext_lazy("Unsure"), "amber"),
    "stopped": (gettext_lazy("Stopped"), "grey"),
    "suppressed": (gettext_lazy("Unsubscribed before"), "grey"),
}
"""What a delivery is called, and the tone of the word."""
_OF_STATE = {
    State.HANDING: "queued",
    State.DOTTING: "queued",
    State.GIVEN_UP: "refused",
}
_OF_OUTCOME = {
    Outcome.DELAYED: "delayed",
    Outcome.RELAYED: "handed",
    Outcome.DELIVERED: "delivered",
    Outcome.COMPLAINED: "complained",
}


def word_of(state: str, outcome: str, *, hard: bool) -> str:
    """Return the one word (a key of WORDS) for how far a delivery is."""
    if outcome == Outcome.BOUNCED:
        return "bounced-hard" if hard else "bounced-soft"
    if outcome:
        return _OF_OUTCOME[Outcome(outcome)]
    return _OF_STATE.get(State(state), str(state))


def states_of(word: str) -> dict[str, object]:
    """Return the conditions on deliveries that are called so."""
    if word.startswith("bounced-"):
        return {"outcome": Outcome.BOUNCED, "hard": word == "bounced-hard"}
    if outcomes := [each for each, said in _OF_OUTCOME.items() if said == word != "handed"]:
        return {"outcome__in": outcomes}
    if word == "handed":
        return {"state": State.HANDED, "outcome__in": ["", Outcome.RELAYED]}
    states = [each for each, said in _OF_STATE.items() if said == word]
    return {"state__in": [*states, word], "outcome": ""}


def _check(
    actor: Principal, message: Message, query: str, send_at: datetime | None, *, again: bool
) -> None:
    if not sending.has_server(message.organization_id):
        raise NothingToSend(_("No mail server is set up, so nothing can be sent."))
    if send_at is not None and not now() < send_at < now() + LATEST:
        raise NothingToSend(_("Choose a time from now to two years ahead."), field="send_at")
    guest_list = open_list(actor, message.event_id)
    selection = choose(actor, message, query, again=again)
    found = messages.findings(message, guest_list, selection.chosen)
    if serious := [each.sentence for each in found if each.is_serious]:
        raise NothingToSend(" ".join(serious))
    if send_at is None and not selection.recipients:
        raise NothingToSend(_("Nobody of those who were chosen would get this message."))


def _mailable(selection: Selection, guests: Sequence[OpenGuest]) -> list[OpenGuest]:
    """Return the guests whose contacts may be mailed, where they have one; note why not."""
    ids = [guest.contact_id for guest in guests if guest.contact_id]
    rows = Contact.objects.filter(pk__in=one_of(ids)).exclude(delivery=ContactDelivery.ACTIVE)
    states = dict(rows.values_list("pk", "delivery"))
    found = []
    for guest in guests:
        state = states.get(guest.contact_id) if guest.contact_id else None
        if state is None:
            found.append(guest)
        else:
            selection.leave_out(_OF_CONTACTS[state], guest)
    return found


_OF_CONTACTS = {state.value: reason for reason, state in OF_CONTACTS.items()}


def _may_get(selection: Selection, kind: str, guest: OpenGuest) -> bool:
    """Return whether a guest is meant by this kind of message; note why not."""
    if guest.held and not guest.is_named:
        return False
    is_gone = guest.reply in {Reply.DECLINED, Reply.WITHDRAWN}
    if kind in NOT_TO_THOSE_WHO_DECLINED and is_gone:
        selection.leave_out(DECLINED, guest)
        return False
    if kind == Kind.REMINDER and guest.reply not in UNDECIDED:
        selection.leave_out(ANSWERED, guest)
        return False
    return True


def _together(
    selection: Selection, guests: Iterable[OpenGuest]
) -> dict[tuple[UUID, str], list[OpenGuest]]:
    """Return guests by party and address; who has none is reached by their party, or by nobody."""
    found: dict[tuple[UUID, str], list[OpenGuest]] = {}
    spelled: dict[tuple[UUID, str], str] = {}
    without: list[OpenGuest] = []
    for guest in guests:
        address = guest.record.delivery_email or guest.record.email
        if not address:
            without.append(guest)
            continue
        known = spelled.setdefault((guest.party_id, fold(address)), address)
        found.setdefault((guest.party_id, known), []).append(guest)
    reached = {party_id for party_id, _address in found}
    for guest in without:
        if guest.party_id not in reached:
            selection.leave_out(NO_ADDRESS, guest)
    return found


def _had(message: Message) -> set[tuple[UUID, bytes]]:
    """Return who got a message before, or is about to: party and blind index of the address."""
    rows = Delivery.objects.filter(mailing__version__message=message)
    rows = rows.exclude(state__in=(State.STOPPED, State.SUPPRESSED, State.REFUSED, State.GIVEN_UP))
    found = rows.exclude(outcome=Outcome.BOUNCED).values_list("party_id", "address_index")
    return {(party_id, bytes(index)) for party_id, index in found}


def _insert(mailing: Mailing, recipients: Sequence[Recipient]) -> None:
    for start in range(0, len(recipients), ROWS):
        rows = []
        for each in recipients[start : start + ROWS]:
            ids = [guest.id for guest in each.guests]
            record = DeliveryRecord(each.address, ids, each.language)
            row = delivery(mailing.organization_id, mailing.event_id, record)
            row.mailing, row.party_id, row.guest_id = mailing, each.party_id, ids[0]
            rows.append(row)
        Delivery.objects.bulk_create(rows)


def queue_again(*, earlier: Delivery, mailing: Mailing) -> None:
    """Queue for a mailing what an earlier delivery was, whoever the choice of guests leaves out."""
    record = DeliveryRecord(earlier.sealed.to, earlier.sealed.guests, earlier.sealed.language)
    row = delivery(mailing.organization_id, mailing.event_id, record)
    row.mailing, row.party_id, row.guest_id = mailing, earlier.party_id, earlier.guest_id
    row.save(force_insert=True)


def delivery(organization_id: UUID, event_id: UUID, record: DeliveryRecord) -> Delivery:
    """Return a delivery that is due now, not stored yet."""
    moment = now()
    return Delivery(
        pk=new_id(),
        organization_id=organization_id,
        event_id=event_id,
        party_id=NO_PARTY,
        next_at=moment,
        created_at=moment,
        address_index=addresses.address_index(organization_id, record.to),
        domain_index=addresses.domain_index(organization_id, record.to),
        sealed=record,
    )


def suggested(kind: str) -> str:
    """Return the filter with which the choice of guests begins for a kind of message."""
    statuses = {
        Kind.REMINDER: (Status.OUTSTANDING,),
        Kind.THANKS: (Status.ATTENDED,),
        Kind.UPDATE: (Status.CONFIRMED, Status.HELD),
    }.get(Kind(kind), ())
    return "&".join(f"status={status.value}" for status in statuses)


def of_event(principal: Principal, event: Event) -> list[Mailing]:
    principal.require(Permission.MESSAGE_VIEW, event.pk)
    rows = Mailing.objects.filter(event=event).select_related("version")
    return list(rows.order_by("-send_at", "-pk"))


@dataclass(frozen=True, slots=True)
class Summary:
    """A mailing with its counts. parts: label, tone, count and word of each."""

    mailing: Mailing
    parts: list[tuple[Promise, str, int, str]]
    total: int
    done: int

    @property
    def is_underway(self) -> bool:
        return self.mailing.state in {Mailing.State.WAITING, Mailing.State.SENDING}

    @property
    def bounced(self) -> int:
        return sum(count for *_words, count, word in self.parts if word.startswith("bounced"))


def summary(mailing: Mailing, counted: Counter[str]) -> Summary:
    parts = [
        (label, tone, counted[word], word) for word, (label, tone) in WORDS.items() if counted[word]
    ]
    total = counted.total()
    return Summary(mailing, parts, total, total - counted["queued"])
