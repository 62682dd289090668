"""Whether the staff of a unit of work may see the organization's rows at this moment.

Two parts, asked in one statement. The database's function `staff_organization` looks at the grant's
own row (live, of this person, for this organization, at this moment by the database's clock), and
row-level security asks the same function for every statement, whatever Python does. The conditions
of the person come from the packages that declare them. Asked when a unit of work with a grant
begins, when it opens something and the last answer is older than a second, and before it commits.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from seatrobot.kernel import features
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.staff import conditions
from seatrobot.kernel.unit_of_work import UnitOfWork
from seatrobot.kernel.vault.errors import KeyringRefused

LONGEST_UNASKED = 1.0
"""Seconds after which a unit of work that goes on opening records is asked again."""
STANDING = """
    SELECT staff_organization(), staff_events(),
        (SELECT concat(changed_xid, '.', changes) FROM staff_condition_change
         WHERE account_id = NULLIF(current_setting('seatrobot.staff', true), '')::uuid)
"""


class GrantRefused(Refused, KeyringRefused):
    """Staff may not see this organization now.

    why: one word for the journal. conditions: the identifiers of those that the person does not
    fulfil.
    """

    status = 403

    def __init__(self, sentence: str, *, why: str, unmet: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.why = why
        self.unmet = unmet


class GrantSource(ABC):
    """Who knows the grants; `staff_organization` knows only whether one is live."""

    @abstractmethod
    def why_not(self, grant_id: UUID, staff_id: UUID, organization_id: UUID) -> tuple[str, str]:
        """Return a word and a sentence on why this grant opens nothing now."""

    @abstractmethod
    def close(self, staff_id: UUID) -> None:
        """Close what is open to somebody who lacks a condition, in the logs of organizations."""


def require(unit: UnitOfWork) -> None:
    """Raise GrantRefused unless the grant of this unit of work is live and its holder fit."""
    assert unit.staff_id is not None
    assert unit.organization_id is not None
    if unit.grant_id is None:
        sentence = _("Ask for a grant first: staff see no organization without one.")
        raise GrantRefused(sentence, why="no-grant")
    with connection.cursor() as cursor:
        cursor.execute(STANDING)
        row = cursor.fetchone()
    organization_id, events, version = row or (None, None, None)
    if organization_id is None or organization_id != unit.organization_id:
        why, sentence = _why_not(unit)
        raise GrantRefused(sentence, why=why)
    require_conditions(unit.staff_id, version)
    unit.grant_events = None if events is None else frozenset(events)
    unit.asked_at = time.monotonic()


def require_list(unit: UnitOfWork, key: UUID) -> None:
    """Do the same before a list is handed out that was opened for somebody else.

    key: the event that it is of, or the organization, which a grant for single events does not
    show.
    """
    require(unit)
    if unit.grant_events is not None and key not in unit.grant_events:
        sentence = _("This grant is for other events: ask for one that names this one.")
        raise GrantRefused(sentence, why="event")


def require_unless_just_asked(unit: UnitOfWork) -> None:
    """Do the same unless it was done within the last second of this unit of work."""
    if time.monotonic() - unit.asked_at > LONGEST_UNASKED:
        require(unit)


def require_conditions(account_id: UUID, version: str | None = None) -> None:
    """Raise GrantRefused with what to do unless a person fulfils every condition of staff now."""
    version = version or conditions.version_of(account_id)
    found = conditions.conditions_at(account_id, version)
    if conditions.all_hold(found):
        return
    unmet = [each for each in found if not each.holds]
    steps = " ".join(each.what_to_do for each in unmet if each.what_to_do)
    sentence = _("You may not see Customer Data now. %(steps)s") % {"steps": steps}
    raise GrantRefused(sentence.strip(), why="condition", unmet=tuple(each.id for each in unmet))


def close(staff_id: UUID) -> None:
    """Close every grant of somebody who may hold none any more, in this transaction.

    Whoever is let in again later asks again.
    """
    for grants in _sources():
        grants.close(staff_id)


def _sources() -> tuple[GrantSource, ...]:
    return features.extensions(GrantSource)


def _why_not(unit: UnitOfWork) -> tuple[str, str]:
    assert unit.grant_id is not None
    assert unit.staff_id is not None
    assert unit.organization_id is not None
    for grants in _sources():
        with conditions.as_person(unit.staff_id):
            return grants.why_not(unit.grant_id, unit.staff_id, unit.organization_id)
    return "no-grant", _("This service gives no grants.")
