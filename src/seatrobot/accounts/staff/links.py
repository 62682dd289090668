"""The link with which a person enrols a passkey: given out by the operator, 24 hours, once."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from seatrobot.accounts.staff.errors import LinkDead
from seatrobot.accounts.staff.models import StaffLink, StaffMember
from seatrobot.kernel.clock import now
from seatrobot.kernel.tokens import new_token, token_hash

VALID_FOR = timedelta(hours=24)


def give(member: StaffMember) -> str:
    """Return the address of a new link; the one of before is dead."""
    token = new_token()
    moment = now()
    StaffLink.objects.update_or_create(
        member=member,
        defaults={
            "token_hash": token_hash(token),
            "created_at": moment,
            "expires_at": moment + VALID_FOR,
        },
    )
    return f"{settings.BASE_URL}{reverse('staff:enrol', kwargs={'token': token})}"


def open_link(token: str) -> StaffMember:
    """Return whose link this is, with the account; raises LinkDead."""
    found = StaffLink.objects.select_related("member__account").filter(token_hash=token_hash(token))
    link = found.first()
    if link is None:
        raise LinkDead
    if link.expires_at <= now() or not link.member.is_enabled:
        raise LinkDead(link.member.account)
    return link.member


def use(token: str) -> None:
    """Use a link up; raises LinkDead when another tab was first."""
    used, _rows = StaffLink.objects.filter(
        token_hash=token_hash(token), expires_at__gt=now(), member__is_enabled=True
    ).delete()
    if not used:
        raise LinkDead
