"""What an imported row may say: nothing with which the plan could not be shown any more."""

from __future__ import annotations

from uuid import UUID

import msgspec
from django.utils.translation import gettext as _

from seatrobot.kernel.refusal import Refused
from seatrobot.seating.models import Rule, Step, Table
from seatrobot.seating.services.rules import HEAVIEST
from seatrobot.seating.services.tables import FARTHEST, MOST_SEATS

Moved = list[tuple[UUID, UUID | None, int | None, bool]]
"""What a step says of everybody whom it moved."""


def check_table(row: Table) -> None:
    if not 1 <= row.seats <= MOST_SEATS:
        raise Refused(_("a table has between 1 and %(most)s seats.") % {"most": MOST_SEATS})
    if max(abs(row.x), abs(row.y)) > FARTHEST:
        raise Refused(_("a table stands outside of every room."))


def check_rule(row: Rule) -> None:
    if not 1 <= row.weight <= HEAVIEST:
        raise Refused(_("a wish weighs between 1 and %(most)s.") % {"most": HEAVIEST})


def check_step(row: Step) -> None:
    try:
        for moved in (row.before, row.after):
            msgspec.convert(moved, Moved)
    except msgspec.ValidationError as error:
        raise Refused(_("what a step says of who was moved cannot be read.")) from error
