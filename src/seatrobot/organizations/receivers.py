"""What a member does with an account is in the journal and sign-in log of the organization too."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from seatrobot.accounts import services as accounts
from seatrobot.accounts.feature import Action as AccountAction
from seatrobot.accounts.models import SignIn
from seatrobot.accounts.services import account_acted
from seatrobot.accounts.sign_in_log import text
from seatrobot.accounts.sign_in_log.disowning import sign_in_disowned
from seatrobot.accounts.sign_in_log.kinds import Outcome
from seatrobot.accounts.sign_in_log.recording import copy_to_organization, sign_in_logged
from seatrobot.kernel import acting
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.actions import Action
from seatrobot.kernel.journal.services import Fact
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations import mail
from seatrobot.organizations.feature import Permission
from seatrobot.organizations.models import Membership

logger = logging.getLogger(__name__)


@receiver(account_acted)
def note(
    action: Action, account_id: UUID, facts: Mapping[str, Fact] | None = None, **_others: Any
) -> None:
    for _organization in _each_organization_of(account_id):
        journal.record(action, subject_id=account_id, **(facts or {}))


@receiver(sign_in_logged)
def hand_over(sign_in: SignIn, *, at_once: bool = False, **_others: Any) -> None:
    """Give organizations their copies: of a refusal in a job, known address or not.

    A stranger who guesses would otherwise learn from the time taken that there is an account.
    """
    if sign_in.outcome == Outcome.FAILURE and not at_once:
        account = sign_in.account_id or new_id()
        defer("accounts.copy-refused-sign-in", sign_in_id=str(sign_in.pk), account_id=str(account))
        return
    if sign_in.account_id is None:
        return
    for organization_id in _each_organization_of(sign_in.account_id):
        copy_to_organization(sign_in, organization_id)


@receiver(sign_in_disowned)
def raise_alarm(sign_in: SignIn, **_others: Any) -> None:
    """Journal the security event and mail the administrators, in each organization."""
    if sign_in.account_id is None:
        return
    where, account_id = text.origin(sign_in), sign_in.account_id
    for organization_id in _each_organization_of(account_id):
        journal.record(AccountAction.ACCOUNT_SIGN_IN_DISOWN, subject_id=sign_in.session_id)
        rows = Membership.objects.filter(
            organization_id=organization_id, role__in=Permission.MEMBER_CHANGE.roles
        )
        _mail_administrators(
            organization_id, account_id, set(rows.values_list("account_id", flat=True)), where
        )


def _each_organization_of(account_id: UUID) -> Iterator[UUID]:
    """Act for each organization of an account, one after the other.

    One that is locked, or whose keys are lost, is passed over: its log takes nothing, and its
    people can still sign in. That it is locked is its own wish, and no error.
    """
    actor = acting.current().actor
    rows = Membership.objects.filter(account_id=account_id).order_by("organization_id")
    for organization_id in list(rows.values_list("organization_id", flat=True)):
        try:
            vault.require_open(organization_id)
        except vault.KeyringLocked as error:
            logger.info(
                "The log of organization %s takes nothing: %s.", organization_id, error.cause
            )
            continue
        except vault.KeyringMissing:
            logger.error("the keys of organization %s are lost", organization_id)  # noqa: TRY400  no trace needed
            continue
        with acting.acting(actor, organization_id):
            yield organization_id


def _mail_administrators(
    organization_id: UUID, account_id: UUID, administrators: set[UUID], where: str
) -> None:
    people = accounts.people({account_id, *administrators})
    person = people[account_id]
    for pk in administrators - {account_id}:
        mail.send_template(
            organization_id,
            people[pk].email,
            "disowned",
            name=people[pk].name,
            person=person.name,
            email=person.email,
            where=where,
        )
