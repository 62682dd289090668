"""What staff do themselves: sign a policy with their passkey, and answer a course."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import gettext as _

from seatrobot.accounts.factors.statements import Facts, Signed
from seatrobot.accounts.models import Account
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.staff import conditions
from seatrobot.personnel import markdown, publishing
from seatrobot.personnel.feature import Action
from seatrobot.personnel.models import Edition, Kind, Result, Signature

STATEMENT = "policy"
"""The kind of the statement that a signature is of."""
MOST_TRIES = 10
"""How often somebody may answer a course within a day."""


class DutyRefused(Refused):
    """A policy cannot be signed, or a course not answered, so."""


def in_force(kind: Kind, name: str) -> Edition | None:
    """Return the edition in force of a policy or course, or None where there is none."""
    rows = Edition.objects.filter(kind=kind, name=name).order_by("-number")
    edition = rows.first()
    return edition if edition and edition.digest else None


def statement_of(edition: Edition) -> Facts:
    """Return what a person states who signs an edition of a policy."""
    return {
        "kind": STATEMENT,
        "policy": edition.name,
        "edition": edition.number,
        "title": edition.title,
        "text": edition.digest,
        "says": "I have read this text and keep to it.",
    }


def sign(*, account: Account, name: str, signed: Signed) -> Signature:
    """Record a signature under the text in force. Raise DutyRefused.

    signed: states the text that was shown; verified by who received it (`statements.receive`).
    """
    publishing.share_lock()
    current = in_force(Kind.POLICY, name)
    if current is None or any(
        signed.facts.get(what) != value for what, value in statement_of(current).items()
    ):
        raise DutyRefused(
            _("The policy was changed while you read it: nothing is signed. Read the new text.")
        )
    if signed.facts["account"] != str(account.pk):
        raise DutyRefused(_("Somebody else has signed this."))
    if Signature.objects.filter(account_id=account.pk, edition=current).exists():
        raise DutyRefused(_("You have signed this text already."))
    row = Signature.objects.create(
        account_id=account.pk, edition=current, at=now(), signed=signed.packed()
    )
    journal.record(
        Action.POLICY_SIGN,
        subject_id=row.pk,
        policy=current.name,
        edition=current.number,
        hash=signed.digest,
    )
    conditions.changed(account.pk)
    return row


def answer(
    *, account: Account, name: str, digest: str, answers: Sequence[frozenset[int]]
) -> Result:
    """Judge the answers to a course and record the result. Raise DutyRefused.

    digest: of the text that was shown.
    """
    publishing.share_lock()
    edition = in_force(Kind.COURSE, name)
    if edition is None or edition.digest != digest:
        raise DutyRefused(
            _("The course was changed while you read it: nothing is recorded. Read the new text.")
        )
    day = now() - timedelta(days=1)
    tries = Result.objects.filter(account_id=account.pk, edition=edition, at__gt=day).count()
    if tries >= MOST_TRIES:
        raise DutyRefused(
            _("You have answered this course %d times today: read it again tomorrow.") % tries
        )
    course = markdown.course_of(edition.text)
    wrong = course.wrong(answers)
    right = len(course.questions) - len(wrong)
    result = Result.objects.create(
        account_id=account.pk,
        edition=edition,
        at=now(),
        asked=len(course.questions),
        wrong=wrong,
        passed=course.is_passed(right),
    )
    journal.record(
        Action.COURSE_ANSWER,
        subject_id=result.pk,
        course=name,
        edition=edition.number,
        asked=result.asked,
        right=right,
        passed=result.passed,
    )
    conditions.changed(account.pk)
    return result
