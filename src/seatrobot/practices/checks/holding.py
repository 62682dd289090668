"""Holds on backups: only for an open investigation, by two people, for a time, and told."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seatrobot.deletion.backups import Backups
from seatrobot.holds import services
from seatrobot.holds.feature import Action
from seatrobot.kernel import features
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.promises.declaring import CannotMeasure, Measure, Measurement, promise
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.promises.statements import digest
from seatrobot.practices.checks import definitions, duties
from seatrobot.practices.checks.probe import (
    ProbeOrganization,
    as_enabled_staff,
    browser_of,
    probe_organization,
)

LONGEST = timedelta(days=30)
AGE = timedelta(days=14)
SLACK = timedelta(hours=1)
"""How long after its last moment a backup may be while it is being destroyed."""
HOLDS = """
    SELECT h.id, investigation_id, renews_id, made_from, made_through, days, asked_at, asked_by,
        confirmed_at, confirmed_by, expires_at, ended_at
    FROM holds_hold h
"""
INVESTIGATIONS = "SELECT id, title, closed_at FROM holds_investigation"
ORGANIZATION = "SELECT created_at FROM organizations_organization WHERE id = %s"
SHOWN = re.compile(r'data-hold="([0-9a-f-]{36})"')
OPENED = """
    INSERT INTO holds_investigation (id, title, opened_at, opened_by)
    VALUES (%s, 'Probe', now(), %s)
"""
TRIED = """
    INSERT INTO holds_hold (id, investigation_id, made_from, made_through, days, asked_at, asked_by,
        confirmed_at, confirmed_by, expires_at, sealed)
    VALUES (%s, %s, current_date, current_date, %s, now(), %s, %s, %s, %s, '')
"""


class Hold(NamedTuple):
    """A hold as its table has it."""

    id: UUID
    investigation: UUID
    renews: UUID | None
    made_from: date
    made_through: date
    days: int
    asked_at: datetime
    asked_by: UUID
    confirmed_at: datetime | None
    confirmed_by: UUID | None
    expires_at: datetime | None
    ended_at: datetime | None

    def counts_at(self, moment: datetime) -> bool:
        """Whether the service takes the hold for one in effect, investigations aside."""
        return (
            self.confirmed_at is not None
            and self.ended_at is None
            and self.expires_at is not None
            and self.expires_at > moment
        )


class Register(NamedTuple):
    """The tables, and what the journal says of each row, by act."""

    holds: list[Hold]
    titles: dict[UUID, str]
    closed: set[UUID]
    journal: dict[str, dict[UUID, duties.Act]]


@promise(
    "retention.investigation",
    sentence=_("Only an open investigation may extend that, and only for a time."),
    measured_by=_(
        "Every hold on backups is read and compared with the journal: an investigation was opened"
        " for it and is open, two people of the staff agreed on it, and it ends within 30 days."
        " What the service takes for held is judged again by the journal alone; a backup older than"
        " 14 days must be held by that. Holds that break a rule are tried on the database: by one"
        " person, for longer, prolonged, for an investigation that is closed. The page on which an"
        " organization reads of holds is asked for as an Administrator. Whether an investigation is"
        " needed is not measured."
    ),
    measures=[
        Measure("holds", _("holds in effect")),
        Measure("days", _("days until the last of them ends"), most=LONGEST.days),
        Measure("closed", _("of them whose investigation is closed or missing"), most=0),
        Measure("alone", _("of them that one person alone agreed on"), most=0),
        Measure("forged", _("holds or investigations unknown to the journal"), most=0),
        Measure(
            "gone", _("holds or investigations that the journal has and that are gone"), most=0
        ),
        Measure("kept", _("backups older than 14 days outside a hold"), most=0),
        Measure("refused", _("holds against the rules that the database refused"), least=6),
        Measure("otherwise", _("holds told otherwise to an organization concerned"), most=0),
        definitions.ALTERED,
    ],
    every=timedelta(minutes=30),
)
def investigation() -> Measurement:
    """Judge every hold by the journal, try wrong ones, and read what an organization is told."""
    moment = now()
    with examining() as examiner, acting(ACTOR):
        register = _register(examiner)
        altered = definitions.compared(examiner).of("holds_")
    counting = [row for row in register.holds if row.counts_at(moment)]
    in_effect = [row for row in counting if row.investigation not in register.closed]
    true = [row for row in counting if not _wrong(row, register)]
    closed = [row for row in in_effect if _is_closed(row, register)]
    alone = [row for row in in_effect if _is_alone(row, register)]
    forged = _forged(register)
    gone = _gone(register)
    kept = _kept_without(true, moment)
    with probe_organization() as probe:
        refused = _refused(probe)
        otherwise = _told_otherwise(probe, in_effect)
    altered.demand(is_wrong=bool(closed or alone or forged or gone or kept or otherwise))
    notes = [f"hold {row.id} stands on no open investigation" for row in closed]
    notes += [f"hold {row.id} was agreed on by one person" for row in alone]
    notes += [*forged, *(f"{pk} is gone" for pk in gone), *kept]
    days = max((row.expires_at - moment for row in in_effect if row.expires_at), default=None)
    return Measurement(
        {
            "holds": len(in_effect),
            "days": _days(days),
            "closed": len(closed),
            "alone": len(alone),
            "forged": len(forged),
            "gone": len(gone),
            "kept": len(kept),
            "refused": refused,
            "otherwise": otherwise,
            "altered": len(altered.differences),
        },
        [*notes, *altered.notes],
    )


def _register(examiner: psycopg.Connection[Any]) -> Register:
    holds = [Hold(*row) for row in examiner.execute(HOLDS)]
    rows = examiner.execute(INVESTIGATIONS).fetchall()
    acts = (
        *(Action.HOLD_ASK, Action.HOLD_CONFIRM, Action.HOLD_END),
        *(Action.INVESTIGATION_OPEN, Action.INVESTIGATION_CLOSE),
    )
    return Register(
        holds,
        {pk: title for pk, title, _closed in rows},
        {pk for pk, _title, closed_at in rows if closed_at is not None},
        {str(act): duties.entries(examiner, act) for act in acts},
    )


def _is_closed(row: Hold, register: Register) -> bool:
    opened = register.journal[Action.INVESTIGATION_OPEN]
    return (
        row.investigation not in opened
        or row.investigation in register.journal[Action.INVESTIGATION_CLOSE]
    )


def _is_alone(row: Hold, register: Register) -> bool:
    """Whether the journal has not two people of the staff, an act of each."""
    asked = register.journal[Action.HOLD_ASK].get(row.id)
    confirmed = register.journal[Action.HOLD_CONFIRM].get(row.id)
    if asked is None or confirmed is None:
        return True
    return (
        asked.by == confirmed.by
        or asked.by != row.asked_by
        or confirmed.by != row.confirmed_by
        or row.asked_by == row.confirmed_by
    )


def _wrong(row: Hold, register: Register) -> bool:
    """Whether a hold that counts for the service does not by the journal."""
    confirmed = register.journal[Action.HOLD_CONFIRM].get(row.id)
    if confirmed is None or row.expires_at is None or row.id in register.journal[Action.HOLD_END]:
        return True
    return (
        _is_closed(row, register)
        or _is_alone(row, register)
        or row.expires_at - confirmed.at > LONGEST + timedelta(minutes=1)
    )


def _forged(register: Register) -> list[str]:
    opened = register.journal[Action.INVESTIGATION_OPEN]
    closed = register.journal[Action.INVESTIGATION_CLOSE]
    found = [
        f"investigation {pk} is not what the journal says"
        for pk, title in register.titles.items()
        if pk not in opened
        or opened[pk].facts.get("hash") != digest(title)
        or (pk in register.closed) != (pk in closed)
    ]
    for row in register.holds:
        asked = register.journal[Action.HOLD_ASK].get(row.id)
        confirmed = register.journal[Action.HOLD_CONFIRM].get(row.id)
        facts = services.facts(*row[1:7])
        until = digest(row.expires_at.isoformat()) if row.expires_at else None
        if (
            asked is None
            or asked.facts.get("hash") != facts
            or (confirmed.facts.get("hash") if confirmed else None) != until
            or (row.ended_at is not None) != (row.id in register.journal[Action.HOLD_END])
        ):
            found.append(f"hold {row.id} is not what the journal says")
    return found


def _gone(register: Register) -> list[UUID]:
    holds = {row.id for row in register.holds}
    gone = (
        register.journal[Action.HOLD_ASK].keys() | register.journal[Action.HOLD_CONFIRM]
    ) - holds
    return sorted(
        gone | (register.journal[Action.INVESTIGATION_OPEN].keys() - register.titles.keys())
    )


def _kept_without(true: Sequence[Hold], moment: datetime) -> list[str]:
    """Return what is kept past 14 days although no hold covers it that the journal bears out."""
    found = []
    with acting(ACTOR):
        backups = [each for source in features.extensions(Backups) for each in source.existing()]
    for backup in backups:
        day = backup.made_at.date()
        is_held = any(row.made_from <= day <= row.made_through for row in true)
        if moment - backup.made_at > AGE + SLACK and not is_held:
            found.append(f"a backup of {backup.made_at:%Y-%m-%d %H:%M} is still in {backup.store}")
    return found


def _refused(probe: ProbeOrganization) -> int:
    """Try on the database what breaks a rule, each in a transaction that is undone."""
    moment = now()
    tries: list[Callable[[UUID], object]] = [
        lambda open_one: _insert(open_one, 31, probe.staff_id),
        lambda open_one: _insert(
            open_one, 30, probe.staff_id, (moment, new_id(), moment + LONGEST)
        ),
        lambda _open_one: _insert(new_id(), 30, probe.staff_id),
        lambda open_one: _insert(open_one, 30, new_id()),
        lambda open_one: _confirm_alone(open_one, probe.staff_id),
        lambda open_one: _closed_one(open_one, probe.staff_id),
    ]
    with as_enabled_staff(probe):
        return sum(_is_refused(probe, each) for each in tries)


def _is_refused(probe: ProbeOrganization, attempt: Callable[[UUID], object]) -> bool:
    """Make an investigation that nobody sees, and attempt something; all of it is undone."""
    refused = False
    try:
        with acting(Actor.staff(probe.staff_id)), transaction.atomic():
            open_one = new_id()
            with connection.cursor() as cursor:
                cursor.execute(OPENED, [open_one, probe.staff_id])
            try:
                with transaction.atomic():
                    attempt(open_one)
            except DatabaseError:
                refused = True
            transaction.set_rollback(True)
    except DatabaseError as error:
        raise CannotMeasure(gettext("No investigation could be opened to try holds on.")) from error
    return refused


def _insert(
    investigation: UUID,
    days: int,
    by: UUID,
    confirmed: tuple[datetime | None, UUID | None, datetime | None] = (None, None, None),
) -> UUID:
    pk = new_id()
    with connection.cursor() as cursor:
        cursor.execute(TRIED, [pk, investigation, days, by, *confirmed])
    return pk


def _confirm_alone(investigation: UUID, by: UUID) -> None:
    """Confirm as the one who has asked."""
    pk = _insert(investigation, 30, by)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE holds_hold SET confirmed_at = now(), confirmed_by = %s,"
            " expires_at = now() + interval '30 days' WHERE id = %s",
            [by, pk],
        )


def _closed_one(investigation: UUID, by: UUID) -> None:
    """Ask for a hold once the investigation is closed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE holds_investigation SET closed_at = now(), closed_by = %s WHERE id = %s",
            [by, investigation],
        )
    _insert(investigation, 30, by)


def _told_otherwise(probe: ProbeOrganization, in_effect: Sequence[Hold]) -> int:
    """Compare what the running web server tells an Administrator with what is in effect."""
    with acting(ACTOR, probe.organization_id), connection.cursor() as cursor:
        cursor.execute(ORGANIZATION, [probe.organization_id])
        [since] = cursor.fetchone()
    concerning = {str(row.id) for row in in_effect if row.made_through >= since.date()}
    with browser_of(probe.administrator, "password") as administrator:
        page = administrator.get(probe.path("deletions/"))
    if page.status != 200:  # noqa: PLR2004  OK
        raise CannotMeasure(gettext("The page of deletions does not answer an Administrator."))
    return len(concerning ^ set(SHOWN.findall(page.text)))


def _days(left: timedelta | None) -> int:
    return -(-int(left.total_seconds()) // 86400) if left else 0
