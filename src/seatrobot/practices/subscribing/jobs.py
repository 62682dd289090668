"""Announcing changes: one job finds the recipients, then one job for each of them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from seatrobot.accounts import mail as transport
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import Work, defer, job, nightly
from seatrobot.kernel.journal import services as journal
from seatrobot.practices.feature import Action
from seatrobot.practices.subscribing import alive, recipients, services, text, webhooks
from seatrobot.practices.subscribing.models import Listener, Subscriber, Untold
from seatrobot.practices.subscribing.news import news_of


@job("subscribing.send-confirmation", tries=4)
def send_confirmation(work: Work, pending_id: str) -> None:
    """Mail the link that confirms an address, if none was mailed within the last hour."""
    with work.acting():
        found = services.new_token(UUID(pending_id))
        if found is None:
            return
        token, pending = found
        message = text.confirmation(pending, token)
    try:
        transport.post(message)
    except transport.MailNotSent:
        with work.acting():
            services.not_mailed(UUID(pending_id))
        raise


@job("subscribing.tell", tries=4)
def tell(work: Work) -> None:
    """Take every change not yet announced, and defer one job for each recipient."""
    with work.acting():
        rows = Untold.objects.select_for_update(skip_locked=True)
        changes = list(rows.values_list("change_id", flat=True))
        if not changes:
            return
        Untold.objects.filter(pk__in=changes).delete()
        journal.record(Action.CHANGES_TELL, changes=_words(changes))
        sections = {each.section for each in news_of(changes)}
        for pk, wanted in Subscriber.objects.values_list("pk", "sections"):
            if not wanted or sections & set(wanted):
                defer("subscribing.mail", subscriber_id=str(pk), change_ids=_joined(changes))
        for organization_id in Listener.objects.values_list("pk", flat=True):
            with acting(Actor.job(work.name), organization_id):
                defer("subscribing.tell-organization", change_ids=_joined(changes))


@job("subscribing.mail", tries=5)
def mail(work: Work, subscriber_id: str, change_ids: str) -> None:
    """Mail a subscriber one message about all changes in their sections.

    The journal names the changes once the message is handed over.
    """
    with work.acting():
        row = Subscriber.objects.filter(pk=UUID(subscriber_id)).first()
        if row is None:
            return
        news = [
            each
            for each in news_of(_ids(change_ids))
            if not row.sections or each.section in row.sections
        ]
        if not news:
            return
        message = text.to_subscriber(row, news)
    transport.post(message)
    with work.acting():
        told = _words(each.id for each in news)
        journal.record(Action.SUBSCRIPTION_MAIL, subject_id=row.pk, changes=told)


@nightly("subscribing.alive")
def tell_alive(work: Work) -> None:
    """Have everybody mailed who wants to hear tonight that the service is alive."""
    with work.acting():
        for pk in alive.due(now()):
            defer("subscribing.mail-alive", subscriber_id=str(pk))


@job("subscribing.mail-alive", tries=5)
def mail_alive(work: Work, subscriber_id: str) -> None:
    """Mail a subscriber that the service is alive, once however often it is tried."""
    moment = now()
    with work.acting():
        row = Subscriber.objects.filter(pk=UUID(subscriber_id)).first()
        if row is None or not alive.is_due(row, moment):
            return
        message = text.still_alive(row, alive.report_for(row, moment))
    transport.post(message)
    with work.acting():
        alive.mailed(row, moment)


@job("subscribing.tell-organization", tries=4)
def tell_organization(work: Work, change_ids: str) -> None:
    """Mail the administrators who subscribed, and defer the deliveries to the webhooks."""
    with work.acting():
        news = news_of(_ids(change_ids))
        assert work.organization_id is not None
        recipients.mail_administrators(work.organization_id, news)
        for hook_id in recipients.live_hooks():
            for each in news:
                defer(
                    "subscribing.deliver",
                    hook_id=str(hook_id),
                    delivery_id=str(each.id),
                    change_id=str(each.id),
                )


@job("subscribing.deliver", tries=5)
def deliver(work: Work, hook_id: str, delivery_id: str, change_id: str = "") -> None:
    """Post one change, or a test, to a webhook; a failure raises, to be tried again."""
    with work.acting():
        delivery = webhooks.prepare(UUID(hook_id), delivery_id, change_id)
    _deliver(work, hook_id, delivery)


@job("subscribing.tell-support-access", tries=4)
def tell_support_access(work: Work, grant_id: str, news: str) -> None:
    """Defer a delivery of what became of a grant to each webhook of the organization."""
    with work.acting():
        for hook_id in recipients.live_hooks():
            defer(
                "subscribing.deliver-support-access",
                hook_id=str(hook_id),
                delivery_id=str(new_id()),
                grant_id=grant_id,
                news=news,
            )


@job("subscribing.deliver-support-access", tries=5)
def deliver_support_access(
    work: Work, hook_id: str, delivery_id: str, grant_id: str, news: str
) -> None:
    """Post what became of a grant to a webhook; a failure raises, to be tried again."""
    with work.acting():
        delivery = webhooks.prepare_support(UUID(hook_id), delivery_id, UUID(grant_id), news)
    _deliver(work, hook_id, delivery)


def _deliver(work: Work, hook_id: str, delivery: webhooks.Delivery | None) -> None:
    if delivery is None:
        return
    outcome = webhooks.send(delivery)
    with work.acting():
        webhooks.record_outcome(UUID(hook_id), outcome)
    if not outcome.ok:
        raise webhooks.NotDelivered(outcome.text)


@nightly("subscribing.delete-unconfirmed")
def delete_unconfirmed(work: Work) -> None:
    """Delete addresses that were not confirmed within a day."""
    with work.acting():
        services.delete_unconfirmed()


def _words(ids: Iterable[UUID]) -> list[str]:
    return [str(each) for each in ids]


def _joined(ids: Iterable[UUID]) -> str:
    return ",".join(_words(ids))


def _ids(joined: str) -> list[UUID]:
    return [UUID(each) for each in joined.split(",")]
