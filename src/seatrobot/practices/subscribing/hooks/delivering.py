"""One delivery: packed and noted in units of work of their own, sent between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.practices.feature import Action
from seatrobot.practices.subscribing.hooks import payload, posting, telling
from seatrobot.practices.subscribing.hooks.posting import Outcome
from seatrobot.practices.subscribing.models import Hook
from seatrobot.practices.subscribing.news import news_of

GIVEN_UP_AFTER = timedelta(days=7)


class NotDelivered(Exception):
    """Whoever receives did not take it; the text says why."""


@dataclass(frozen=True, slots=True)
class Parcel:
    url: str
    headers: Mapping[str, str]
    body: bytes


def pack(hook_id: UUID, delivery_id: str, change_id: str) -> Parcel | None:
    """Return what is to be sent, or None when the hook or the news is gone."""
    hook = Hook.objects.filter(pk=hook_id, disabled_at=None).first()
    news = news_of([UUID(change_id)]) if change_id else []
    if hook is None or (change_id and not news):
        return None
    body = payload.of_news(news[0]) if news else payload.of_test()
    journal.record(Action.HOOK_DELIVER, subject=hook.pk, delivery=delivery_id)
    return Parcel(hook.sealed.url, payload.headers(delivery_id, body), body)


def send(parcel: Parcel) -> Outcome:
    return posting.post(parcel.url, parcel.headers, parcel.body)


def note(hook_id: UUID, outcome: Outcome) -> None:
    """Note what came of a delivery; a hook that has failed for too long is switched off."""
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
    journal.record(Action.HOOK_DISABLE, subject=hook.pk, outcome=hook.last_outcome)
    days = GIVEN_UP_AFTER.days
    body = ngettext(
        "Hello,\n\na webhook of your organization has failed for more than %(days)d day and is"
        " switched off.",
        "Hello,\n\na webhook of your organization has failed for more than %(days)d days and is"
        " switched off.",
        days,
    ) % {"days": days}
    how = _("The last attempt: %(outcome)s\n\nSwitch it on again, or remove it, here:\n%(link)s\n")
    how %= {"outcome": hook.last_outcome, "link": telling.notices_page(hook.organization_id)}
    subject = _("A webhook is switched off")
    telling.mail_all_administrators(hook.organization_id, subject, f"{body}\n\n{how}")
