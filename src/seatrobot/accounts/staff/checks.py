"""Background checks of staff: that one was made, recorded by two people; nothing of its content.

A staff member or the operator records day, reference and outcome; a staff member who is neither
them nor the person concerned confirms. What was not passed counts at once, what was passed counts
when it is confirmed. The database holds the same rules, and enables nobody without a check.

The very first staff member is enabled on what the operator alone has recorded, because nobody else
could confirm it. They see no Customer Data before a second member has confirmed it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from seatrobot.accounts import services as accounts
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import BackgroundCheck, CheckRecord, StaffMember
from seatrobot.kernel.acting import current
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.staff import conditions
from seatrobot.normalizing import clean_line

LONGEST_REFERENCE = 100
OLDEST = timedelta(days=3653)
DECIDED = Q(confirmed_by__isnull=False) | Q(passed=False)
"""Checks that count: confirmed ones, and those that were not passed."""


class CheckRefused(Refused):
    """A background check cannot be recorded or confirmed so."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check as staff read it. recorded_by: "" for the operator. confirmed_by: "" for nobody."""

    id: UUID
    on: date
    passed: bool
    reference: str
    recorded_by: str
    recorded_at: datetime
    confirmed_by: str
    confirmed_at: datetime | None
    may_confirm: bool


def is_checked(account_id: UUID) -> bool:
    """Return whether a passed check of the person is recorded by two people; opens nothing."""
    newest = _newest_first().filter(DECIDED, account=account_id).values_list("passed", flat=True)
    return bool(newest.first())


def waits_for_second(account_id: UUID) -> bool:
    """Return whether the newest check of a person was passed and has still to be confirmed."""
    newest = _newest_first().filter(account=account_id).values_list("passed", "confirmed_by")
    return newest.first() == (True, None)


def record(*, member: StaffMember, on: date, reference: str, passed: bool) -> BackgroundCheck:
    """Record that a person's background was checked. Raise CheckRefused."""
    recorder = current().actor.account_id
    reference = clean_line(reference)
    if recorder == member.pk:
        raise CheckRefused(_("Nobody records their own background check."))
    if not reference or len(reference) > LONGEST_REFERENCE:
        sentence = _("Give the provider's reference, with %d characters at most.")
        raise CheckRefused(sentence % LONGEST_REFERENCE, field="reference")
    if on > now().date():
        raise CheckRefused(_("The check must have been made: its day is not over."), field="on")
    if on < now().date() - OLDEST:
        sentence = _("A check of more than ten years ago says nothing today: have a new one made.")
        raise CheckRefused(sentence, field="on")
    check = BackgroundCheck.objects.create(
        account_id=member.pk,
        on=on,
        passed=passed,
        recorded_by=recorder,
        recorded_at=now(),
        sealed=CheckRecord(reference),
    )
    journal.record(
        Action.STAFF_CHECK_RECORD,
        subject_id=check.pk,
        person=str(member.pk),
        on=on.isoformat(),
        passed=passed,
    )
    conditions.changed(member.pk)
    return check


def confirm(*, member: StaffMember, check_id: UUID) -> None:
    """Confirm a check as the second person. Raise CheckRefused."""
    check = (
        BackgroundCheck.objects.select_for_update().filter(pk=check_id, account=member.pk).first()
    )
    if check is None:
        raise CheckRefused(_("This background check is not there."))
    confirmer = current().actor.account_id
    if confirmer is None or confirmer in {member.pk, check.recorded_by}:
        raise CheckRefused(
            _("It takes a second person to confirm: neither who recorded it nor whom it is about.")
        )
    if check.confirmed_by is not None:
        raise CheckRefused(_("This background check is confirmed already."))
    check.confirmed_by, check.confirmed_at = confirmer, now()
    check.save(update_fields=["confirmed_by", "confirmed_at"])
    journal.record(Action.STAFF_CHECK_CONFIRM, subject_id=check.pk, person=str(member.pk))
    conditions.changed(member.pk)


def lines(member: StaffMember, reader: UUID) -> list[CheckLine]:
    """Return the checks of a person, newest first, to the staff member who reads."""
    rows = list(_newest_first().filter(account=member.pk))
    who = {by for row in rows for by in (row.recorded_by, row.confirmed_by) if by}
    names = {pk: person.name for pk, person in accounts.people(who).items()}
    return [
        CheckLine(
            id=row.pk,
            on=row.on,
            passed=row.passed,
            reference=row.sealed.reference,
            recorded_by=names.get(row.recorded_by, "") if row.recorded_by else "",
            recorded_at=row.recorded_at,
            confirmed_by=names.get(row.confirmed_by, "") if row.confirmed_by else "",
            confirmed_at=row.confirmed_at,
            may_confirm=row.confirmed_by is None and reader not in {row.recorded_by, member.pk},
        )
        for row in rows
    ]


def newest(account_ids: Iterable[UUID]) -> dict[UUID, BackgroundCheck]:
    """Return the newest check that counts of each person, for the export."""
    rows = BackgroundCheck.objects.filter(DECIDED, account__in=set(account_ids))
    return {row.account_id: row for row in rows.order_by("recorded_at", "id")}


def may_be_enabled(member: StaffMember) -> bool:
    """Return whether the database will enable a person, so that a sentence can say it before."""
    if BackgroundCheck.objects.filter(DECIDED, account=member.pk).exists():
        return is_checked(member.pk)
    colleagues = StaffMember.objects.filter(is_enabled=True).exclude(pk=member.pk)
    if colleagues.filter(account__background_checks__isnull=False).exists():
        return False  # the account of examinations, enabled for a moment, has none
    by_operator = _newest_first().filter(account=member.pk, recorded_by=None)
    return bool(by_operator.values_list("passed", flat=True).first())


def _newest_first() -> QuerySet[BackgroundCheck]:
    return BackgroundCheck.objects.order_by("-recorded_at", "-id")
