"""The organization's own key: made on a sheet, tried, used to lock and to unlock everything."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from seatrobot.kernel.acting import acting
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.vault import own
from seatrobot.kernel.vault.sheets import SheetsRefused
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.members import Member


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
    if found is None or not found.is_tried:
        raise Refused(_("First make a sheet and try it: whoever locks must be able to unlock."))
    journal.record(Action.OWN_KEY_LOCK, sheet=found.reference)
    transaction.on_commit(lambda: _lock(actor.organization_id))


def _lock(organization_id: UUID) -> None:
    """Lock it; raise Refused where its sheet was replaced or given up since it was asked for."""
    try:
        own.lock(organization_id)
    except own.NoOwnKey as error:
        if locked_state(organization_id):
            return  # somebody was first
        raise Refused(
            _("The sheet was changed meanwhile: nothing is locked. Try the new one first.")
        ) from error


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
    """Return the key that an organization is locked with; None for one that is open."""
    found = own.state(organization_id)
    return found if found is not None and found.is_locked else None


def _sentence(error: SheetsRefused) -> str:
    """Return what is wrong with typed words as a sentence of its own."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
