"""Tables, rules and parties: load and authorise, parse, call one service, render."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.events.models import Activity
from seatrobot.events.reading import load_activity
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.seating import plan as plans
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.floor import NotInRoom
from seatrobot.seating.forms import QuickForm, RuleForm, TableForm
from seatrobot.seating.models import Rule, Table
from seatrobot.seating.plan import View, address
from seatrobot.seating.services import moves, rules, tables
from seatrobot.seating.services.tables import Occupied
from seatrobot.seating.text import KINDS, Kind, strength_of
from seatrobot.seating.views.plan import page

UNPROCESSABLE = 422


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


@require_safe
@member_page(Permission.SEATING_VIEW)
def setup(request: MemberRequest, event: UUID, activity: UUID | None = None) -> HttpResponse:
    return _setup(request, plans.load(request.member, event, activity), QuickForm())


@require_POST
@member_page(Permission.SEATING_CHANGE)
def add_tables(request: MemberRequest, event: UUID, activity: UUID | None = None) -> HttpResponse:
    room_of = load_activity(request.member, event, activity)
    form = QuickForm(request.POST)

    def add() -> None:
        count = form.cleaned_data["count"]
        tables.add_tables(actor=request.member, activity=room_of, count=count, facts=form.facts())
        sentence = ngettext("%(count)s table is added.", "%(count)s tables are added.", count)
        messages.success(request, sentence % {"count": count})

    if _is_done(form, add):
        return _back(room_of)
    return _setup(request, plans.load(request.member, event, activity), form)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.SEATING_CHANGE)
def table(
    request: MemberRequest, event: UUID, table: UUID, activity: UUID | None = None
) -> HttpResponse:
    view = plans.load(request.member, event, activity)
    shown = view.floor.tables.get(table)
    if shown is None:
        raise Http404
    form = TableForm(request.POST) if request.method == "POST" else TableForm.of(shown)

    def change() -> None:
        tables.change_table(
            actor=request.member, activity=view.activity, table_id=table, facts=form.facts()
        )
        messages.success(request, _("The table is saved."))

    if _is_done(form, change):
        return _back(view.activity)
    if not form.is_bound:
        journal.record(Action.SEATING_VIEW, event=event, subject=table)
    context = {
        **page(request, view, "setup"),
        "form": form,
        "table": shown,
        "at_table": len(view.floor.at(table)),
    }
    return render(request, "seating/table.html", context, status=_status(form))


@require_POST
@member_page(Permission.SEATING_CHANGE)
def remove_tables(
    request: MemberRequest, event: UUID, activity: UUID | None = None
) -> HttpResponse:
    """Remove the tables named in the form; with `unseat` also those with people at them."""
    room_of = load_activity(request.member, event, activity)
    chosen = _ids(request, "table")
    try:
        tables.remove_tables(
            actor=request.member,
            activity=room_of,
            table_ids=chosen,
            unseat="unseat" in request.POST,
        )
    except NotInRoom as error:
        raise Http404 from error
    except Occupied as error:
        messages.error(request, error.sentence)
        return redirect(f"{address(room_of, 'setup')}?remove={','.join(map(str, chosen))}")
    sentence = ngettext("%(count)s table is removed.", "%(count)s tables are removed.", len(chosen))
    messages.success(request, sentence % {"count": len(chosen)})
    return _back(room_of)


@require_POST
@member_page(Permission.SEATING_CHANGE)
def renumber(request: MemberRequest, event: UUID, activity: UUID | None = None) -> HttpResponse:
    room_of = load_activity(request.member, event, activity)
    tables.renumber(actor=request.member, activity=room_of)
    messages.success(request, _("The tables are numbered row by row."))
    return _back(room_of)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.SEATING_CHANGE)
def new_rule(
    request: MemberRequest, event: UUID, kind: str, activity: UUID | None = None
) -> HttpResponse:
    if kind not in Rule.Kind.values:
        raise Http404
    view = plans.load(request.member, event, activity)
    form = RuleForm(request.POST or None, kind=kind, view=view)

    def add() -> None:
        rules.add_rule(actor=request.member, activity=view.activity, facts=form.facts())
        messages.success(request, _("The rule is added."))

    if _is_done(form, add):
        return _back(view.activity, "rules")
    if not form.is_bound:
        journal.record(Action.SEATING_VIEW, event=event, guests=len(view.coming))
    context = {**page(request, view, "setup"), "form": form, "kind": KINDS[kind]}
    return render(request, "seating/rule.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.SEATING_CHANGE)
def rule(
    request: MemberRequest, event: UUID, rule: UUID, activity: UUID | None = None
) -> HttpResponse:
    view = plans.load(request.member, event, activity)
    shown = view.words.rules.get(rule)
    if shown is None:
        raise Http404
    form = (
        RuleForm(request.POST, kind=shown.kind, view=view, rule=shown)
        if request.method == "POST"
        else RuleForm.of(shown, view)
    )

    def change() -> None:
        rules.change_rule(
            actor=request.member, activity=view.activity, rule_id=rule, facts=form.facts()
        )
        messages.success(request, _("The rule is saved."))

    if _is_done(form, change):
        return _back(view.activity, "rules")
    if not form.is_bound:
        journal.record(Action.SEATING_VIEW, event=event, subject=rule)
    context = {
        **page(request, view, "setup"),
        "form": form,
        "kind": KINDS[shown.kind],
        "rule": shown,
    }
    return render(request, "seating/rule.html", context, status=_status(form))


@require_POST
@member_page(Permission.SEATING_CHANGE)
def remove_rule(
    request: MemberRequest, event: UUID, rule: UUID, activity: UUID | None = None
) -> HttpResponse:
    room_of = load_activity(request.member, event, activity)
    try:
        rules.remove_rule(actor=request.member, activity=room_of, rule_id=rule)
    except NotInRoom as error:
        raise Http404 from error
    messages.success(request, _("The rule is removed."))
    return _back(room_of, "rules")


@require_POST
@member_page(Permission.SEATING_CHANGE)
def party(
    request: MemberRequest, event: UUID, party: UUID, activity: UUID | None = None
) -> HttpResponse:
    """Allow a party to be split (`split=1` in the form), or keep it together again."""
    room_of = load_activity(request.member, event, activity)
    split = request.POST.get("split") == "1"
    try:
        moves.set_party_split(actor=request.member, activity=room_of, party_id=party, split=split)
    except NotInRoom as error:
        raise Http404 from error
    return _back(room_of, "parties")


def _setup(request: MemberRequest, view: View, form: QuickForm) -> HttpResponse:
    journal.record(Action.SEATING_VIEW, event=view.activity.event_id, guests=len(view.coming))
    asked = set(request.GET.get("remove", "").split(","))
    rows = _tables(view)
    context: dict[str, Any] = {
        **page(request, view, "setup"),
        "form": form,
        "tables": rows,
        "removing": [row for row in rows if str(row.table.pk) in asked],
        "rules": _rules(view),
        "kinds": KINDS.values(),
        "parties": _parties(view),
        "seats": view.seats,
        "missing": max(0, len(view.coming) - view.seats),
    }
    return render(request, "seating/setup.html", context, status=_status(form))


def _tables(view: View) -> list[TableRow]:
    taken = view.floor.by_table()
    return [TableRow(table, len(taken.get(pk, ()))) for pk, table in view.floor.tables.items()]


def _rules(view: View) -> list[RuleRow]:
    return [
        RuleRow(rule, KINDS[rule.kind], view.words.rule(rule), rule.sealed.note, strength_of(rule))
        for rule in view.rules
    ]


def _parties(view: View) -> list[PartyRow]:
    """Return the parties of two and more: those split on purpose, then by name."""
    split = set(view.floor.room.split_parties)
    rows = []
    for party, members in view.parties.items():
        at = {seat.table for guest in members if (seat := view.floor.seats.get(guest.id))}
        names = view.words.names(guest.id for guest in members)
        where = view.words.tables(t for t in view.floor.tables if t in at) if at else ""
        rows.append(PartyRow(party, names, len(members), party in split, where))
    return sorted(rows, key=lambda row: not row.is_split)


def _is_done(form: Form, act: Callable[[], None]) -> bool:
    """Return whether the form was sent and done; what refused it is among its errors."""
    if not (form.is_bound and form.is_valid()):
        return False
    try:
        act()
    except Refused as error:
        form.add_error(error.field if error.field in form.fields else None, error.sentence)
        return False
    return True


def _ids(request: MemberRequest, name: str) -> list[UUID]:
    try:
        return [UUID(text) for text in request.POST.getlist(name)]
    except ValueError as error:
        raise Http404 from error


def _back(activity: Activity, anchor: str = "tables") -> HttpResponse:
    return redirect(f"{address(activity, 'setup')}#{anchor}")


def _status(form: Form) -> int:
    return UNPROCESSABLE if form.is_bound else 200
