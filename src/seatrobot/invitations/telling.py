"""Telling guests what was recorded of their answer, and the codes with which they prove themselves.

Both answer something that the guest did, so they go before mailings. They are prepared in a job:
whoever answers with a link acts in a unit of work that shows nothing but one party.
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from seatrobot.events.models import Event
from seatrobot.guests.models import Guest, Party
from seatrobot.guests.statuses import Reply
from seatrobot.invitations import tokens
from seatrobot.invitations.feature import Permission
from seatrobot.invitations.models import Delivery
from seatrobot.invitations.records import DeliveryRecord
from seatrobot.invitations.services import mailings
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.principals import Principal
from seatrobot.normalizing import fold
from seatrobot.replies import links
from seatrobot.replies.hooks import ReplyTold
from seatrobot.replies.models import Answer, Code


class Told(ReplyTold):
    """Mails the addresses of a party."""

    def recorded(self, party_id: UUID, *, event_id: UUID, answer_id: UUID) -> None:
        defer(
            "invitations.tell",
            party_id=str(party_id),
            event_id=str(event_id),
            answer_id=str(answer_id),
        )

    def code(self, party_id: UUID, *, event_id: UUID, code_id: UUID) -> bool:
        if not settings.CONFIG.smtp_url:
            return False
        defer(
            "invitations.tell-code",
            party_id=str(party_id),
            event_id=str(event_id),
            code_id=str(code_id),
        )
        return True

    def stop_mail_url(self, party_id: UUID, *, event_id: UUID) -> str:
        rows = Delivery.objects.filter(party_id=party_id, event_id=event_id)
        row = rows.filter(kind=Delivery.Kind.MAILING).order_by("-pk").first()
        return tokens.unsubscribe_link(row.organization_id, row.pk) if row else ""


def tell_answer(*, actor: Principal, party_id: UUID, event_id: UUID, answer_id: UUID) -> int:
    """Queue what was recorded for each address of a party; return how many messages that are."""
    actor.require(Permission.MAILING_SEND, event_id)
    if not Answer.objects.filter(pk=answer_id, party_id=party_id).exists():
        return 0
    party, event, guests = _load(party_id, event_id)
    if party is None or event is None:
        return 0
    link = links.current(actor=actor, party_id=party_id)
    with translation.override(party.language or None):
        subject = _("Your answer: %(event)s") % {"event": event.title}
        lines = [_line(guest) for guest in guests]
        ending = _("To look at it or to change it, open your page: %(link)s") % {"link": link}
        beginning = _("This is what was recorded for %(event)s:") % {"event": event.title}
    return _queue(event, party, guests, Delivery.Kind.TOLD, subject, [beginning, *lines, ending])


def tell_code(*, party_id: UUID, event_id: UUID, code_id: UUID) -> int:
    """Queue a code for each address of a party."""
    code = Code.objects.filter(pk=code_id, party_id=party_id, used_at=None).first()
    party, event, guests = _load(party_id, event_id)
    if code is None or party is None or event is None:
        return 0
    with translation.override(party.language or None):
        subject = _("Your code for %(event)s") % {"event": event.title}
        lines = [
            _("Your code is %(code)s. It is valid for 15 minutes.") % {"code": code.sealed.code},
            _("If you have not asked for one, nothing is to be done."),
        ]
    return _queue(event, party, guests, Delivery.Kind.CODE, subject, lines)


def _load(party_id: UUID, event_id: UUID) -> tuple[Party | None, Event | None, list[Guest]]:
    party = Party.objects.filter(pk=party_id, event_id=event_id).first()
    event = Event.objects.filter(pk=event_id).first()
    return party, event, list(Guest.objects.filter(party_id=party_id).order_by("pk"))


def _line(guest: Guest) -> str:
    """Say what is recorded of one guest."""
    name = guest.sealed.full_name or _("A guest without a name")
    sentences = {
        Reply.CONFIRMED: _("%(name)s comes."),
        Reply.TENTATIVE: _("%(name)s may come."),
        Reply.WAITLISTED: _("%(name)s is on the waiting list."),
        Reply.DECLINED: _("%(name)s does not come."),
        Reply.WITHDRAWN: _("%(name)s does not come."),
    }
    said = sentences.get(Reply(guest.reply), _("%(name)s has not answered."))
    return said % {"name": name}


def _queue(  # noqa: PLR0913, PLR0917  what a message is
    event: Event, party: Party, guests: list[Guest], kind: str, subject: str, lines: list[str]
) -> int:
    found: dict[str, list[Guest]] = {}
    spelled: dict[str, str] = {}
    for guest in guests:
        if address := guest.sealed.delivery_email or guest.sealed.email:
            known = spelled.setdefault(fold(address), address)
            found.setdefault(known, []).append(guest)
    for address, whose in found.items():
        record = DeliveryRecord(
            address,
            [guest.pk for guest in whose],
            party.language,
            subject=subject,
            body="\n\n".join(lines) + "\n",
        )
        row = mailings.delivery(event.organization_id, event.pk, record)
        row.kind, row.urgent = kind, True
        row.party_id, row.guest_id = party.pk, whose[0].pk
        row.save(force_insert=True)
    if found:
        defer("invitations.send", once=f"invitations.send {event.organization_id}")
    return len(found)
