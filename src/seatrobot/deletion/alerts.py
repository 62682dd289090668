"""Telling the staff of deletions that are late, before the promise of 24 hours is broken.

Everybody of the staff is mailed once for each, and the page of deletions in the staff area shows
how far it has come, until it is late no more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.accounts.models import Account
from seatrobot.deletion import steps
from seatrobot.deletion.feature import Action
from seatrobot.deletion.models import Alert, Deletion, State
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal

log = logging.getLogger(__name__)

ALERT_AFTER = timedelta(hours=20)
BROKEN_AFTER = timedelta(hours=24)
TOLD_WITHIN = timedelta(minutes=15)
"""How long a deletion may have been late before the alert is there."""
KEPT_FOR = timedelta(days=90)
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """An alert as the staff see it. hours: since the deletion was due, or until it was done."""

    alert: Alert
    hours: int
    what: str
    tone: str


def look() -> None:
    """Raise an alert for each deletion that is late, and close those of the others."""
    moment = now()
    late = {each.pk: each for each in steps.overdue(moment - ALERT_AFTER)}
    with acting(steps.ACTOR):
        known = {row.deletion_id: row for row in Alert.objects.filter(solved_at=None)}
        for pk, deletion in late.items():
            row = known.get(pk)
            if row is None:
                _raise(deletion, moment)
            elif _facts(row) != (facts := _facts_of(deletion)):
                Alert.objects.filter(pk=row.pk).update(**facts)
        _close(known, late, moment)
        Alert.objects.filter(solved_at__lt=moment - KEPT_FOR).delete()


def untold(moment: datetime) -> int:
    """Count the deletions that are late and of which nobody was told; call where nobody acts."""
    late = steps.overdue(moment - ALERT_AFTER - TOLD_WITHIN)
    with acting(steps.ACTOR):
        told = set(Alert.objects.values_list("deletion_id", flat=True))
    return sum(each.pk not in told for each in late)


def shown() -> list[Shown]:
    """Return what the staff see: what is late, the oldest first, and then what was late."""
    moment = now()
    rows = sorted(
        Alert.objects.order_by("-raised_at")[:MOST_SHOWN],
        key=lambda row: (row.solved_at is not None, row.due_at),
    )
    return [_shown(row, moment) for row in rows]


def _shown(row: Alert, moment: datetime) -> Shown:
    age = (row.solved_at or moment) - row.due_at
    hours = int(age.total_seconds() // 3600)
    if row.solved_at is not None:
        return Shown(row, hours, _("Done"), "green")
    if age > BROKEN_AFTER:
        return Shown(row, hours, _("Later than promised"), "red")
    return Shown(row, hours, _("Late"), "amber")


def _raise(deletion: Deletion, moment: datetime) -> None:
    log.error("the deletion %s is older than 20 hours (%s)", deletion.pk, deletion.state)
    row, _is_new = Alert.objects.update_or_create(
        deletion_id=deletion.pk,
        defaults={**_facts_of(deletion), "raised_at": moment, "solved_at": None},
    )
    journal.record(Action.ALERT_RAISE, subject_id=deletion.pk, state=deletion.state)
    staff = Account.objects.filter(staff__is_enabled=True)
    for account_id in staff.values_list("pk", flat=True):
        defer("deletion.mail-alert", alert_id=str(row.pk), account_id=str(account_id))


def _close(known: Mapping[UUID, Alert], late: Mapping[UUID, Deletion], moment: datetime) -> None:
    for deletion_id in known.keys() - late.keys():
        states = Deletion.objects.filter(pk=deletion_id).values_list("state", flat=True)
        Alert.objects.filter(deletion_id=deletion_id).update(
            state=states.first() or State.FINAL, remains=0, solved_at=moment
        )
        journal.record(Action.ALERT_CLOSE, subject_id=deletion_id)


def _facts(row: Alert) -> dict[str, object]:
    return {name: getattr(row, name) for name in ("kind", "state", "due_at", "remains")}


def _facts_of(deletion: Deletion) -> dict[str, object]:
    return {
        "kind": deletion.kind,
        "state": deletion.state,
        "due_at": deletion.due_at,
        "remains": len(deletion.found),
    }
