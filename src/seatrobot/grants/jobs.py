"""Telling organizations of access, and ending what the clock or a condition ends."""

from __future__ import annotations

import logging
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from seatrobot.accounts import mail as transport
from seatrobot.accounts import services as accounts
from seatrobot.grants import reading
from seatrobot.grants.feature import Permission
from seatrobot.grants.models import StaffGrant, State
from seatrobot.grants.refusals import GrantNotPossible
from seatrobot.grants.services import closing, reviewing
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.jobs import Work, defer, every, job
from seatrobot.kernel.staff import conditions
from seatrobot.kernel.vault.errors import KeyringMissing
from seatrobot.organizations import mail
from seatrobot.organizations.models import Membership, Organization

log = logging.getLogger(__name__)


@job("grants.tell", tries=4)
def tell(work: Work, grant_id: str, place: str, news: str) -> None:
    """Tell an organization that access was asked for, opened or ended: by mail and webhook.

    place: the organization, which no unit of work of staff names as its own.
    """
    organization_id = UUID(place)
    with acting(Actor.system(work.name), organization_id):
        if news == "ended":
            reviewing.sum_up(UUID(grant_id), organization_id)
        found = reading.lines(StaffGrant.objects.filter(pk=UUID(grant_id)))
        organization = Organization.objects.filter(pk=organization_id).first()
        if not found or organization is None:
            return
        page = reverse("grants:one", args=[organization_id, found[0].id])
        facts = {
            "grant": found[0],
            "organization": organization.sealed.name,
            "link": f"{settings.BASE_URL}{page}",
        }
        for person in _administrators(organization_id):
            text = render_to_string(f"grants/mail/{news}.txt", {**facts, "name": person.name})
            subject, _newline, body = text.strip().partition("\n")
            mail.send(organization_id, person.email, subject, f"{body.strip()}\n")
        defer("subscribing.tell-support-access", grant_id=grant_id, news=news)


@every("* * * * *", "grants.sweep")
def sweep(work: Work) -> None:
    """End what is over, and what is open to somebody who lacks a condition."""
    with acting(Actor.system(work.name)):
        waiting = closing.waiting()
    for grant_id, organization_id in waiting:
        try:
            with acting(Actor.system(work.name), organization_id):
                state = closing.note(grant_id, organization_id)
        except GrantNotPossible:
            continue  # it was deleted a moment ago, with its organization
        except KeyringMissing:
            log.exception("the keys of organization %s are gone", organization_id)
            continue
        if state == State.CLOSED:
            closing.tell_holder(grant_id, organization_id)


@job("grants.tell-holder", tries=4)
def tell_holder(work: Work, grant_id: str, place: str) -> None:
    """Mail the staff member whose access was closed what they have to do."""
    with acting(Actor.system(work.name), UUID(place)):
        row = StaffGrant.objects.filter(pk=UUID(grant_id)).first()
        if row is None:
            return
        person = accounts.people([row.account_id]).get(row.account_id)
        unmet = conditions.unmet(row.account_id)
    if person is None:
        return
    text = render_to_string(
        "grants/mail/closed.txt", {"name": person.name, "unmet": unmet, "base": settings.BASE_URL}
    )
    subject, _newline, body = text.strip().partition("\n")
    message = transport.compose(person.email, subject, f"{body.strip()}\n")
    transport.deliver(work, message, subject=row.account_id)


def _administrators(organization_id: UUID) -> list[accounts.AccountRecord]:
    rows = Membership.objects.filter(
        organization_id=organization_id, role__in=Permission.GRANT_DECIDE.roles
    )
    people = accounts.people(rows.values_list("account_id", flat=True))
    return sorted(people.values(), key=lambda person: person.email)
