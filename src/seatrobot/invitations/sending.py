"""Who an organization's mail to guests is from and which server takes it; links to answer by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from seatrobot.events.models import Event
from seatrobot.invitations import smtp
from seatrobot.invitations.models import Sender, Version
from seatrobot.invitations.records import SenderRecord
from seatrobot.invitations.smtp import Server, ServerFailed
from seatrobot.invitations.writing import From, Letterhead, sender_of
from seatrobot.kernel.clock import now
from seatrobot.kernel.principals import Principal
from seatrobot.organizations.models import Organization
from seatrobot.replies import links
from seatrobot.replies.models import Link

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=30)


def sender_row(organization_id: UUID) -> Sender | None:
    return Sender.objects.filter(organization_id=organization_id).first()


def sender(organization_id: UUID) -> From:
    """Return who mail is from: the organization where it says so, else the instance."""
    row = sender_row(organization_id)
    return sender_of(
        row.sealed if row else SenderRecord(),
        organization_name(organization_id),
        fallback=settings.CONFIG.mail_from,
        domain=settings.CONFIG.bounce_domain,
    )


def server(organization_id: UUID) -> Server:
    """Return the mail server: the organization's own, else the instance's; raises ServerFailed."""
    row = sender_row(organization_id)
    if row and row.sealed.host:
        record = row.sealed
        return Server(
            record.host,
            record.port,
            record.security,
            record.user,
            record.password,
            is_typed=True,
        )
    if not settings.CONFIG.smtp_url:
        raise ServerFailed(_("No mail server is set up."))
    return smtp.server_of(settings.CONFIG.smtp_url)


def has_server(organization_id: UUID) -> bool:
    row = sender_row(organization_id)
    return bool(settings.CONFIG.smtp_url or (row and row.sealed.host))


def organization_name(organization_id: UUID) -> str:
    return Organization.objects.get(pk=organization_id).sealed.name


def note_failure(organization_id: UUID, error: str) -> None:
    """Note that the server took nothing, and when it is tried again; "" that it did take mail."""
    row = Sender.objects.select_for_update().filter(organization_id=organization_id).first()
    if row is None:
        if not error:
            return
        row = Sender(organization_id=organization_id, sealed=SenderRecord())
    if not error and not row.failing_since:
        return
    moment = now()
    row.error = error[:200]
    row.failing_since = (row.failing_since or moment) if error else None
    row.next_at = _again(row.failing_since, moment) if row.failing_since else None
    row.save()


def is_paused(organization_id: UUID) -> bool:
    """Return whether the server failed lately and is not to be tried again yet."""
    rows = Sender.objects.filter(organization_id=organization_id, next_at__gt=now())
    return rows.exists()


def _again(since: datetime, moment: datetime) -> datetime:
    return moment + min(max(FIRST_PAUSE, (moment - since) / 2), LONGEST_PAUSE)


def letterhead(version: Version, kind: str, sender: From) -> Letterhead:
    """Return a version of a message, to be written to many."""
    return Letterhead(
        version.sealed,
        kind=kind,
        event=version.event,
        organization=organization_name(version.organization_id),
        sender=sender,
        picture=version.picture.sealed if version.picture else None,
        sequence=sequence_of(version.event),
        has_links=True,
    )


def sequence_of(event: Event) -> int:
    """Return a number that grows with each change of an event, for calendars."""
    return event.mailings.count()


def answer_links(actor: Principal, parties: Collection[UUID]) -> Mapping[UUID, str]:
    """Return the address of each party's own page."""
    return {party_id: links.current(actor=actor, party_id=party_id) for party_id in parties}


def note_links_sent(parties: Collection[UUID]) -> None:
    """Note that links were handed over just now, so that answers that follow at once are marked."""
    rows = Link.objects.filter(party_id__in=parties, revoked_at=None)
    rows.update(sent_at=now())
