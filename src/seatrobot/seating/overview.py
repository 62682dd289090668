"""What the set-up page and the event's home page tell of tables, rules and parties."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from seatrobot.events import overview
from seatrobot.seating import home_page, people
from seatrobot.seating.feature import Permission
from seatrobot.seating.models import Place, Rule, Table

if TYPE_CHECKING:
    from seatrobot.events.models import Event
    from seatrobot.kernel.principals import Principal
    from seatrobot.seating.state import View


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


@dataclass(frozen=True, slots=True)
class TableRow:
    table: Table
    taken: int


@dataclass(frozen=True, slots=True)
class RuleRow:
    rule: Rule
    kind: Kind
    text: str
    note: str
    strength: str


@dataclass(frozen=True, slots=True)
class PartyRow:
    id: UUID
    names: str
    size: int
    is_split: bool
    tables: str


def tables_of(view: View) -> list[TableRow]:
    taken: dict[UUID, int] = {}
    for spot in view.floor.spots.values():
        taken[spot.table] = taken.get(spot.table, 0) + 1
    return [TableRow(table, taken.get(table.pk, 0)) for table in view.floor.tables.values()]


def rules_of(view: View) -> list[RuleRow]:
    words = view.words
    return [
        RuleRow(rule, KINDS[rule.kind], words.rule(rule), rule.sealed.note, _strength(rule))
        for rule in view.rules
    ]


def parties(view: View) -> list[PartyRow]:
    """Return the parties of two and more: those split on purpose, then by name."""
    words, split = view.words, set(view.floor.room.split_parties)
    rows = []
    for party, members in people.parties(view.people.values()).items():
        tables = {s.table for p in members if (s := view.floor.spots.get(p.id))}
        names = words.names(person.id for person in members)
        where = words.tables(t for t in view.floor.tables if t in tables) if tables else ""
        rows.append(PartyRow(party, names, len(members), party in split, where))
    return sorted(rows, key=lambda row: not row.is_split)


def _strength(rule: Rule) -> str:
    if rule.strength == Rule.Strength.MUST:
        return _("Must")
    small, strong = 2, 6
    if rule.weight < small:
        return _("Small wish")
    return _("Strong wish") if rule.weight > strong else _("Wish")


class SeatingPart(overview.Part):
    """What the event's home page says of seating."""

    def steps(self, member: Principal, event: Event) -> Iterable[overview.Step]:
        if not member.may(Permission.SEATING_VIEW, event.pk):
            return
        tables = list(Table.objects.filter(event=event).values_list("seats", flat=True))
        seated = Place.objects.filter(event=event).count()
        where = [event.organization_id, event.pk]
        sentence = ngettext("%(count)s table", "%(count)s tables", len(tables))
        seats = ngettext("%(count)s seat", "%(count)s seats", sum(tables))
        yield overview.Step(
            _("Set up tables and rules"),
            f"{sentence % {'count': len(tables)}}, {seats % {'count': sum(tables)}}"
            if tables
            else _("No tables yet"),
            reverse("seating:setup", args=where),
            "layout-grid",
            bool(tables),
        )
        yield overview.Step(
            _("Seat everyone"),
            ngettext("%(count)s guest seated", "%(count)s guests seated", seated)
            % {"count": seated},
            reverse("seating:plan", args=where),
            "armchair",
            seated > 0,
        )

    def panels(self, member: Principal, event: Event) -> Iterable[overview.Panel]:
        return home_page.panels(member, event)
