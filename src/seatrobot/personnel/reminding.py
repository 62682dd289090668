"""Whom to tell what ends: 30 days, 7 days before, and when it has ended; each once, by mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.accounts.models import Passkey, StaffMember
from seatrobot.kernel.clock import now
from seatrobot.kernel.staff import conditions
from seatrobot.personnel import text
from seatrobot.personnel.duties import Duty, Published, duties_of, published
from seatrobot.personnel.models import Reminder

DAYS = (0, 7, 30)
"""How many days before an end somebody is told; 0: when it has ended."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that ends, or has ended. what: see `Reminder`. sentence: as the mail has it."""

    what: str
    ends_at: datetime
    days: int
    sentence: str


def stage(ends_at: datetime, moment: datetime) -> int | None:
    """Return at which of DAYS before an end a moment is, None before them all."""
    return next((days for days in DAYS if ends_at - moment <= timedelta(days=days)), None)


def due_of(member: StaffMember, among: Sequence[Published]) -> list[Due]:
    """Return all that a person is to be told of now, whether they were told already or not."""
    moment = now()
    return [*_duties(member, among, moment), *_conditions(member)]


def note_due() -> dict[UUID, list[UUID]]:
    """Note whom to tell what, and return the new reminders of each person; call inside `acting`.

    Told is whoever is enabled and has come in with a passkey. Of the stages before an end that have
    passed only the last is told.
    """
    among, found = published(), {}
    enabled = StaffMember.objects.filter(is_enabled=True).select_related("account")
    for member in enabled:
        if member.has_ended or not Passkey.objects.filter(account=member.pk).exists():
            continue
        told = set(
            Reminder.objects.filter(account_id=member.pk).values_list("what", "ends_at", "days")
        )
        new = [
            Reminder(
                account_id=member.pk, what=due.what, ends_at=due.ends_at, days=due.days, at=now()
            )
            for due in due_of(member, among)
            if (due.what, due.ends_at, due.days) not in told
        ]
        if new:
            Reminder.objects.bulk_create(new)
            found[member.pk] = [row.pk for row in new]
    return found


def sentences(account_id: UUID, reminder_ids: Sequence[UUID]) -> list[str]:
    """Return what a mail says of reminders, as it is now: nothing of what was done meanwhile."""
    member = StaffMember.objects.select_related("account").get(pk=account_id)
    rows = Reminder.objects.filter(pk__in=reminder_ids, account_id=account_id)
    wanted = {(row.what, row.ends_at) for row in rows}
    return [
        due.sentence for due in due_of(member, published()) if (due.what, due.ends_at) in wanted
    ]


def _duties(member: StaffMember, among: Sequence[Published], moment: datetime) -> Iterator[Due]:
    for duty in duties_of(member.pk, among):
        ends_at = duty.due.until or (None if duty.due.holds else member.created_at)
        days = ends_at and stage(ends_at, moment)
        if ends_at is not None and days is not None:
            yield Due(f"{duty.kind}:{duty.name}", ends_at, days, _sentence(duty))


def _conditions(member: StaffMember) -> Iterator[Due]:
    """Give the conditions that have ended and that a mail tells of."""
    for each in conditions.conditions(member.pk):
        if each.holds or not each.is_mailed:
            continue
        sentence = _("Not true any more, or not yet: “%(what)s” %(do)s") % {
            "what": each.sentence,
            "do": each.what_to_do,
        }
        yield Due(each.id, each.until or member.created_at, 0, sentence)


def _sentence(duty: Duty) -> str:
    facts = {"title": duty.title, "until": text.day(duty.due.until) if duty.due.until else ""}
    if duty.due.holds:
        if duty.is_policy:
            return _("“%(title)s” has a new text: sign it by %(until)s.") % facts
        return _("“%(title)s” has to be taken again by %(until)s.") % facts
    if not duty.due.until:
        if duty.is_policy:
            return _("“%(title)s” is not signed yet.") % facts
        return _("“%(title)s” is not passed yet.") % facts
    if duty.is_policy:
        return _("“%(title)s” had to be signed by %(until)s, and is not.") % facts
    return _("“%(title)s” had to be taken again by %(until)s, and was not.") % facts
