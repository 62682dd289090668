"""What administrators set up for their organization to hear of changes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import ngettext

from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.feature import Permission
from seatrobot.practices.feature import Action
from seatrobot.practices.subscribing.hooks import posting
from seatrobot.practices.subscribing.models import AdministratorMail, Hook, HookRecord, Listener

MOST_HOOKS = 5
LISTEN = """
    INSERT INTO subscribing_listener (organization_id) VALUES (%s)
    ON CONFLICT (organization_id) DO UPDATE SET organization_id = EXCLUDED.organization_id
"""


def load_hooks(actor: Principal) -> Sequence[Hook]:
    """Return the organization's webhooks, the oldest first."""
    actor.require(Permission.JOURNAL_VIEW)
    return list(_hooks(actor).order_by("id"))


def wants_mail(actor: Principal) -> bool:
    """Return whether the actor hears of changes by mail."""
    return _mail(actor).exists()


def add_hook(*, actor: Principal, url: str) -> Hook:
    """Add a webhook; Refused with a sentence on what is wrong with its address."""
    actor.require(Permission.ORGANIZATION_CHANGE)
    try:
        posting.check(url)
    except posting.BadAddress as error:
        raise Refused(str(error)) from error
    _listen(actor)
    if _hooks(actor).count() >= MOST_HOOKS:
        text = ngettext("There may be %d webhook.", "There may be %d webhooks.", MOST_HOOKS)
        raise Refused(text % MOST_HOOKS)
    hook = Hook.objects.create(
        organization_id=actor.organization_id, sealed=HookRecord(url), created_at=now()
    )
    journal.record(Action.HOOK_ADD, subject=hook.pk)
    return hook


def remove_hook(*, actor: Principal, hook_id: UUID) -> None:
    """Remove a webhook; harmless when it is gone."""
    actor.require(Permission.ORGANIZATION_CHANGE)
    gone, _rows = _hooks(actor).filter(pk=hook_id).delete()
    if gone:
        journal.record(Action.HOOK_REMOVE, subject=hook_id)
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
    journal.record(Action.HOOK_TEST, subject=hook.pk)
    defer("subscribing.deliver", hook_id=str(hook.pk), delivery_id=str(new_id()))
    return True


def mail_me(*, actor: Principal, wanted: bool) -> None:
    """Switch mail of changes to the actor's own address on or off."""
    actor.require(Permission.JOURNAL_VIEW)
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
    """Put the organization among those who hear, and keep it there until this is committed."""
    with connection.cursor() as cursor:
        cursor.execute(LISTEN, [actor.organization_id])


def _stop_listening(actor: Principal) -> None:
    """Take the organization out when nobody in it wants to hear any more."""
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
