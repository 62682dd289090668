"""Who is staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _

from seatrobot.accounts import services as accounts
from seatrobot.accounts.models import Account
from seatrobot.accounts.staff.models import StaffMember


@dataclass(frozen=True, slots=True)
class StaffLine:
    """A person of the staff as the others read them. last_sign_in: None when there was none."""

    id: UUID
    name: str
    email: str
    is_enabled: bool
    last_sign_in: datetime | None
    passkeys: int


def lines() -> list[StaffLine]:
    """Return everybody who is or was staff, by name; call inside `acting`."""
    rows = StaffMember.objects.select_related("account").annotate(
        passkeys=Count("account__passkeys")
    )
    found = (
        StaffLine(
            id=row.pk,
            name=row.account.sealed.name,
            email=row.account.sealed.email,
            is_enabled=row.is_enabled,
            last_sign_in=row.account.last_login,
            passkeys=row.passkeys,
        )
        for row in rows
    )
    return sorted(found, key=lambda line: (not line.is_enabled, line.name.casefold()))


def is_staff(account: Account | None) -> bool:
    return account is not None and StaffMember.objects.filter(pk=account.pk).exists()


def why_taken(address: str) -> str:
    """Return the sentence for a person who wants a member's account at an address that is taken."""
    if is_staff(accounts.find(address)):
        return _("This address belongs to the staff of the service: use another one.")
    return _("Somebody signs in with this address already.")
