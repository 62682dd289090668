"""What the operator does with staff. Only the command line calls these."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from seatrobot.accounts import services as accounts
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, AccountRecord, Session
from seatrobot.accounts.staff import links
from seatrobot.accounts.staff.errors import StaffRefused
from seatrobot.accounts.staff.models import StaffLink, StaffMember
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.vault import services as vault


def add(*, email: str, name: str) -> str:
    """Make somebody staff; return the link to enrol with. StaffRefused, or ValidationError."""
    address = accounts.clean_address(email)
    account = Account(
        email_index=vault.blind_index(PLATFORM, address),
        sealed=AccountRecord(address, accounts.clean_name(name)),
        created_at=now(),
    )
    account.set_unusable_password()
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError:
        raise StaffRefused(_why_not(address)) from None
    member = StaffMember.objects.create(account=account, created_at=now())
    journal.record(Action.STAFF_ADD, subject=account.pk)
    return links.give(member)


def disable(*, email: str) -> None:
    """Keep somebody out: their sessions end at once, and their link is dead. StaffRefused."""
    member = _lock(email)
    _set_enabled(member, enabled=False)
    StaffLink.objects.filter(member=member).delete()
    Session.objects.filter(account=member.pk).delete()
    journal.record(Action.STAFF_DISABLE, subject=member.pk)


def enable(*, email: str) -> None:
    """Let somebody in again, with the passkeys of before. StaffRefused."""
    member = _lock(email)
    _set_enabled(member, enabled=True)
    journal.record(Action.STAFF_ENABLE, subject=member.pk)


def new_link(*, email: str) -> str:
    """Return a link to enrol anew, which voids every older passkey once used. StaffRefused."""
    member = _lock(email)
    if not member.is_enabled:
        raise StaffRefused(_("This person is disabled: enable them first."))
    journal.record(Action.STAFF_LINK, subject=member.pk)
    return links.give(member)


def _set_enabled(member: StaffMember, *, enabled: bool) -> None:
    member.is_enabled = enabled
    member.save(update_fields=["is_enabled"])


def _lock(email: str) -> StaffMember:
    """Return somebody by address, behind whatever else happens to their account right now."""
    account = accounts.find(email)
    if account is not None:
        Account.objects.select_for_update().only("pk").get(pk=account.pk)
    member = StaffMember.objects.filter(account=account).first() if account else None
    if member is None:
        raise StaffRefused(_("Nobody of the staff has this address."))
    return member


def _why_not(address: str) -> str:
    account = accounts.find(address)
    if StaffMember.objects.filter(account=account).exists():
        return _("This person is staff already: give out a new link instead.")
    return _("This address belongs to a member's account: staff need an address of their own.")
