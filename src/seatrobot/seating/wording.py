"""What rules, unmet wishes and contradictions are called, in sentences with names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from seatrobot.seating import columns
from seatrobot.seating.floor import Floor
from seatrobot.seating.models import Rule
from seatrobot.seating.people import Person
from seatrobot.seating.reports import Conflict, Unmet
from seatrobot.seating.robot import Reason

FEW = 4
"""So many names are said; of more, three and how many others."""


REASONS = {
    Reason.PARTY_TOO_LARGE.value: gettext_lazy(
        "They need %(needed)s seats at one table; the largest that is open to them has %(free)s."
    ),
    Reason.NO_ROOM.value: gettext_lazy(
        "It takes %(needed)s seats there, and only %(free)s are left by guests who cannot move."
    ),
    Reason.TOO_FEW_TABLES.value: gettext_lazy(
        "It takes %(needed)s different tables, and only %(free)s are open to them."
    ),
    Reason.CONTRADICTS_RULE.value: gettext_lazy("It cannot hold together with %(causes)s."),
}


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that a sentence may name. Who or what is gone is said to be gone."""

    people: dict[UUID, Person]
    floor: Floor
    rules: dict[UUID, Rule]

    def rule(self, rule: Rule) -> str:
        """Say what a rule asks: "Keep Alma Adams and Robert Aderholt together"."""
        guests, tables = self.names(rule.guest_ids), self.tables(rule.table_ids)
        facts = {"guests": guests, "tables": tables, "column": columns.label(rule.sealed.column)}
        match rule.kind:
            case Rule.Kind.TOGETHER:
                return _("%(guests)s at one table") % facts
            case Rule.Kind.APART:
                return _("%(guests)s at different tables") % facts
            case Rule.Kind.AT_TABLE:
                return _("%(guests)s at %(tables)s") % facts
            case Rule.Kind.NOT_AT_TABLE:
                return _("%(guests)s not at %(tables)s") % facts
            case Rule.Kind.NEAR:
                return _("%(guests)s near each other") % facts
        return _("Every table a mix by “%(column)s”") % facts

    def why(self, unmet: Unmet) -> str:
        """Say why a wish is not (wholly) fulfilled."""
        facts = {"needed": unmet.needed, "free": unmet.available, **self._causes(unmet)}
        if unmet.reason in REASONS:
            return REASONS[unmet.reason] % facts
        if not unmet.rules:
            return _("The robot found nothing better in its time.")
        if unmet.proven:
            return _("Fulfilling it would cost more elsewhere: %(causes)s.") % facts
        return _("In the time it had, the robot weighed these higher: %(causes)s.") % facts

    def whom(self, unmet: Unmet) -> str:
        """Name the guests whom an unmet wish concerns."""
        return self.names(UUID(guest) for guest in unmet.guests)

    def conflict(self, conflict: Conflict) -> str:
        """Say in one sentence what contradicts each other."""
        if conflict.missing_seats:
            return ngettext(
                "There is one more guest than seats.",
                "There are %(count)s more guests than seats.",
                conflict.missing_seats,
            ) % {"count": conflict.missing_seats}
        count = len(conflict.rules) + len(conflict.parties) + len(conflict.locked)
        return ngettext(
            "This cannot be fulfilled; take it back or change it:",
            "These cannot all hold; take back or change one of them:",
            count,
        )

    def names(self, ids: Iterable[UUID]) -> str:
        """Say names as a list: "Alma Adams, Robert Aderholt and 3 more"."""
        return self._list([self.name(guest) for guest in ids])

    def tables(self, ids: Iterable[UUID]) -> str:
        found = [self.floor.tables[t].name for t in ids if t in self.floor.tables]
        return self._list(found, _(" or ")) if found else _("a table that is gone")

    def name(self, guest: UUID) -> str:
        return self.people[guest].name if guest in self.people else _("somebody who is gone")

    def party(self, party: str) -> str:
        """Name the people of a party."""
        members = [p.id for p in self.people.values() if str(p.party_id) == party]
        return _("the party of %(names)s") % {"names": self.names(members)}

    def locked(self, guest: str) -> str:
        spot = self.floor.spots.get(UUID(guest))
        table = self.tables([spot.table]) if spot else _("their table")
        return _("%(name)s locked at %(table)s") % {"name": self.name(UUID(guest)), "table": table}

    def rule_of(self, rule: str) -> str:
        found = self.rules.get(UUID(rule))
        return f"“{self.rule(found)}”" if found else _("a rule that is gone")

    def _causes(self, unmet: Unmet) -> dict[str, str]:
        causes = [self.rule_of(rule) for rule in unmet.rules]
        causes += [self.party(party) for party in unmet.parties]
        causes += [self.locked(guest) for guest in unmet.locked]
        return {"causes": self._list(causes)}

    def _list(self, items: list[str], last: str = "") -> str:
        if len(items) > FEW:
            more = len(items) - FEW + 1
            items = [*items[: FEW - 1], _("%(count)s more") % {"count": more}]
        if len(items) < 2:  # noqa: PLR2004  nothing to join
            return "".join(items)
        return ", ".join(items[:-1]) + (last or _(" and ")) + items[-1]
