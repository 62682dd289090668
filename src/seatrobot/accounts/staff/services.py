"""Who is staff: added, disabled and given links by the operator's command line alone.

With a link a person enrols their passkey; it is valid for 24 hours, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from seatrobot.accounts import services as accounts
from seatrobot.accounts.factors import services as factors
from seatrobot.accounts.factors import webauthn
from seatrobot.accounts.factors.services import Notice
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import (
    Account,
    AccountRecord,
    Passkey,
    Session,
    StaffLink,
    StaffMember,
)
from seatrobot.accounts.staff import checks
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.refusal import LinkDead, Refused
from seatrobot.kernel.staff import conditions, standing
from seatrobot.kernel.tokens import new_token, token_hash
from seatrobot.kernel.vault import services as vault

LINK_VALID_FOR = timedelta(hours=24)


class StaffRefused(Refused):
    """A change of the staff is not possible."""


@dataclass(frozen=True, slots=True)
class StaffLine:
    """A staff member as the others read them. last_sign_in: None when there was none."""

    id: UUID
    name: str
    email: str
    is_enabled: bool
    last_sign_in: datetime | None
    passkeys: int


def staff_lines() -> list[StaffLine]:
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


def add(*, email: str, name: str, ends_on: date | None = None) -> StaffMember:
    """Make a person staff, not enabled yet. Raise StaffRefused or ValidationError.

    ends_on: the last day of somebody who works here for a time.
    """
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
        raise StaffRefused(_why_taken(address)) from None
    member = StaffMember.objects.create(account=account, created_at=now(), ends_on=ends_on)
    journal.record(Action.STAFF_ADD, subject_id=account.pk, ends_on=_day(ends_on))
    return member


def disable(*, email: str) -> None:
    """End a person's access: sessions and link are void at once. Raise StaffRefused."""
    member = _lock(email)
    _set_enabled(member, enabled=False)
    StaffLink.objects.filter(member=member).delete()
    Session.objects.filter(account=member.pk).delete()
    journal.record(Action.STAFF_DISABLE, subject_id=member.pk)


def enable(*, email: str) -> str:
    """Give a person access, with their old passkeys; return a link where they have none.

    Raise StaffRefused without a background check, or after the last day.
    """
    member = _lock(email)
    if not checks.may_be_enabled(member):
        raise StaffRefused(
            _(
                "Nobody is enabled without a background check that was passed and that two people"
                " have recorded: `seatrobot staff check`, then a colleague on the page of people."
            )
        )
    if member.has_ended:
        raise StaffRefused(_("The last day of this person has passed: give another one first."))
    _set_enabled(member, enabled=True)
    journal.record(Action.STAFF_ENABLE, subject_id=member.pk)
    return "" if Passkey.objects.filter(account=member.pk).exists() else _replace_link(member)


def set_last_day(*, email: str, ends_on: date | None) -> None:
    """Say until when a person works here, None for good. Raise StaffRefused."""
    member = _lock(email)
    member.ends_on = ends_on
    member.save(update_fields=["ends_on"])
    journal.record(Action.STAFF_LAST_DAY, subject_id=member.pk, ends_on=_day(ends_on))
    conditions.changed(member.pk)
    if member.has_ended:
        standing.close(member.pk)


def _day(ends_on: date | None) -> str:
    return ends_on.isoformat() if ends_on else ""


def record_check(*, email: str, on: date, reference: str, passed: bool) -> None:
    """Record a background check as the operator. Raise StaffRefused or CheckRefused."""
    checks.record(member=_lock(email), on=on, reference=reference, passed=passed)


def new_link(*, email: str) -> str:
    """Return a link to enrol again; using it voids older passkeys. Raise StaffRefused."""
    member = _lock(email)
    if not member.is_enabled:
        raise StaffRefused(_("This person is disabled: enable them first."))
    journal.record(Action.STAFF_LINK, subject_id=member.pk)
    return _replace_link(member)


def member_of_link(token: str) -> StaffMember:
    """Return whose link this is, with the account; raise LinkDead."""
    rows = StaffLink.objects.select_related("member__account").filter(
        token_hash=token_hash(token), expires_at__gt=now(), member__is_enabled=True
    )
    link = rows.first()
    if link is None or link.member.has_ended:
        raise LinkDead
    return link.member


def enrol_by_link(
    *, account: Account, token: str, name: str, answer: str, challenge: bytes
) -> None:
    """Enrol a passkey with a link: older passkeys are removed, and every session ends.

    Raise LinkDead or FactorRefused, and then nothing has changed.
    """
    factors.lock(account)
    _use_link(token)
    webauthn.forget_passkeys(Passkey.objects.filter(account=account))
    Session.objects.filter(account=account).delete()
    webauthn.enrol_passkey(account, name=name, answer=answer, challenge=challenge)
    journal.record(Action.STAFF_ENROL, subject_id=account.pk)
    factors.notify(account, Notice.ENROLLED)


def _replace_link(member: StaffMember) -> str:
    """Return the URL of a new link; an earlier one is void."""
    token = new_token()
    moment = now()
    StaffLink.objects.update_or_create(
        member=member,
        defaults={
            "token_hash": token_hash(token),
            "created_at": moment,
            "expires_at": moment + LINK_VALID_FOR,
        },
    )
    return f"{settings.BASE_URL}{reverse('staff:enrol', kwargs={'token': token})}"


def _use_link(token: str) -> None:
    """Delete a link; raise LinkDead when another tab was first."""
    used, _rows = StaffLink.objects.filter(
        token_hash=token_hash(token), expires_at__gt=now(), member__is_enabled=True
    ).delete()
    if not used:
        raise LinkDead


def _set_enabled(member: StaffMember, *, enabled: bool) -> None:
    member.is_enabled = enabled
    member.save(update_fields=["is_enabled"])
    conditions.changed(member.pk)
    if not enabled:
        standing.close(member.pk)


def _lock(email: str) -> StaffMember:
    """Return a staff member by address, with their account locked."""
    account = accounts.find(email)
    if account is not None:
        factors.lock(account)
    member = StaffMember.objects.filter(account=account).first() if account else None
    if member is None:
        raise StaffRefused(_("Nobody of the staff has this address."))
    return member


def _why_taken(address: str) -> str:
    if accounts.is_staff(accounts.find(address)):
        return _("This person is staff already: give out a new link instead.")
    return _("This address belongs to a member's account: staff need an address of their own.")
