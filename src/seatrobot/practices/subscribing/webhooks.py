"""Webhooks of an organization: setting them up, and signed deliveries of changes.

Signed is `ID.TIMESTAMP.BODY`. The id stays the same when a delivery is tried again, so that a
receiver can recognise it; the timestamp (seconds since 1970) reveals an old one that is replayed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.grants import reading
from seatrobot.grants.models import StaffGrant
from seatrobot.grants.reading import GrantLine
from seatrobot.kernel import outgoing
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal import signing
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.feature import Permission
from seatrobot.practices import addresses
from seatrobot.practices.feature import Action
from seatrobot.practices.subscribing import posting, recipients
from seatrobot.practices.subscribing.models import AdministratorMail, Hook, HookRecord, Listener
from seatrobot.practices.subscribing.news import News, news_of
from seatrobot.practices.subscribing.posting import Outcome

MOST_HOOKS = 5
GIVEN_UP_AFTER = timedelta(days=7)
ID, TIMESTAMP, SIGNATURE = "Seatrobot-Id", "Seatrobot-Timestamp", "Seatrobot-Signature"
LISTEN = """
    INSERT INTO subscribing_listener (organization_id) VALUES (%s)
    ON CONFLICT (organization_id) DO UPDATE SET organization_id = EXCLUDED.organization_id
"""


class HookRefused(Refused):
    """A webhook cannot be added."""


def load_hooks(actor: Principal) -> Sequence[Hook]:
    """Return the organization's webhooks, the oldest first."""
    actor.require(Permission.PRACTICES_VIEW)
    return list(_hooks(actor).order_by("id"))


def wants_mail(actor: Principal) -> bool:
    """Return whether the actor has subscribed to mail."""
    return _mail(actor).exists()


def add_hook(*, actor: Principal, url: str) -> Hook:
    """Add a webhook; raises HookRefused."""
    actor.require(Permission.ORGANIZATION_CHANGE)
    try:
        outgoing.check(url)
    except outgoing.BadAddress as error:
        raise HookRefused(error, field="url") from error
    _listen(actor)
    if _hooks(actor).count() >= MOST_HOOKS:
        text = ngettext("There may be %d webhook.", "There may be %d webhooks.", MOST_HOOKS)
        raise HookRefused(text % MOST_HOOKS)
    hook = Hook.objects.create(
        organization_id=actor.organization_id, sealed=HookRecord(url), created_at=now()
    )
    journal.record(Action.HOOK_ADD, subject_id=hook.pk)
    return hook


def remove_hook(*, actor: Principal, hook_id: UUID) -> None:
    """Remove a webhook; idempotent."""
    actor.require(Permission.ORGANIZATION_CHANGE)
    gone, _rows = _hooks(actor).filter(pk=hook_id).delete()
    if gone:
        journal.record(Action.HOOK_REMOVE, subject_id=hook_id)
        _stop_listening(actor)


def try_hook(*, actor: Principal, hook_id: UUID) -> bool:
    """Have a test posted, which also switches a hook on again; return whether there is one."""
    actor.require(Permission.ORGANIZATION_CHANGE)
    hook = _hooks(actor).select_for_update().filter(pk=hook_id).first()
    if hook is None:
        return False
    if hook.disabled_at:
        hook.disabled_at = hook.failing_since = None
        hook.save(update_fields=["disabled_at", "failing_since"])
    journal.record(Action.HOOK_TEST, subject_id=hook.pk)
    defer("subscribing.deliver", hook_id=str(hook.pk), delivery_id=str(new_id()))
    return True


def mail_me(*, actor: Principal, wanted: bool) -> None:
    """Switch mail of changes to the actor's own address on or off."""
    actor.require(Permission.PRACTICES_VIEW)
    if wanted == wants_mail(actor):
        return
    assert actor.account_id is not None
    if wanted:
        _listen(actor)
        AdministratorMail.objects.create(
            organization_id=actor.organization_id, account_id=actor.account_id
        )
    else:
        _mail(actor).delete()
        _stop_listening(actor)
    journal.record(Action.PRACTICES_MAIL, wanted=wanted)


def _listen(actor: Principal) -> None:
    """Add the organization to the listeners, and lock that row until this is committed."""
    with connection.cursor() as cursor:
        cursor.execute(LISTEN, [actor.organization_id])


def _stop_listening(actor: Principal) -> None:
    """Remove the organization from the listeners when it has no recipient any more."""
    listener = Listener.objects.select_for_update().filter(pk=actor.organization_id).first()
    mails = AdministratorMail.objects.filter(organization_id=actor.organization_id)
    if listener and not _hooks(actor).exists() and not mails.exists():
        listener.delete()


def _hooks(actor: Principal) -> QuerySet[Hook]:
    return Hook.objects.filter(organization_id=actor.organization_id)


def _mail(actor: Principal) -> QuerySet[AdministratorMail]:
    assert actor.account_id is not None  # the operator's command has no address
    return AdministratorMail.objects.filter(
        organization_id=actor.organization_id, account_id=actor.account_id
    )


class NotDelivered(Exception):
    """A delivery failed; the text says why."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST request to a webhook."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def prepare(hook_id: UUID, delivery_id: str, change_id: str) -> Delivery | None:
    """Return what to send; None when the hook or the change no longer exists."""
    hook = Hook.objects.filter(pk=hook_id, disabled_at=None).first()
    news = news_of([UUID(change_id)]) if change_id else []
    if hook is None or (change_id and not news):
        return None
    body = payload_of(news[0]) if news else test_payload()
    journal.record(Action.HOOK_DELIVER, subject_id=hook.pk, delivery=delivery_id)
    return Delivery(hook.sealed.url, headers(delivery_id, body), body)


def send(delivery: Delivery) -> Outcome:
    return posting.post(delivery.url, delivery.headers, delivery.body)


def record_outcome(hook_id: UUID, outcome: Outcome) -> None:
    """Record the outcome of a delivery; a hook that has failed for too long is switched off."""
    hook = Hook.objects.select_for_update().filter(pk=hook_id).first()
    if hook is None:
        return
    hook.last_at, hook.last_outcome = now(), outcome.text[:200]
    hook.failing_since = None if outcome.ok else hook.failing_since or hook.last_at
    if hook.failing_since and hook.last_at - hook.failing_since > GIVEN_UP_AFTER:
        _switch_off(hook)
    hook.save(update_fields=["last_at", "last_outcome", "failing_since", "disabled_at"])


def _switch_off(hook: Hook) -> None:
    hook.disabled_at = hook.last_at
    journal.record(Action.HOOK_DISABLE, subject_id=hook.pk, outcome=hook.last_outcome)
    days = GIVEN_UP_AFTER.days
    body = ngettext(
        "Hello,\n\na webhook of your organization has failed for more than %(days)d day and is"
        " switched off.",
        "Hello,\n\na webhook of your organization has failed for more than %(days)d days and is"
        " switched off.",
        days,
    ) % {"days": days}
    how = _("The last attempt: %(outcome)s\n\nSwitch it on again, or remove it, here:\n%(link)s\n")
    how %= {"outcome": hook.last_outcome, "link": recipients.notices_page(hook.organization_id)}
    subject = _("A webhook is switched off")
    recipients.mail_all_administrators(hook.organization_id, subject, f"{body}\n\n{how}")


def payload_of(news: News) -> bytes:
    """Return the body about a change."""
    return _encode(
        {
            "promise": news.promise,
            "section": news.section,
            "sentence": news.sentence,
            "before": news.before,
            "state": news.state,
            "reason": news.reason,
            "at": news.at.isoformat(),
            "link": news.link,
        }
    )


def test_payload() -> bytes:
    """Return a body of the same form about a promise that does not exist."""
    return _encode(
        {
            "promise": "test.test",
            "section": "test",
            "sentence": "This is a test: no promise has changed.",
            "before": "kept",
            "state": "kept",
            "reason": "",
            "at": now().isoformat(),
            "link": addresses.of_promise("test.test"),
        }
    )


def support_payload(grant: GrantLine, event: str) -> bytes:
    """Return the body about access of the staff: asked for, opened or ended."""
    return _encode(
        {
            "type": f"support-access.{event}",
            "timestamp": now().isoformat(),
            "data": {
                "grant": str(grant.id),
                "state": grant.state.value,
                "staff": grant.who,
                "reason": grant.reason,
                "ticket": grant.ticket,
                "emergency": grant.is_emergency,
                "may_change": grant.may_change,
                "events": "all" if grant.event_ids is None else [str(e) for e in grant.event_ids],
                "opens_at": grant.opens_at.isoformat() if grant.opens_at else None,
                "expires_at": grant.expires_at.isoformat() if grant.expires_at else None,
                "link": recipients.support_page(grant.organization_id, grant.id),
            },
        }
    )


def prepare_support(hook_id: UUID, delivery_id: str, grant_id: UUID, event: str) -> Delivery | None:
    """Return what to send about a grant; None when the hook or the grant is gone."""
    hook = Hook.objects.filter(pk=hook_id, disabled_at=None).first()
    found = reading.lines(StaffGrant.objects.filter(pk=grant_id))
    if hook is None or not found:
        return None
    body = support_payload(found[0], event)
    journal.record(Action.HOOK_DELIVER, subject_id=hook.pk, delivery=delivery_id)
    return Delivery(hook.sealed.url, headers(delivery_id, body), body)


def headers(delivery_id: str, body: bytes) -> Mapping[str, str]:
    """Return the headers of a delivery.

    The signature is a signed note, in base64; beside it stand the headers of Standard Webhooks.
    """
    timestamp = str(int(now().timestamp()))
    note = signing.sign_bytes(signed(delivery_id, timestamp, body))
    return {
        "Content-Type": "application/json",
        "User-Agent": "Seatrobot",
        ID: delivery_id,
        TIMESTAMP: timestamp,
        SIGNATURE: base64.b64encode(note.encode()).decode(),
        "webhook-id": delivery_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signing.sign_webhook(delivery_id, timestamp, body),
    }


def signed(delivery_id: str, timestamp: str, body: bytes) -> bytes:
    """Return the bytes that are signed."""
    return f"{delivery_id}.{timestamp}.".encode() + body


def _encode(record: Mapping[str, object]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode()
