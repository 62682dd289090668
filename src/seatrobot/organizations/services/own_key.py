"""The organization's own key: on a sheet that locks and unlocks everything, or in a key service."""

from __future__ import annotations

import logging
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from seatrobot.kernel.acting import acting
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.vault import configured, own, remote, resealing
from seatrobot.kernel.vault.errors import OwnKeyRefused, VaultError
from seatrobot.kernel.vault.sheets import SheetsRefused
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.members import Member

log = logging.getLogger(__name__)


def state(actor: Principal) -> own.State | None:
    """Return which key of its own the organization has."""
    actor.require(Permission.ORGANIZATION_CHANGE)
    return own.state(actor.organization_id)


def adopt(*, actor: Principal) -> own.Sheet:
    """Make a key of the organization's own; its words come back once, and are kept nowhere.

    In force with the commit. A sheet of before locks nothing any more.
    """
    actor.require(Permission.OWN_KEY_CHANGE)
    sheet = own.adopt(actor.organization_id)
    journal.record(Action.OWN_KEY_ADOPT, sheet=sheet.reference)
    return sheet


def prove(*, actor: Principal, words: str) -> None:
    """Note that somebody holds the sheet: before that nothing can be locked with it."""
    actor.require(Permission.OWN_KEY_CHANGE)
    try:
        own.prove(actor.organization_id, words)
    except SheetsRefused as error:
        raise Refused(_sentence(error), field="words") from error
    except own.NoOwnKey as error:
        raise Refused(_("There is no sheet yet.")) from error
    journal.record(Action.OWN_KEY_TRY)


def may_be_held() -> bool:
    """Whether the operator lets organizations hold their key in a key service of their own."""
    return bool(settings.OWN_KEY_PORTS)


def hold(*, actor: Principal, address: str, name: str, secret: str) -> None:
    """Have a key in the organization's own key service open everything, too; it is tried at once.

    address: an ARN of AWS KMS, or the address of a key of a transit engine. name, secret: an access
    key of AWS; without name a token. In force at once; everything is sealed anew under new keys, so
    that a copy of the key store from before opens nothing of it, but for records of logs until now
    and blind indexes, which keep their keys.
    """
    actor.require(Permission.OWN_KEY_CHANGE)
    if not may_be_held():
        raise Refused(_("Whoever runs this service has not allowed keys in key services."))
    credentials = _credentials(name, secret, is_aws=address.startswith("arn:"))
    try:
        reference = own.hold(actor.organization_id, address, credentials)
    except configured.Misconfigured as error:
        raise Refused(str(error), field="address") from error
    except OwnKeyRefused as error:
        raise Refused(_not_opened(error), field="address") from error
    journal.record(Action.OWN_KEY_HOLD, key=reference)
    resealing.rotate(actor.actor, actor.organization_id)
    resealing.ask(actor.actor, actor.organization_id)


def renew(*, owner: Member, name: str, secret: str) -> None:
    """Give other credentials for the key service; call outside a unit of work of it.

    Refused unless they open the organization: so whoever lost the old ones comes back.
    """
    owner.require(Permission.OWN_KEY_CHANGE)
    found = own.state(owner.organization_id)
    if found is None or not found.is_held:
        raise Refused(_("The organization's own key is not in a key service."))
    credentials = _credentials(name, secret, is_aws=found.address.startswith(configured.AWS))
    try:
        own.renew(owner.organization_id, credentials)
    except OwnKeyRefused as error:
        raise Refused(_not_opened(error), field="secret") from error
    with acting(owner.actor, owner.organization_id):
        journal.record(Action.OWN_KEY_RENEW)


def _credentials(name: str, secret: str, *, is_aws: bool) -> remote.Credentials:
    if is_aws and not name:
        raise Refused(_("AWS needs the ID of an access key."), field="name")
    return remote.Credentials(name if is_aws else "", secret)


def _not_opened(error: OwnKeyRefused) -> str:
    return _("The key was not usable: %s.") % error.why


def give_up(*, actor: Principal) -> None:
    """Have no key of its own any more."""
    actor.require(Permission.OWN_KEY_CHANGE)
    own.give_up(actor.organization_id)
    journal.record(Action.OWN_KEY_GIVE_UP)


def lock(*, actor: Principal) -> None:
    """Lock everything of the organization once this transaction is committed, with its entry.

    Every process notices within a minute, most at once.
    """
    actor.require(Permission.OWN_KEY_CHANGE)
    found = own.state(actor.organization_id)
    if found is not None and found.is_held:
        raise Refused(_("The own key is in your key service: disable it there to lock everything."))
    if found is None or not found.is_tried:
        raise Refused(_("First make a sheet and try it: whoever locks must be able to unlock."))
    journal.record(Action.OWN_KEY_LOCK, sheet=found.reference)
    transaction.on_commit(lambda: _lock(actor))


def _lock(actor: Principal) -> None:
    """Lock it; raise Refused where it could not be, and record that.

    So where its sheet was replaced or given up since, or the key store does not take the lock.
    """
    organization_id = actor.organization_id
    try:
        own.lock(organization_id)
    except own.NoOwnKey as error:
        if locked_state(organization_id):
            return  # somebody was first
        _note_not_locked(actor)
        raise Refused(
            _("The sheet was changed meanwhile: nothing is locked. Try the new one first.")
        ) from error
    except VaultError as error:
        log.exception("The organization %s was not locked", organization_id)
        _note_not_locked(actor)
        raise Refused(
            _("The key store did not take the lock: nothing is locked. Try again in a moment.")
        ) from error


def _note_not_locked(actor: Principal) -> None:
    """Record that nothing was locked, where its log can still take it."""
    try:
        with acting(actor.actor, actor.organization_id):
            journal.record(Action.OWN_KEY_NOT_LOCKED)
    except VaultError:
        log.exception("That %s was not locked is not in its log", actor.organization_id)


def unlock(*, owner: Member, words: str) -> None:
    """Unlock everything with the words of the sheet; call outside a unit of work of it."""
    owner.require(Permission.OWN_KEY_CHANGE)
    try:
        own.unlock(owner.organization_id, words)
    except SheetsRefused as error:
        raise Refused(_sentence(error), field="words") from error
    except own.NoOwnKey:
        return  # somebody was first
    with acting(owner.actor, owner.organization_id):
        journal.record(Action.OWN_KEY_UNLOCK)


def locked_state(organization_id: UUID) -> own.State | None:
    """Return the key that an organization is locked with; None for one that is open.

    It is locked, too, while its key service refuses.
    """
    found = own.state(organization_id)
    return found if found is not None and found.is_locked else None


def _sentence(error: SheetsRefused) -> str:
    """Return what is wrong with typed words as a sentence of its own."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
