"""Setting up an organization by a one-time link, which the operator gives out.

The first link is printed where the service was started, further ones by the operator's command or
in the staff area.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts import addresses, mail
from seatrobot.accounts import services as accounts
from seatrobot.accounts.models import Account
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.refusal import LinkDead
from seatrobot.kernel.tokens import new_token, token_hash
from seatrobot.organizations.feature import Action
from seatrobot.organizations.members import Member
from seatrobot.organizations.models import SetupLink
from seatrobot.organizations.services import found

VALID_FOR = timedelta(hours=24)
DEAD = _(
    "A set-up link works once and for 24 hours: ask whoever runs this service for a new one, or"
    " sign in if everything is set up."
)


def first_run_link() -> str | None:
    """Return the path of a new set-up page, replacing an unused one; None when all is set up.

    Row-level security shows no organization here. Accounts other than those of staff come only from
    setting one up or joining one, so without any there is no organization yet.
    """
    with transaction.atomic():
        if has_members():
            return None
        SetupLink.objects.all().delete()
        return _new_link()


def has_members() -> bool:
    """Return whether anybody but staff has an account."""
    return Account.objects.filter(staff__isnull=True).exists()


def further_link() -> str:
    """Return the path of a set-up page for one more organization; call inside `acting`.

    Links given out before stay valid. Only the operator and staff are led here.
    """
    SetupLink.objects.filter(expires_at__lte=now()).delete()
    journal.record(Action.ORGANIZATION_LINK)
    return _new_link()


def _new_link() -> str:
    token = new_token()
    SetupLink.objects.create(
        token_hash=token_hash(token), created_at=now(), expires_at=now() + VALID_FOR
    )
    return reverse("organizations:set-up", kwargs={"token": token})


def check(token: str) -> None:
    """Raise LinkDead when the link is wrong, used, replaced or too old."""
    if not _alive(token).exists():
        raise LinkDead(DEAD)


def set_up(token: str, *, organization: str, name: str, email: str, password: str) -> Account:
    """Make an organization with a new person as its Primary Owner, and use the link up.

    Raises LinkDead (also when another tab was first), another Refused, or ValidationError.
    """
    with acting(Actor.link("set-up")):
        _use_up(token)
        owner = accounts.create_account(
            email=email, name=name, password=password, organization=organization
        )
        found(name=organization, owner=owner)
        if mail.has_server():
            addresses.mail_link(owner.pk)
        return owner


def set_up_as(token: str, *, organization: str, owner: Account) -> Member:
    """Make an organization whose Primary Owner has an account already, and use the link up."""
    with acting(Actor.member(owner.pk)):
        _use_up(token)
        return found(name=organization, owner=owner)


def _use_up(token: str) -> None:
    link = _alive(token).select_for_update().first()
    if link is None:
        raise LinkDead(DEAD)
    link.delete()


def _alive(token: str) -> QuerySet[SetupLink]:
    return SetupLink.objects.filter(token_hash=token_hash(token), expires_at__gt=now())
