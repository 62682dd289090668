"""Tables, rules and parties: load and authorise, parse, call one service, render."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.events.models import Activity
from seatrobot.events.reading import load_activity
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.seating import plan as plans
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.forms import QuickForm, RuleForm, TableForm
from seatrobot.seating.models import Rule, Table
from seatrobot.seating.plan import View, address
from seatrobot.seating.services import moves, rules, tables
from seatrobot.seating.services.tables import Occupied
from seatrobot.seating.text import KINDS, Kind, strength_of
from seatrobot.seating.views.plan import page


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
def setup(request: MemberRequest, event_id: UUID, activity: UUID | None = None) -> HttpResponse:
    view = plans.load(request.member, event_id, activity)
    return render(request, "seating/setup.html", {"form": QuickForm(), **_setup(request, view)})


@require_POST
@member_page(Permission.SEATING_CHANGE)
def add_tables(
    request: MemberRequest, event_id: UUID, activity: UUID | None = None
) -> HttpResponse:
    view = plans.load(request.member, event_id, activity)
    form = QuickForm(request.POST)

    def act() -> int:
        made = tables.add_tables(
            actor=request.member,
            activity=view.activity,
            count=form.cleaned_data["count"],
            facts=form.facts(),
            first_id=form.cleaned_data["first_id"],
        )
        return len(made)

    def done(count: int) -> HttpResponse:
        sentence = ngettext("%(count)s table is added.", "%(count)s tables are added.", count)
        return _back(request, view.activity, sentence=sentence % {"count": count})

    return form_page(
        request,
        form,
        act=act,
        done=done,
        template="seating/setup.html",
        context=lambda: _setup(request, view),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.SEATING_CHANGE)
def table(
    request: MemberRequest, event_id: UUID, table: UUID, activity: UUID | None = None
) -> HttpResponse:
    view = plans.load(request.member, event_id, activity)
    shown = view.floor.table(table)
    form = TableForm(request.POST) if request.method == "POST" else TableForm.of(shown)
    if not form.is_bound:
        journal.record(Action.SEATING_VIEW, event_id=event_id, subject_id=table)
    return form_page(
        request,
        form,
        act=lambda: tables.change_table(
            actor=request.member,
            activity=view.activity,
            table_id=table,
            facts=form.facts(),
            seen=form.cleaned_data["seen"],
        ),
        current=lambda: TableForm.of(
            plans.load(request.member, event_id, activity).floor.table(table)
        ),
        done=lambda _table: _back(request, view.activity, sentence=_("The table is saved.")),
        template="seating/table.html",
        context=lambda: {
            **page(request, view, "setup"),
            "table": shown,
            "at_table": len(view.floor.at(table)),
            "people": [(number + 1, view.name(g)) for number, g in view.floor.at(table).items()],
        },
    )


@require_POST
@member_page(Permission.SEATING_CHANGE)
def remove_tables(
    request: MemberRequest, event_id: UUID, activity: UUID | None = None
) -> HttpResponse:
    """Remove the tables named in the form; with `unseat` also those with people at them."""
    room_of = load_activity(request.member, event_id, activity)
    chosen = _ids(request, "table")
    try:
        tables.remove_tables(
            actor=request.member,
            activity=room_of,
            table_ids=chosen,
            unseat="unseat" in request.POST,
        )
    except Occupied as error:
        messages.error(request, error.sentence)
        return redirect(f"{address(room_of, 'setup')}?remove={','.join(map(str, chosen))}")
    sentence = ngettext("%(count)s table is removed.", "%(count)s tables are removed.", len(chosen))
    return _back(request, room_of, sentence=sentence % {"count": len(chosen)})


@require_POST
@member_page(Permission.SEATING_CHANGE)
def renumber(request: MemberRequest, event_id: UUID, activity: UUID | None = None) -> HttpResponse:
    room_of = load_activity(request.member, event_id, activity)
    tables.renumber(actor=request.member, activity=room_of)
    return _back(request, room_of, sentence=_("The tables are numbered row by row."))


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.SEATING_CHANGE)
def new_rule(
    request: MemberRequest, event_id: UUID, kind: str, activity: UUID | None = None
) -> HttpResponse:
    if kind not in Rule.Kind.values:
        raise Http404
    view = plans.load(request.member, event_id, activity)
    form = RuleForm(request.POST or None, kind=kind, view=view)
    if not form.is_bound:
        journal.record(Action.SEATING_VIEW, event_id=event_id, guests=len(view.coming))
        plans.note_shown(view)
    return form_page(
        request,
        form,
        act=lambda: rules.add_rule(
            actor=request.member,
            activity=view.activity,
            facts=form.facts(),
            new_id=form.cleaned_data["rule_id"],
        ),
        done=lambda _rule: _back(request, view.activity, "rules", _("The rule is added.")),
        template="seating/rule.html",
        context=lambda: {**page(request, view, "setup"), "kind": KINDS[kind]},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.SEATING_CHANGE)
def rule(
    request: MemberRequest, event_id: UUID, rule: UUID, activity: UUID | None = None
) -> HttpResponse:
    view = plans.load(request.member, event_id, activity)
    shown = view.words.rules.get(rule)
    if shown is None:
        raise Http404
    form = (
        RuleForm(request.POST, kind=shown.kind, view=view, rule=shown)
        if request.method == "POST"
        else RuleForm.of(shown, view)
    )
    if not form.is_bound:
        journal.record(Action.SEATING_VIEW, event_id=event_id, subject_id=rule)
        plans.note_shown(view)
    return form_page(
        request,
        form,
        act=lambda: rules.change_rule(
            actor=request.member,
            activity=view.activity,
            rule_id=rule,
            facts=form.facts(),
            seen=form.cleaned_data["seen"],
        ),
        current=lambda: _rule_now(request, event_id, activity, rule),
        done=lambda _rule: _back(request, view.activity, "rules", _("The rule is saved.")),
        template="seating/rule.html",
        context=lambda: {**page(request, view, "setup"), "kind": KINDS[shown.kind], "rule": shown},
    )


@require_POST
@member_page(Permission.SEATING_CHANGE)
def remove_rule(
    request: MemberRequest, event_id: UUID, rule: UUID, activity: UUID | None = None
) -> HttpResponse:
    room_of = load_activity(request.member, event_id, activity)
    rules.remove_rule(actor=request.member, activity=room_of, rule_id=rule)
    return _back(request, room_of, "rules", _("The rule is removed."))


@require_POST
@member_page(Permission.SEATING_CHANGE)
def party(
    request: MemberRequest, event_id: UUID, party: UUID, activity: UUID | None = None
) -> HttpResponse:
    """Allow a party to be split (`split=1` in the form), or keep it together again."""
    room_of = load_activity(request.member, event_id, activity)
    split = request.POST.get("split") == "1"
    moves.set_party_split(actor=request.member, activity=room_of, party_id=party, split=split)
    return _back(request, room_of, "parties")


def _rule_now(
    request: MemberRequest, event_id: UUID, activity: UUID | None, rule: UUID
) -> RuleForm:
    view = plans.load(request.member, event_id, activity)
    return RuleForm.of(view.words.rules[rule], view)


def _setup(request: MemberRequest, view: View) -> dict[str, Any]:
    journal.record(Action.SEATING_VIEW, event_id=view.activity.event_id, guests=len(view.coming))
    asked = set(request.GET.get("remove", "").split(","))
    rows = _tables(view)
    return {
        **page(request, view, "setup"),
        "tables": rows,
        "removing": [row for row in rows if str(row.table.pk) in asked],
        "rules": _rules(view),
        "kinds": KINDS.values(),
        "parties": _parties(view),
        "seats": view.seats,
        "missing": max(0, len(view.coming) - view.seats),
    }


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
        where = (
            view.words.tables(
                (t for t in view.floor.tables if t in at), _("%(names)s and %(last)s")
            )
            if at
            else ""
        )
        rows.append(PartyRow(party, names, len(members), party in split, where))
    return sorted(rows, key=lambda row: not row.is_split)


def _ids(request: MemberRequest, name: str) -> list[UUID]:
    try:
        return [UUID(text) for text in request.POST.getlist(name)]
    except ValueError as error:
        raise Http404 from error


def _back(
    request: MemberRequest, activity: Activity, anchor: str = "tables", sentence: str = ""
) -> HttpResponse:
    """Go to a part of the set-up page, with a sentence on what was done."""
    if sentence:
        messages.success(request, sentence)
    return redirect(f"{address(activity, 'setup')}#{anchor}")
