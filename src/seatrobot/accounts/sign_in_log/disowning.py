"""Saying "This wasn't me": whoever got in is out, and cannot come back the same way."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404

from seatrobot.accounts.factors import review
from seatrobot.accounts.models import Account, Session
from seatrobot.accounts.sign_in_log.kinds import Outcome
from seatrobot.accounts.sign_in_log.models import SignIn
from seatrobot.accounts.signals import disowned
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.actions import Action
from seatrobot.kernel.journal.models import Entry


def disown(*, account: Account, sign_in_id: UUID) -> None:
    """Say that a sign-in to one's account was somebody else; Http404 when there is none.

    Every session ends, this one too: a thief may be the one who asks, and only the person's
    mailbox gets the link for a new password. What was added since to sign in with goes as well, and
    whoever comes back looks through the rest before anything else.
    """
    from seatrobot.accounts.sign_in_log.jobs import tell_of_disowned

    sign_in = SignIn.objects.filter(
        pk=sign_in_id, organization_id=None, account_id=account.pk, outcome=Outcome.SUCCESS
    ).first()
    if sign_in is None:
        raise Http404
    account.set_unusable_password()
    account.save(update_fields=["password"])
    review.demand(account=account, added_since=sign_in.at)
    Session.objects.filter(account=account).delete()
    journal.record(Action.ACCOUNT_SIGN_IN_DISOWN, subject=sign_in.session_id)
    disowned.send(sender=SignIn, sign_in=sign_in)
    defer(tell_of_disowned, sign_in_id=str(sign_in.pk), account_id=str(account.pk))


def disowned_among(sessions: list[UUID], organization_id: UUID | None = None) -> set[UUID]:
    """Return which sessions were disowned, as one's own stream or an organization's says."""
    found = Entry.objects.filter(
        organization_id=organization_id,
        action=Action.ACCOUNT_SIGN_IN_DISOWN,
        subject_id__in=sessions,
    )
    return {pk for pk in found.values_list("subject_id", flat=True) if pk}
