"""Personnel practices: background checks, training, and the policy that everybody signs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts.feature import Action
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.promises.declaring import Measure, Measurement, NotSetUp, promise
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.staff.conditions import Condition
from seatrobot.personnel import conditions
from seatrobot.practices.checks import definitions, duties
from seatrobot.practices.checks.duties import Found

SECURITY_POLICY = "information-security"
CHECKS = """
    SELECT id, account_id, "on", passed, recorded_by, recorded_at, confirmed_by, confirmed_at
    FROM accounts_background_check ORDER BY recorded_at, id
"""
RECORDED = """
    SELECT subject_id, actor_kind, actor_id, action, id, sealed FROM journal_entry
    WHERE organization_id IS NULL AND action IN (%s, %s)
"""
STANDING = """
    SELECT s.account_id, s.is_enabled, s.ends_on, enabled.action, said.id, said.sealed
    FROM accounts_staff_member s
    LEFT JOIN LATERAL (
        SELECT action FROM journal_entry
        WHERE organization_id IS NULL AND subject_id = s.account_id AND action = ANY(%s)
        ORDER BY id DESC LIMIT 1
    ) AS enabled ON true
    LEFT JOIN LATERAL (
        SELECT id, sealed FROM journal_entry
        WHERE organization_id IS NULL AND subject_id = s.account_id AND action = ANY(%s)
        ORDER BY id DESC LIMIT 1
    ) AS said ON true
"""
PEOPLE = Measure("people", _("people of the staff"), least=1)
OPEN = Measure("open", _("of them with access all the same"), most=0)


class Check(NamedTuple):
    """A background check as its table has it."""

    id: UUID
    account: UUID
    on: date
    passed: bool
    recorded_by: UUID | None
    recorded_at: datetime
    confirmed_by: UUID | None
    confirmed_at: datetime | None


@promise(
    "personnel.checks",
    sentence=_("Backgrounds are checked before somebody works for the service."),
    measured_by=_(
        "Everybody of the staff who is enabled must have been enabled, and must have the last day,"
        " that the journal says. For them the newest background check is looked at: it was passed,"
        " two people, one of whom may be the operator, recorded it, and the journal has an entry by"
        " each of them. Every check that the journal has must be there, passed or not. The database"
        " enables nobody else without one than the account that is kept for examinations, and the"
        " very first person on what the operator recorded; this is compared with how it was built."
        " What the provider of the check did is not measured."
    ),
    measures=[
        PEOPLE,
        Measure("unchecked", _("of them whose check is missing, or by one person alone"), most=0),
        Measure("forged", _("checks unknown to the journal"), most=0),
        Measure("gone", _("checks that the journal has and that are gone"), most=0),
        Measure("other", _("people enabled, or until a day, other than the journal says"), most=0),
        definitions.ALTERED,
    ],
)
def checked() -> Measurement:
    """Compare enabled staff with background checks, and those with the journal."""
    with acting(ACTOR), examining() as examiner:
        people = duties.staff(examiner)
        rows = [Check(*row) for row in examiner.execute(CHECKS)]
        forged, gone = _unknown(examiner, rows)
        other = _other(examiner)
        altered = definitions.compared(examiner).of(
            "accounts_staff_member", "accounts_background_check", "staff_need_a_background_check"
        )
    counting = {row.account: row for row in rows if row.confirmed_by or not row.passed}
    without = [person for person in people if not _is_checked(counting.get(person.id))]
    altered.demand(is_wrong=bool(without or forged or gone or other))
    is_other = bool(forged or gone or other or altered.differences)
    if without == people[:1] == people and not is_other:
        raise NotSetUp(
            gettext("One person alone is on the staff, so nobody could confirm their check.")
        )
    notes = [f"{person.id} has no check that two people recorded" for person in without]
    notes += [f"the journal does not know check {row.id}" for row in forged]
    notes += [f"check {pk} is gone" for pk in gone]
    notes += [f"the journal says something else of the standing of {pk}" for pk in other]
    return Measurement(
        {
            "people": len(people),
            "unchecked": len(without),
            "forged": len(forged),
            "gone": len(gone),
            "other": len(other),
            "altered": len(altered.differences),
        },
        [*notes, *altered.notes],
    )


@promise(
    "personnel.training",
    sentence=_("Staff are trained in privacy and security, at the start and every year."),
    measured_by=_(
        "For everybody of the staff who is enabled, completions of every course in force are"
        " looked at, with the journal's entry of each: none may be overdue, and whoever is new has"
        " 14 days for the first, from the day that the journal has. How long a completion counts is"
        " read in the text of the course. For whoever has not passed the condition of access must"
        " say no. What a course teaches is not measured."
    ),
    measures=[
        PEOPLE,
        Measure("overdue", _("of them whose training is overdue"), most=0),
        Measure("forged", _("results or courses unknown to the journal"), most=0),
        Measure("gone", _("passed courses that the journal has and that are gone"), most=0),
        OPEN,
    ],
)
def trained() -> Measurement:
    """Judge completions of courses again, and ask for access without them."""
    return _measured("overdue", duties.courses, conditions.training_done)


@promise(
    "personnel.policy",
    sentence=_("Everyone has read and signed the information security policy."),
    measured_by=_(
        "For everybody of the staff who is enabled, the signature of their passkey over the whole"
        " text in force is verified, and with it the journal's entry. Whoever is new, and everybody"
        " after a new edition, has 14 days, from the day that the journal has. For whoever has not"
        " signed the condition of access must say no. That somebody has read what they signed is"
        " their own statement."
    ),
    measures=[
        PEOPLE,
        Measure("unsigned", _("of them late with signing it"), most=0),
        Measure("forged", _("signatures or texts that fail to verify"), most=0),
        Measure("gone", _("signatures that the journal has and that are gone"), most=0),
        OPEN,
    ],
)
def policy_signed() -> Measurement:
    """Verify signatures under the information security policy."""
    return _measured(
        "unsigned",
        lambda examiner, moment: duties.policies(examiner, moment, {SECURITY_POLICY}),
        conditions.policies_signed,
    )


def _measured(
    name: str,
    look: Callable[[psycopg.Connection[Any], datetime], Found],
    condition: Callable[[UUID], Condition],
) -> Measurement:
    """Look, and ask for everybody of whom something is missing whether they are let in."""
    with acting(ACTOR), examining() as examiner:
        found = look(examiner, now())
        let_in = [person for person in found.missing if condition(person).holds]
    notes = [f"{person}: time is over" for person in found.late]
    notes += [f"{what} is stored otherwise than it was made" for what in found.forged]
    notes += [f"{pk} is gone" for pk in found.gone]
    notes += [f"{person} is let in" for person in let_in]
    return Measurement(
        {
            "people": found.people,
            name: len(found.late),
            "forged": len(found.forged),
            "gone": len(found.gone),
            "open": len(let_in),
        },
        notes,
    )


def _other(examiner: psycopg.Connection[Any]) -> list[UUID]:
    """Return who is enabled, or works until a day, other than the journal says."""
    enabling = [str(Action.STAFF_ENABLE), str(Action.STAFF_DISABLE)]
    dating = [str(Action.STAFF_ADD), str(Action.STAFF_LAST_DAY)]
    found = []
    for person, is_enabled, ends_on, action, pk, sealed in examiner.execute(
        STANDING, [enabling, dating]
    ):
        day = duties.facts_of(pk, bytes(sealed)).get("ends_on") if pk else ""
        is_said = is_enabled == (action == Action.STAFF_ENABLE)
        if not is_said or (is_enabled and (ends_on.isoformat() if ends_on else "") != (day or "")):
            found.append(person)
    return found


def _is_checked(row: Check | None) -> bool:
    return row is not None and (
        row.passed
        and row.confirmed_by is not None
        and row.confirmed_by not in {row.recorded_by, row.account}
        and row.recorded_by != row.account
    )


def _unknown(
    examiner: psycopg.Connection[Any], rows: list[Check]
) -> tuple[list[Check], list[UUID]]:
    """Return the checks of which the journal does not say the same, and those that are gone.

    It must say who recorded and confirmed each, of whom it is, of which day, and with what outcome.
    """
    said = {
        (subject, action): (by if kind == "staff" else None, duties.facts_of(pk, bytes(sealed)))
        for subject, kind, by, action, pk, sealed in examiner.execute(
            RECORDED, [Action.STAFF_CHECK_RECORD, Action.STAFF_CHECK_CONFIRM]
        )
    }
    recorded = {subject for subject, action in said if action == Action.STAFF_CHECK_RECORD}
    gone = sorted(recorded - {row.id for row in rows})
    return [row for row in rows if not _is_said(row, said)], gone


def _is_said(row: Check, said: Mapping[tuple[UUID, str], tuple[UUID | None, Any]]) -> bool:
    recorded = said.get((row.id, Action.STAFF_CHECK_RECORD))
    confirmed = said.get((row.id, Action.STAFF_CHECK_CONFIRM))
    person = {"person": str(row.account)}
    wanted = {**person, "on": row.on.isoformat(), "passed": row.passed}
    if recorded is None or recorded[0] != row.recorded_by or wanted.items() - recorded[1].items():
        return False
    return row.confirmed_by is None or (
        confirmed is not None
        and confirmed[0] == row.confirmed_by
        and not person.items() - confirmed[1].items()
    )
