"""Saying "This wasn't me": whoever got in is out, and cannot come back the same way."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import Http404

from seatrobot.accounts.assurance import Assurance
from seatrobot.accounts.factors import review
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, Session
from seatrobot.accounts.sign_in_log import known_places
from seatrobot.accounts.sign_in_log.kinds import Outcome
from seatrobot.accounts.sign_in_log.models import SignIn
from seatrobot.accounts.signals import disowned
from seatrobot.accounts.sudo import FRESH_FOR
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.models import Entry


def disown(*, account: Account, sign_in_id: UUID, by: Assurance) -> None:
    """Say that a sign-in to one's account was somebody else; Http404 when there is none.

    Every session ends, this one too: a thief may be the one who asks, and only the person's
    mailbox gets the link for a new password. What was added since to sign in with goes as well, and
    whoever comes back looks through the rest before anything else.

    by: what the session that asks has shown.
    """
    sign_in = SignIn.objects.filter(
        pk=sign_in_id, organization_id=None, account_id=account.pk, outcome=Outcome.SUCCESS
    ).first()
    if sign_in is None:
        raise Http404
    account.set_unusable_password()
    account.save(update_fields=["password"])
    review.demand(account=account, added_since=_when_a_thief_could_add(sign_in, by))
    Session.objects.filter(account=account).delete()
    known_places.forget(sign_in, account)
    journal.record(Action.ACCOUNT_SIGN_IN_DISOWN, subject=sign_in.session_id)
    disowned.send(sender=SignIn, sign_in=sign_in)
    defer("sign-in-log.tell-of-disowned", sign_in_id=str(sign_in.pk), account_id=str(account.pk))


def _when_a_thief_could_add(sign_in: SignIn, by: Assurance) -> datetime:
    """Return since when something to sign in with may be a thief's.

    What was there when the session that asks last showed who it is, is the person's own or for the
    check. Else an unlocked screen with its mailbox were enough to be rid of every second factor, by
    disowning a sign-in of long ago.
    """
    return sign_in.at if by.fresh(FRESH_FOR) else max(sign_in.at, by.at)


def disowned_among(sessions: list[UUID], organization_id: UUID | None = None) -> set[UUID]:
    """Return which sessions were disowned, as one's own stream or an organization's says."""
    found = Entry.objects.filter(
        organization_id=organization_id,
        action=Action.ACCOUNT_SIGN_IN_DISOWN,
        subject_id__in=sessions,
    )
    return {pk for pk in found.values_list("subject_id", flat=True) if pk}
