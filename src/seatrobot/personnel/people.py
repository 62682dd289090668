"""The page of people: a row a person, a column a condition, and what ends next."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.accounts import services as accounts
from seatrobot.accounts.models import StaffMember
from seatrobot.accounts.staff import checks
from seatrobot.documents.formulas import protect
from seatrobot.kernel import features
from seatrobot.kernel.examined import made_for_examinations
from seatrobot.kernel.staff import conditions
from seatrobot.kernel.staff.conditions import Condition
from seatrobot.personnel import text
from seatrobot.personnel.duties import duties_of, published


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person as the others of the staff read them. next_end: which condition ends first."""

    id: UUID
    name: str
    email: str
    is_enabled: bool
    last_day: date | None
    conditions: Sequence[Condition]
    next_end: Condition | None
    is_examined: bool = False

    @property
    def may_hold(self) -> bool:
        return conditions.all_hold(tuple(self.conditions))

    @property
    def cells(self) -> list[text.ConditionLine]:
        return [text.ConditionLine.of(each) for each in self.conditions]

    @property
    def next_day(self) -> str:
        return text.end(self.next_end.until) if self.next_end and self.next_end.until else ""

    @property
    def next_heading(self) -> str:
        return self.next_end.heading if self.next_end else ""


def lines() -> list[PersonLine]:
    """Return everybody who is or was staff; who is enabled first, then by name."""
    members = list(StaffMember.objects.select_related("account"))
    found = [_line(member) for member in members]
    return sorted(found, key=lambda line: (not line.is_enabled, line.name.casefold()))


def line(member: StaffMember) -> PersonLine:
    return _line(member)


def headings() -> list[str]:
    """Return the headings of the conditions' columns."""
    nobody = UUID(int=0)
    return [check(nobody).heading for check in features.staff_conditions()]


def table() -> str:
    """Return everything as CSV for an auditor (UTF-8 with a byte order mark)."""
    buffer = io.StringIO(newline="")
    buffer.write("\ufeff")
    rows = [[protect(cell) for cell in row] for row in _rows()]
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


def _line(member: StaffMember) -> PersonLine:
    found = conditions.conditions(member.pk)
    ends = [
        (each.until, place)
        for place, each in enumerate(found)
        if each.holds and each.until and not each.renews_itself
    ]
    return PersonLine(
        id=member.pk,
        name=member.account.sealed.name,
        email=member.account.sealed.email,
        is_enabled=member.is_enabled,
        last_day=member.ends_on,
        conditions=found,
        next_end=found[min(ends)[1]] if ends else None,
        is_examined=member.pk in made_for_examinations(),
    )


def _rows() -> Iterator[list[str]]:
    everybody = lines()
    among = published()
    checked = checks.newest(each.id for each in everybody)
    recorders = {by for row in checked.values() for by in (row.recorded_by, row.confirmed_by) if by}
    names = accounts.people(recorders)
    titles = [f"{each.title}: {what}" for each in among for what in (_("edition"), _("on"))]
    yield [
        *(_("Name"), _("Address"), _("Enabled"), _("Works until"), _("May hold a grant")),
        *(f"{each}{end}" for each in headings() for end in ("", _(": until"))),
        *(_("Background check on"), _("Passed"), _("Reference")),
        *(_("Recorded by"), _("Confirmed by")),
        *titles,
    ]
    for person in everybody:
        row = checked.get(person.id)
        duties = duties_of(person.id, among)
        yield [
            *(person.name, person.email, _yes(person.is_enabled)),
            *(person.last_day.isoformat() if person.last_day else "", _yes(person.may_hold)),
            *(
                cell
                for each in person.conditions
                for cell in (_yes(each.holds), each.until.isoformat() if each.until else "")
            ),
            *(
                [
                    *(row.on.isoformat(), _yes(row.passed), row.sealed.reference),
                    names[row.recorded_by].name if row.recorded_by else _("the operator"),
                    names[row.confirmed_by].name if row.confirmed_by else "",
                ]
                if row
                else [""] * 5
            ),
            *(
                cell
                for each in duties
                for cell in (
                    str(each.done_number or ""),
                    each.done_at.isoformat() if each.done_at else "",
                )
            ),
        ]


def _yes(holds: bool) -> str:  # noqa: FBT001  a cell
    return "yes" if holds else "no"
