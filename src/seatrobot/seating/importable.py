"""What an imported row may say: nothing with which the plan could not be shown any more."""

from __future__ import annotations

from uuid import UUID

import msgspec
from django.utils.translation import gettext as _

from seatrobot.kernel.refusal import Refused
from seatrobot.seating.models import Proposal, Rule, Step, Table
from seatrobot.seating.services.rules import HEAVIEST
from seatrobot.seating.services.tables import FARTHEST, MOST_SEATS

Moved = list[tuple[UUID, UUID | None, int | None, bool]]
"""What a step or a proposal says of everybody whom it moves."""


def check_table(row: Table) -> None:
    if not 1 <= row.seats <= MOST_SEATS:
        raise Refused(_("a table has between 1 and %(most)s seats.") % {"most": MOST_SEATS})
    if max(abs(row.x), abs(row.y)) > FARTHEST:
        raise Refused(_("a table stands outside of every room."))


def check_rule(row: Rule) -> None:
    if not 1 <= row.weight <= HEAVIEST:
        raise Refused(_("a wish weighs between 1 and %(most)s.") % {"most": HEAVIEST})


def check_step(row: Step) -> None:
    _require_moved(row.before, row.after)


def check_proposal(row: Proposal) -> None:
    _require_moved(row.sealed.after)


def _require_moved(*lists: object) -> None:
    """Refuse what is no list of guests, each with table, seat and whether it is locked."""
    try:
        for moved in lists:
            msgspec.convert(moved, Moved)
    except msgspec.ValidationError as error:
        raise Refused(_("what it says of who is moved cannot be read.")) from error
