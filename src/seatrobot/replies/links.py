"""The secret links with which a party answers.

A token is the organization's identifier and 128 bits that nobody can guess, in base64url: 43
letters that stand in the address alone. What is kept is its SHA-256. The secret half is worked out
from the row's identifier under the organization's keyring, as a blind index is, so that a reminder
can name the link that the invitation named, and the database alone gives nobody a link.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _

from seatrobot.guests.feature import Permission as GuestPermission
from seatrobot.guests.models import Party
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.features import Permission as AnyPermission
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import LinkDead, Refused
from seatrobot.kernel.tenancy.scopes import Scope
from seatrobot.kernel.tokens import token_hash
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import KeysUnavailable
from seatrobot.replies.feature import Action, Permission
from seatrobot.replies.models import Link

TOKEN_BYTES = 32
NAME = "reply"
NOWHERE = Scope(event=UUID(int=0), party=UUID(int=0))
"""The scope in which a link is looked up: every table is empty in it."""
FIND = "SELECT * FROM replies_find(%s, %s)"


class NoSuchParty(Refused):
    """A link was asked for a party that is not there."""

    status = 404


@dataclass(frozen=True, slots=True)
class Resolved:
    """Whose link a token is. sent_at: when it was handed over or, where nobody says so, issued."""

    id: UUID
    organization_id: UUID
    event_id: UUID
    party_id: UUID
    kind: str
    sent_at: datetime

    @property
    def scope(self) -> Scope:
        return Scope(event=self.event_id, party=self.party_id)

    @property
    def actor(self) -> Actor:
        return Actor.link(NAME, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkHolder(Principal):
    """Whoever holds a link. has_code: they typed a code that was mailed to the party."""

    event_id: UUID
    party_id: UUID
    has_code: bool = False

    def may(self, permission: AnyPermission, event_id: UUID | None = None) -> bool:
        if event_id != self.event_id:
            return False
        return permission == Permission.REPLY or (
            permission == GuestPermission.SPECIAL_VIEW and self.has_code
        )

    @property
    def events(self) -> frozenset[UUID]:
        return frozenset({self.event_id})


def issue(*, actor: Principal, party_id: UUID, kind: str = Link.Kind.OWN) -> str:
    """Make a new link for a party and return its address; the one before it works no more."""
    party = _party(actor, party_id)
    Link.objects.filter(party_id=party_id, kind=kind, revoked_at=None).update(revoked_at=now())
    link = Link(
        pk=new_id(),
        organization_id=party.organization_id,
        event_id=party.event_id,
        party_id=party_id,
        kind=kind,
        issued_at=now(),
        issued_by=actor.account_id,
    )
    token = _token(link)
    link.token_hash = token_hash(token)
    link.save(force_insert=True)
    journal.record(
        Action.LINK_ISSUE, event_id=party.event_id, subject_id=party_id, link=str(link.pk)
    )
    return url_of(token)


def current(*, actor: Principal, party_id: UUID) -> str:
    """Return the address of a party's own link: the one it has, or a new one where it has none."""
    party = _party(actor, party_id)
    link = Link.objects.filter(party_id=party_id, kind=Link.Kind.OWN, revoked_at=None).first()
    if link is not None:
        token = _token(link)
        if token_hash(token) == bytes(link.token_hash):
            return url_of(token)
    return issue(actor=actor, party_id=party.pk)


def note_sent(*, actor: Principal, party_id: UUID) -> None:
    """Note that the link is handed over just now; answers that follow at once are marked."""
    party = _party(actor, party_id)
    Link.objects.filter(party=party, revoked_at=None).update(sent_at=now())


def revoke(*, actor: Principal, party_id: UUID, kind: str) -> None:
    """Make a party's link of a kind worthless; harmless when it already is."""
    party = _party(actor, party_id)
    rows = Link.objects.filter(party_id=party_id, kind=kind, revoked_at=None)
    if rows.update(revoked_at=now()):
        journal.record(Action.LINK_REVOKE, event_id=party.event_id, subject_id=party_id)


def resolve(token: str) -> Resolved:
    """Return whose link a token is; raise LinkDead for a wrong, replaced, revoked or old one.

    In a unit of work of its own, which sees no row: a function of the database returns the one with
    this hash.
    """
    organization_id = _organization_of(token)
    try:
        with (
            acting(Actor.link(NAME), organization_id, scope=NOWHERE),
            connection.cursor() as cursor,
        ):
            cursor.execute(FIND, [token_hash(token), now()])
            row = cursor.fetchone()
    except KeysUnavailable as error:
        raise _dead() from error
    if row is None:
        raise _dead()
    link_id, event_id, party_id, kind, sent_at = row
    return Resolved(link_id, organization_id, event_id, party_id, kind, sent_at)


def holder(link: Resolved, *, has_code: bool = False) -> LinkHolder:
    return LinkHolder(
        actor=link.actor,
        organization_id=link.organization_id,
        event_id=link.event_id,
        party_id=link.party_id,
        has_code=has_code,
    )


def url_of(token: str) -> str:
    return f"{settings.BASE_URL}{reverse('replies:page', kwargs={'token': token})}"


def _party(actor: Principal, party_id: UUID) -> Party:
    """Return a party, for somebody who may issue its links; the row is locked."""
    party = Party.objects.select_for_update(no_key=True).filter(pk=party_id).first()
    if not (isinstance(actor, LinkHolder) and actor.party_id == party_id):
        actor.require(Permission.REPLY_MANAGE, party.event_id if party else party_id)
    if party is None:
        raise NoSuchParty(_("This party is no longer on the list."))
    return party


def _token(link: Link) -> str:
    secret = vault.blind_index(link.organization_id, f"link of a guest {link.pk}")
    whole = link.organization_id.bytes + secret
    return base64.urlsafe_b64encode(whole).decode().rstrip("=")


def _organization_of(token: str) -> UUID:
    try:
        whole = base64.urlsafe_b64decode(token + "=")
    except (binascii.Error, ValueError):
        raise _dead() from None
    if len(whole) != TOKEN_BYTES:
        raise _dead()
    return UUID(bytes=whole[:16])


def _dead() -> LinkDead:
    return LinkDead(
        _("This link does not work any more. It was replaced or withdrawn, or the event is over.")
    )
