"""Forms of tables and rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from seatrobot.guests.guest_list import OpenGuest
from seatrobot.kernel.ids import GivenIdField, new_id
from seatrobot.kernel.textfields import LineField, TextField
from seatrobot.kernel.versions import VersionedForm
from seatrobot.seating import columns
from seatrobot.seating.models import Rule, Shape, Table
from seatrobot.seating.plan import View
from seatrobot.seating.services import rules, tables
from seatrobot.seating.services.rules import ABOUT_TABLES, WISH_ONLY, RuleFacts
from seatrobot.seating.services.rules import LONGEST_NOTE as LONGEST_RULE_NOTE
from seatrobot.seating.services.tables import (
    LONGEST_LABEL,
    LONGEST_NOTE,
    MOST_SEATS,
    MOST_TABLES,
    TableFacts,
)

MUST = "must"
WEIGHTS = [("1", _("A small wish")), ("3", _("A wish")), ("10", _("A strong wish"))]


class QuickForm(forms.Form):
    """New tables, all alike."""

    first_id = GivenIdField(required=False, widget=forms.HiddenInput, initial=new_id)
    count = forms.IntegerField(label=_("Tables"), min_value=1, max_value=MOST_TABLES, initial=10)
    shape = forms.ChoiceField(label=_("Shape"), choices=Shape.choices, initial=Shape.ROUND)
    seats = forms.IntegerField(
        label=_("Seats at each"), min_value=1, max_value=MOST_SEATS, initial=10
    )

    def facts(self) -> TableFacts:
        return TableFacts(self.cleaned_data["seats"], self.cleaned_data["shape"])


class TableForm(VersionedForm):
    label = LineField(
        label=_("Name"),
        max_length=LONGEST_LABEL,
        required=False,
        help_text=_("Empty: the table is called by its number."),
    )
    shape = forms.ChoiceField(label=_("Shape"), choices=Shape.choices)
    seats = forms.IntegerField(label=_("Seats"), min_value=1, max_value=MOST_SEATS)
    note = TextField(
        label=_("Note"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    shown = ("label", "shape", "seats", "note")

    @classmethod
    def of(cls, table: Table) -> TableForm:
        """Return the form filled with a table."""
        values = {"label": table.sealed.label, "note": table.sealed.note}
        values |= {"shape": table.shape, "seats": table.seats, "seen": tables.version(table)}
        return cls(initial=values)

    def facts(self) -> TableFacts:
        return TableFacts(**{name: self.cleaned_data[name] for name in self.shown})


class RuleForm(VersionedForm):
    """One kind of rule, with the fields that it has."""

    rule_id = GivenIdField(required=False, widget=forms.HiddenInput, initial=new_id)
    guests = forms.MultipleChoiceField(label=_("Guests"))
    tables = forms.MultipleChoiceField(label=_("Tables"))
    column = forms.ChoiceField(
        label=_("Column"),
        help_text=_("Guests who share a value are spread over the tables."),
    )
    strength = forms.ChoiceField(label=_("How strongly"), choices=[(MUST, _("Must")), *WEIGHTS])
    note = TextField(
        label=_("Note"),
        max_length=LONGEST_RULE_NOTE,
        required=False,
        help_text=_("Who asked, and why."),
    )

    def __init__(
        self, *args: Any, kind: str, view: View, rule: Rule | None = None, **options: Any
    ) -> None:
        """rule: the one that is changed; what it names can be chosen whatever became of it."""
        super().__init__(*args, **options)
        self.kind = kind
        people = list(_guests(view, rule))
        apart = view.guests.told_apart(people, with_address=True)
        self._choose(
            "guests", [(str(g.id), _listed_name(view, g, apart.get(g.id, ""))) for g in people]
        )
        self._choose("tables", [(str(t.pk), t.name) for t in view.floor.tables.values()])
        self._choose("column", list(_columns(view, rule).items()))
        for field in [*self._unused(), *(["rule_id"] if rule else [])]:
            del self.fields[field]
        if kind in WISH_ONLY:
            self._choose("strength", WEIGHTS)
        if "strength" in self.fields and not self.is_bound:
            self.initial.setdefault("strength", "3" if kind in WISH_ONLY else MUST)

    @classmethod
    def of(cls, rule: Rule, view: View) -> RuleForm:
        """Return the form filled with a rule."""
        must = rule.strength == Rule.Strength.MUST
        initial = {
            "guests": [str(guest) for guest in rule.guest_ids],
            "tables": [str(table) for table in rule.table_ids],
            "column": rule.sealed.column,
            "strength": MUST if must else _nearest_weight(rule.weight),
            "note": rule.sealed.note,
            "seen": rules.version(rule),
        }
        return cls(initial=initial, kind=rule.kind, view=view, rule=rule)

    def facts(self) -> RuleFacts:
        values = self.cleaned_data
        must = values["strength"] == MUST
        return RuleFacts(
            kind=self.kind,
            strength=Rule.Strength.MUST if must else Rule.Strength.WISH,
            weight=3 if must else int(values["strength"]),
            guest_ids=tuple(UUID(guest) for guest in values.get("guests", ())),
            table_ids=tuple(UUID(table) for table in values.get("tables", ())),
            column=values.get("column", ""),
            note=values["note"],
        )

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _unused(self) -> list[str]:
        if self.kind == Rule.Kind.MIX:
            return ["guests", "tables"]
        return ["column"] if self.kind in ABOUT_TABLES else ["column", "tables"]


def _guests(view: View, rule: Rule | None) -> Iterable[OpenGuest]:
    named = (view.guests.guests.get(guest) for guest in (rule.guest_ids if rule else ()))
    return [*view.coming, *(guest for guest in named if guest and not guest.takes_place)]


def _columns(view: View, rule: Rule | None) -> dict[str, str]:
    found = {key: column.label for key, column in columns.used(view.guests).items()}
    if rule and rule.sealed.column in view.columns:
        found.setdefault(rule.sealed.column, view.columns[rule.sealed.column].label)
    return found


def _listed_name(view: View, guest: OpenGuest, apart: str) -> str:
    """Return a name to choose; of one that several guests have, what tells them apart."""
    name = guest.record.sort_name or view.guests.plain_name(guest)
    return f"{name} ({apart})" if apart else name


def _nearest_weight(weight: int) -> str:
    return min((value for value, _label in WEIGHTS), key=lambda value: abs(int(value) - weight))
