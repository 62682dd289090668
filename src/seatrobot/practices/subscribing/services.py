"""Subscribing by mail: request, confirmation, change and end. Each inside `acting`.

A request reveals nothing: the same row is written and the same job deferred, whether the address
is subscribed or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.accounts.services import clean_address
from seatrobot.kernel import tokens
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.promises.models import Change
from seatrobot.kernel.refusal import LinkDead
from seatrobot.kernel.vault import services as vault
from seatrobot.practices.changes import is_news
from seatrobot.practices.feature import Action
from seatrobot.practices.subscribing import links
from seatrobot.practices.subscribing.models import (
    AddressRecord,
    Pending,
    Rhythm,
    Subscriber,
    Untold,
)

VALID_FOR = timedelta(hours=24)
MAILED_AGAIN_AFTER = timedelta(hours=1)


def ask(*, address: str, sections: Sequence[str], alive: str = Rhythm.WEEKLY) -> None:
    """Have a confirmation mailed; ValidationError for what is no address.

    alive: how often (a Rhythm) to say that the service is alive.
    """
    address = clean_address(address)
    index = vault.blind_index(PLATFORM, address)
    row = Pending(
        address_index=index,
        sealed=AddressRecord(address),
        sections=list(sections),
        alive=alive,
        asked_at=now(),
    )
    Pending.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["address_index"],
        update_fields=["sections", "alive", "asked_at"],
    )
    pending = Pending.objects.only("pk").get(address_index=index)
    journal.record(Action.SUBSCRIPTION_ASK, subject_id=pending.pk)
    defer("subscribing.send-confirmation", pending_id=str(pending.pk))


def new_token(pending_id: UUID) -> tuple[str, Pending] | None:
    """Return a new token with what it confirms; at most one an hour."""
    pending = Pending.objects.select_for_update().filter(pk=pending_id).first()
    moment = now()
    if pending is None or (pending.mailed_at and moment - pending.mailed_at < MAILED_AGAIN_AFTER):
        return None
    token = tokens.new_token()
    pending.token_hash, pending.mailed_at = tokens.token_hash(token), moment
    pending.save(update_fields=["token_hash", "mailed_at"])
    journal.record(Action.SUBSCRIPTION_ASK_MAIL, subject_id=pending.pk)
    return token, pending


def not_mailed(pending_id: UUID) -> None:
    """Note that no link was mailed, so that the next try makes one."""
    Pending.objects.filter(pk=pending_id).update(mailed_at=None)


def find_pending(token: str) -> Pending:
    """Return what a link confirms; raises LinkDead."""
    alive = Pending.objects.select_for_update().filter(mailed_at__gt=now() - VALID_FOR)
    found = alive.filter(token_hash=tokens.token_hash(token)).first()
    if found is None:
        raise _dead()
    return found


def confirm(*, token: str) -> Subscriber:
    """Subscribe the address of a link, or change its sections; raises LinkDead."""
    pending = find_pending(token)
    index = bytes(pending.address_index)
    row = Subscriber.objects.select_for_update().filter(address_index=index).first()
    row = row or Subscriber(address_index=index, sealed=AddressRecord(pending.sealed.email))
    row.sections, row.confirmed_at = pending.sections, now()
    row.alive = pending.alive
    row.save()
    pending.delete()
    journal.record(
        Action.SUBSCRIPTION_CONFIRM, subject_id=row.pk, sections=row.sections, alive=row.alive
    )
    return row


def find_subscriber(subscriber_id: UUID, signature: str) -> Subscriber:
    """Return the subscriber a link belongs to; raises LinkDead."""
    if not links.is_own(subscriber_id, signature):
        raise _dead()
    found = Subscriber.objects.select_for_update().filter(pk=subscriber_id).first()
    if found is None:
        raise _dead()
    return found


def change(*, subscriber: Subscriber, sections: Sequence[str], alive: str) -> None:
    """Change of what a subscriber hears, and how often of the service as a whole."""
    if alive != subscriber.alive:
        subscriber.alive_at = now()  # the next one comes after a whole period
    subscriber.sections, subscriber.alive = list(sections), alive
    subscriber.save(update_fields=["sections", "alive", "alive_at"])
    journal.record(
        Action.SUBSCRIPTION_CHANGE,
        subject_id=subscriber.pk,
        sections=subscriber.sections,
        alive=alive,
    )


def leave(*, subscriber: Subscriber) -> None:
    """Unsubscribe: the address is deleted."""
    journal.record(Action.SUBSCRIPTION_LEAVE, subject_id=subscriber.pk)
    subscriber.delete()


def remember(change: Change, **_signal: Any) -> None:
    """Remember a recorded change until it is announced; a receiver of `promises.services.changed`.

    One unit of work may record many changes; the first job to run announces them all.
    """
    if not is_news(change):
        return
    Untold.objects.create(change_id=change.pk)
    defer("subscribing.tell")


def delete_unconfirmed() -> int:
    """Delete addresses that were not confirmed within a day; return how many."""
    gone, _of_each = Pending.objects.filter(asked_at__lt=now() - VALID_FOR).delete()
    return gone


def _dead() -> LinkDead:
    return LinkDead(_("It was used, is older than 24 hours, or its subscription has ended."))
