"""Reporting a sign-in as somebody else's ("This wasn't me")."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.dispatch import Signal
from django.http import Http404

from seatrobot.accounts.assurance import FRESH_FOR, Assurance
from seatrobot.accounts.factors import review
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, Session, SignIn
from seatrobot.accounts.sign_in_log.kinds import Outcome
from seatrobot.accounts.sign_in_log.recording import forget_origin
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.models import Entry

sign_in_disowned = Signal()
"""Sent in the unit of work with `sign_in` (SignIn) when a person reported it as not theirs."""


def disown(*, account: Account, sign_in_id: UUID, by: Assurance) -> None:
    """Report a sign-in of the account as somebody else's; Http404 when there is none.

    Every session ends, also the present one: a thief may be the one who reports, and the link for
    a new password reaches only the person's mailbox. Factors added since are removed, and the
    others must be reviewed at the next sign-in.

    by: what the session that reports has shown.
    """
    sign_in = SignIn.objects.filter(
        pk=sign_in_id, organization_id=None, account_id=account.pk, outcome=Outcome.SUCCESS
    ).first()
    if sign_in is None:
        raise Http404
    account.set_unusable_password()
    account.save(update_fields=["password"])
    review.require_review(account=account, added_since=_suspect_since(sign_in, by))
    Session.objects.filter(account=account).delete()
    forget_origin(sign_in, account)
    journal.record(Action.ACCOUNT_SIGN_IN_DISOWN, subject_id=sign_in.session_id)
    sign_in_disowned.send(sender=SignIn, sign_in=sign_in)
    defer("accounts.mail-disowned", sign_in_id=str(sign_in.pk), account_id=str(account.pk))


def disowned_among(sessions: list[UUID], organization_id: UUID | None = None) -> set[UUID]:
    """Return which sessions were reported, by the person's stream or an organization's."""
    found = Entry.objects.filter(
        organization_id=organization_id,
        action=Action.ACCOUNT_SIGN_IN_DISOWN,
        subject_id__in=sessions,
    )
    return {pk for pk in found.values_list("subject_id", flat=True) if pk}


def _suspect_since(sign_in: SignIn, by: Assurance) -> datetime:
    """Return since when an added factor may be a thief's.

    Factors that existed when the reporting session last showed who it is are left to the review.
    Otherwise an unlocked screen and its mailbox would be enough to remove every second factor, by
    reporting a sign-in of long ago.
    """
    return sign_in.at if by.fresh(FRESH_FOR) else max(sign_in.at, by.at)
