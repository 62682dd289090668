"""What people read about seating: rules, wishes and contradictions, and the floor plan's script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from seatrobot.events.models import Activity
from seatrobot.guests.guest_list import GuestList
from seatrobot.kernel.journal import services as journal
from seatrobot.seating import columns
from seatrobot.seating.columns import Column
from seatrobot.seating.floor import Floor
from seatrobot.seating.models import Conflict, Left, Rule, Unmet
from seatrobot.seating.robot import Reason

MOST_NAMES = 4
"""So many names are listed; of more, three and how many others."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rule as it is offered: its name, an icon of the sprite, and an example."""

    value: str
    label: str | Promise
    icon: str
    example: Promise
    needs_table: bool = False


def _kind(kind: Rule.Kind, icon: str, example: Promise, *, needs_table: bool = False) -> Kind:
    return Kind(kind.value, kind.label, icon, example, needs_table)


KINDS = {
    kind.value: kind
    for kind in (
        _kind(
            Rule.Kind.TOGETHER,
            "heart-handshake",
            gettext_lazy("Two old friends at one table."),
        ),
        _kind(
            Rule.Kind.APART, "arrows-split", gettext_lazy("Two rivals, never at the same table.")
        ),
        _kind(
            Rule.Kind.MIX,
            "arrows-shuffle",
            gettext_lazy("States or companies spread evenly over all tables."),
        ),
        _kind(
            Rule.Kind.AT_TABLE,
            "map-pin",
            gettext_lazy("The speakers at the tables by the stage."),
            needs_table=True,
        ),
        _kind(
            Rule.Kind.NOT_AT_TABLE,
            "ban",
            gettext_lazy("A guest with a hearing aid, away from the band."),
            needs_table=True,
        ),
        _kind(Rule.Kind.NEAR, "ruler", gettext_lazy("The hosts at neighbouring tables.")),
    )
}


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
    """Everything that a sentence about a room may name; also who or what is gone by now."""

    guests: GuestList
    floor: Floor
    rules: Mapping[UUID, Rule]
    columns: dict[str, Column]

    def rule(self, rule: Rule) -> str:
        """Return what a rule asks: "Alma Adams and Robert Aderholt at one table"."""
        if rule.kind == Rule.Kind.MIX:
            return _("Every table a mix by “%(column)s”") % {"column": self.column(rule)}
        return _sentence(rule, self.names(rule.guest_ids), self.tables(rule.table_ids))

    def left(self, left: Left) -> str:
        """Return why guests have no seat."""
        if not left.free:
            return _("All seats are taken.")
        facts = {
            "needed": left.needed,
            "free": left.available,
            "tables": self.tables(map(UUID, left.tables)),
        }
        if left.needed > 1 and left.tables:
            return (
                _(
                    "They need %(needed)s seats at one table; of %(tables)s, where a must or their"
                    " party asks for them, none has more than %(free)s free."
                )
                % facts
            )
        if left.needed > 1:
            return (
                _("They need %(needed)s seats at one table; no table has more than %(free)s free.")
                % facts
            )
        if left.tables:
            return _("A must or their party asks for %(tables)s, where no seat is free.") % facts
        return _("The musts about them leave no free seat open.")

    def why(self, unmet: Unmet) -> str:
        """Return why a wish is not (wholly) fulfilled."""
        facts = {"needed": unmet.needed, "free": unmet.available, **self._causes(unmet)}
        if unmet.reason == Reason.FEW_MOVES:
            if not unmet.available:
                return _("Nobody who sits was to move for it.")
            return (
                ngettext(
                    "Nothing better was found that moves no more than %(free)s guest.",
                    "Nothing better was found that moves no more than %(free)s guests.",
                    unmet.available,
                )
                % facts
            )
        if unmet.reason in REASONS:
            return REASONS[unmet.reason] % facts
        if not unmet.rules:
            return _("The robot found nothing better in its time.")
        if unmet.proven:
            return _("Fulfilling it would cost more elsewhere: %(causes)s.") % facts
        return _("In the time it had, the robot weighed these higher: %(causes)s.") % facts

    def whom(self, unmet: Unmet) -> str:
        """Return the names of the guests whom an unmet wish concerns."""
        return self.names(UUID(guest) for guest in unmet.guests)

    def conflict(self, conflict: Conflict) -> str:
        """Return in one sentence what contradicts each other."""
        count = len(conflict.rules) + len(conflict.parties) + len(conflict.locked)
        return ngettext(
            "This cannot be fulfilled; take it back or change it:",
            "These cannot all hold; take back or change one of them:",
            count,
        )

    def names(self, ids: Iterable[UUID]) -> str:
        """Return names as a list: "Alma Adams, Robert Aderholt, Mark Amodei and 3 more"."""
        return listed([self.name(guest) for guest in ids])

    def tables(self, ids: Iterable[UUID], last: str = "") -> str:
        """Return the names of tables as alternatives, "Table 1 or Table 2", unless told."""
        found = [self.floor.tables[t].name for t in ids if t in self.floor.tables]
        if not found:
            return _("a table that is gone")
        return listed(found, last or _("%(names)s or %(last)s"))

    def column(self, rule: Rule) -> str:
        return columns.label(self.columns, rule.sealed.column)

    def name(self, guest_id: UUID) -> str:
        """Return what a guest is called, and note in the journal that they are shown."""
        guest = self.guests.guests.get(guest_id)
        if guest is None:
            return _("somebody who is gone")
        journal.shown([guest_id])
        return self.guests.plain_name(guest)

    def party(self, party: str) -> str:
        """Return what a party is called by its people."""
        members = [g.id for g in self.guests.taking_place if str(g.party_id) == party]
        return _("the party of %(names)s") % {"names": self.names(members)}

    def locked(self, guest: str) -> str:
        seat = self.floor.seats.get(UUID(guest))
        table = self.tables([seat.table]) if seat else _("their table")
        return _("%(name)s locked at %(table)s") % {"name": self.name(UUID(guest)), "table": table}

    def rule_of(self, rule: str) -> str:
        found = self.rules.get(UUID(rule))
        return f"“{self.rule(found)}”" if found else _("a rule that is gone")

    def _causes(self, unmet: Unmet) -> dict[str, str]:
        causes = [self.rule_of(rule) for rule in unmet.rules]
        causes += [self.party(party) for party in unmet.parties]
        causes += [self.locked(guest) for guest in unmet.locked]
        return {"causes": listed(causes)}


def sentence_of(rule: Rule, names: Mapping[UUID, str], floor: Floor) -> str:
    """Return what a rule about guests asks, where only some names are known."""
    gone = _("somebody who is gone")
    guests = listed([names.get(guest, gone) for guest in rule.guest_ids])
    tables = [floor.tables[table].name for table in rule.table_ids if table in floor.tables]
    return _sentence(rule, guests, listed(tables, _("%(names)s or %(last)s")))


def _sentence(rule: Rule, guests: str, tables: str) -> str:
    facts = {"guests": guests, "tables": tables}
    match rule.kind:
        case Rule.Kind.TOGETHER:
            return _("%(guests)s at one table") % facts
        case Rule.Kind.APART:
            return _("%(guests)s at different tables") % facts
        case Rule.Kind.AT_TABLE:
            return _("%(guests)s at %(tables)s") % facts
        case Rule.Kind.NOT_AT_TABLE:
            return _("%(guests)s not at %(tables)s") % facts
    return _("%(guests)s near each other") % facts


def listed(items: list[str], last: str = "") -> str:
    """Return texts as a list, of many the first three and the number of others."""
    if len(items) > MOST_NAMES:
        more = len(items) - MOST_NAMES + 1
        items = [*items[: MOST_NAMES - 1], _("%(count)s more") % {"count": more}]
    if len(items) < 2:  # noqa: PLR2004  nothing to join
        return "".join(items)
    pattern = last or _("%(names)s and %(last)s")
    return pattern % {"names": ", ".join(items[:-1]), "last": items[-1]}


def name_of(activity: Activity) -> str:
    """Return what an activity is called; the one that every event has is called like it."""
    return activity.sealed.title or activity.event.title


def strength_of(rule: Rule) -> str:
    """Return how strongly a rule is meant."""
    if rule.strength == Rule.Strength.MUST:
        return _("Must")
    small, strong = 2, 6
    if rule.weight < small:
        return _("Small wish")
    return _("Strong wish") if rule.weight > strong else _("Wish")


def phrases(*, may_change: bool) -> dict[str, str]:
    """Return what the floor plan's script shows, by name; {names} in braces are filled in there."""
    return {
        "seat": _("Seat {seat}, {table}: {name}"),
        "locked": _("locked"),
        "emptySeat": _("Seat {seat}, {table}: free"),
        "table": _("{table}: {taken} of {seats} seats taken"),
        "counts": _("{seated} of {guests} guests seated"),
        "allSeated": _("All {guests} guests are seated"),
        "unseatedSome": (
            _("Without a seat: {count}. Drag them to a table, or ask the robot.")
            if may_change
            else _("Without a seat: {count}.")
        ),
        "unseatedNone": _("Everybody has a seat."),
        "nobodyFound": _("Nobody is called that."),
        "picked": _(
            "{name} picked up. Arrow keys choose a seat, Page Down the next table, digits a table"
            " by its number; Enter puts down, Escape leaves it."
        ),
        "dropped": _("{name} now sits at {table}."),
        "swapped": _("{name} and {other} changed places."),
        "unseated": _("{name} has no seat now."),
        "cancelled": _("{name} stays."),
        "lockedNow": _("{name} is locked at {table}."),
        "unlockedNow": _("{name} is unlocked."),
        "undone": _("Undone: {step}."),
        "redone": _("Done again: {step}."),
        "undo": _("Undo: {step}"),
        "redo": _("Redo: {step}"),
        "nothingToUndo": _("Undo"),
        "nothingToRedo": _("Redo"),
        "offline": _("The server did not answer; nothing was changed."),
        "thinking": _("The robot is thinking…"),
        "starting": _("Waiting for the robot…"),
        "found": _("{count} found"),
        "others": _("Others"),
        "more": _("Show more ({count})"),
        "none": _("No value"),
        "party": _("Comes with"),
        "pickUp": _("Move"),
        "lock": _("Lock"),
        "unlock": _("Unlock"),
        "takeAway": _("Take from the table"),
        "close": _("Close"),
        "noSeat": _("No seat yet"),
        "showParty": _("Show the party"),
        "seatOf": _("{table} · seat {seat}"),
        "carrying": _("Where does {name} sit? Choose a seat or a table."),
        "ruleMet": _("Fulfilled"),
        "ruleUnmet": _("Not fulfilled"),
        "ruleOpen": _("Not everybody has a seat yet"),
        "moved": _("{table} moved."),
        "bringAll": _("Move the whole party ({count})"),
        "splitOnly": _("Move only {name}"),
        "swapOnly": _("Swap {name} and {other}"),
        "despite": _("Move anyway"),
        "broken": _("Breaks a must"),
        "skipped": _("Could not be undone: {reasons}"),
        "profile": _("Open the guest"),
        "lockTable": _("Lock the table"),
        "unlockTable": _("Unlock the table"),
        "editTable": _("Name and seats"),
        "printTable": _("Print"),
        "freeSeats": _("{count} free"),
        "cancel": _("Cancel"),
        "leftPlan": _("{name} was put down where they were."),
        "tableNumber": _("Table {number}"),
    }
