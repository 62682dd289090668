"""Telling organizations of access, and ending what the clock or a condition ends."""

from __future__ import annotations

import logging
import re
from typing import Any
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
from seatrobot.organizations import mail
from seatrobot.organizations.models import Membership, Organization

log = logging.getLogger(__name__)
EMPTY_LINES = re.compile(r"\n[ \n]*\n")


@job("grants.tell", tries=4)
def tell(work: Work, grant_id: str, organization_id: str, news: str) -> None:
    """Tell an organization that access was asked for, opened or ended: by mail and webhook.

    organization_id: passed as an argument, because the job is deferred in no organization.
    """
    place = UUID(organization_id)
    with acting(Actor.system(work.name), place):
        if news == "ended":
            reviewing.sum_up(UUID(grant_id), place)
        found = reading.lines(StaffGrant.objects.filter(pk=UUID(grant_id)))
        organization = Organization.objects.filter(pk=place).first()
        if not found or organization is None:
            return
        grant = found[0]
        facts = {
            "grant": grant,
            "organization": organization.sealed.name,
            "link": f"{settings.BASE_URL}{reverse('grants:one', args=[place, grant.id])}",
            "log": f"{settings.BASE_URL}{reading.log_of_staff(place)}",
            "must_review": not reading.reviewers_left(grant),
        }
        for person in _administrators(place):
            subject, body = _written(f"grants/mail/{news}.txt", {**facts, "name": person.name})
            mail.send(place, person.email, subject, body)
        defer("subscribing.tell-support-access", grant_id=grant_id, news=news)


@every("* * * * *", "grants.sweep")
def sweep(work: Work) -> None:
    """End what is over, and what is open to somebody who lacks a condition.

    A grant that cannot be ended is logged, and tried again in a minute; the others go on.
    """
    actor = Actor.system(work.name)
    with acting(actor):
        open_grants = closing.open_grants()
    for grant_id, organization_id in open_grants:
        try:
            if closing.end_if_due(actor, grant_id, organization_id) == State.CLOSED:
                closing.tell_holder(grant_id, organization_id)
        except GrantNotPossible:
            continue  # it was deleted a moment ago, with its organization
        except Exception:
            log.exception("the grant %s was not ended", grant_id)


@job("grants.tell-holder", tries=4)
def tell_holder(work: Work, grant_id: str, organization_id: str) -> None:
    """Mail the staff member whose access was closed what they have to do.

    As the service, which reads the words of a grant by the platform's keys: those of the
    organization may be locked or lost.
    """
    with acting(Actor.system(work.name)):
        rows = StaffGrant.objects.filter(pk=UUID(grant_id), organization_id=UUID(organization_id))
        found = reading.lines(rows)
        if not found:
            return
        grant = found[0]
        person = accounts.people([grant.account_id]).get(grant.account_id)
        unmet = conditions.unmet(grant.account_id)
    if person is None:
        return
    facts = {"name": person.name, "grant": grant, "unmet": unmet, "base": settings.BASE_URL}
    subject, body = _written("grants/mail/closed.txt", facts)
    transport.deliver(
        work, transport.compose(person.email, subject, body), subject=grant.account_id
    )


def _written(template: str, facts: dict[str, Any]) -> tuple[str, str]:
    """Return subject and body of a mail; parts that are left out leave no empty lines."""
    subject, _newline, body = render_to_string(template, facts).strip().partition("\n")
    return subject, EMPTY_LINES.sub("\n\n", f"{body.strip()}\n")


def _administrators(organization_id: UUID) -> list[accounts.AccountRecord]:
    rows = Membership.objects.filter(
        organization_id=organization_id, role__in=Permission.GRANT_DECIDE.roles
    )
    people = accounts.people(rows.values_list("account_id", flat=True))
    return sorted(people.values(), key=lambda person: person.email)
