"""Tables, rules and parties: load and authorise, parse, call one service, render."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.events.loaders import load_event
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.seating import state
from seatrobot.seating.errors import NotInEvent, Occupied, Refused
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.forms import QuickForm, RuleForm, TableForm
from seatrobot.seating.models import Rule
from seatrobot.seating.overview import KINDS, parties, rules_of, tables_of
from seatrobot.seating.services import places, rules, tables
from seatrobot.seating.views.plan import page

UNPROCESSABLE = 422


@require_safe
@member_page(Permission.SEATING_VIEW)
def setup(request: MemberRequest, event: UUID) -> HttpResponse:
    return _setup(request, event, QuickForm())


@require_POST
@member_page(Permission.SEATING_CHANGE)
def add_tables(request: MemberRequest, event: UUID) -> HttpResponse:
    load_event(request.member, event)
    form = QuickForm(request.POST)
    if not form.is_valid():
        return _setup(request, event, form)
    count = form.cleaned_data["count"]
    try:
        tables.add_tables(actor=request.member, event_id=event, count=count, facts=form.facts())
    except Refused as error:
        form.add_error(None, str(error))
        return _setup(request, event, form)
    sentence = ngettext("%(count)s table is added.", "%(count)s tables are added.", count)
    messages.success(request, sentence % {"count": count})
    return _back(request, event)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.SEATING_CHANGE)
def table(request: MemberRequest, event: UUID, table: UUID) -> HttpResponse:
    row = load_event(request.member, event)
    view = state.load(request.member, event)
    shown = view.floor.tables.get(table)
    if shown is None:
        raise Http404
    form = TableForm(request.POST) if request.method == "POST" else TableForm.of(shown)
    if form.is_bound and form.is_valid():
        try:
            tables.change_table(
                actor=request.member, event_id=event, table_id=table, facts=form.facts()
            )
        except Refused as error:
            form.add_error("seats", str(error))
        else:
            messages.success(request, _("The table is saved."))
            return _back(request, event)
    if not form.is_bound:
        journal.record(Action.SEATING_VIEW, event=event, subject=table)
    seated = len(view.floor.at(table))
    context = {
        **page(request, row, view, "setup"),
        "form": form,
        "table": shown,
        "at_table": seated,
    }
    return render(request, "seating/table.html", context, status=_status(form))


@require_POST
@member_page(Permission.SEATING_CHANGE)
def remove_tables(request: MemberRequest, event: UUID) -> HttpResponse:
    """Remove the tables named in the form; with `unseat` also those with people at them."""
    load_event(request.member, event)
    chosen = _ids(request, "table")
    try:
        tables.remove_tables(
            actor=request.member,
            event_id=event,
            table_ids=chosen,
            unseat="unseat" in request.POST,
        )
    except NotInEvent as error:
        raise Http404 from error
    except Occupied as error:
        messages.error(request, str(error))
        return redirect(f"{_url(request, event)}?remove={','.join(map(str, chosen))}")
    sentence = ngettext("%(count)s table is removed.", "%(count)s tables are removed.", len(chosen))
    messages.success(request, sentence % {"count": len(chosen)})
    return _back(request, event)


@require_POST
@member_page(Permission.SEATING_CHANGE)
def renumber(request: MemberRequest, event: UUID) -> HttpResponse:
    load_event(request.member, event)
    tables.renumber(actor=request.member, event_id=event)
    messages.success(request, _("The tables are numbered row by row."))
    return _back(request, event)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.SEATING_CHANGE)
def new_rule(request: MemberRequest, event: UUID, kind: str) -> HttpResponse:
    if kind not in Rule.Kind.values:
        raise Http404
    row = load_event(request.member, event)
    view = state.load(request.member, event)
    form = RuleForm(request.POST or None, kind=kind, view=view)
    if form.is_bound and form.is_valid():
        try:
            rules.add_rule(actor=request.member, event_id=event, facts=form.facts())
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The rule is added."))
            return _back(request, event, "rules")
    if not form.is_bound:
        journal.record(Action.SEATING_VIEW, event=event, guests=len(view.people))
    context = {**page(request, row, view, "setup"), "form": form, "kind": KINDS[kind]}
    return render(request, "seating/rule.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.SEATING_CHANGE)
def rule(request: MemberRequest, event: UUID, rule: UUID) -> HttpResponse:
    row = load_event(request.member, event)
    view = state.load(request.member, event)
    shown = next((r for r in view.rules if r.pk == rule), None)
    if shown is None:
        raise Http404
    form = (
        RuleForm(request.POST, kind=shown.kind, view=view)
        if request.method == "POST"
        else RuleForm.of(shown, view)
    )
    if form.is_bound and form.is_valid():
        try:
            rules.change_rule(
                actor=request.member, event_id=event, rule_id=rule, facts=form.facts()
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The rule is saved."))
            return _back(request, event, "rules")
    if not form.is_bound:
        journal.record(Action.SEATING_VIEW, event=event, subject=rule)
    context = {
        **page(request, row, view, "setup"),
        "form": form,
        "kind": KINDS[shown.kind],
        "rule": shown,
    }
    return render(request, "seating/rule.html", context, status=_status(form))


@require_POST
@member_page(Permission.SEATING_CHANGE)
def remove_rule(request: MemberRequest, event: UUID, rule: UUID) -> HttpResponse:
    load_event(request.member, event)
    try:
        rules.remove_rule(actor=request.member, event_id=event, rule_id=rule)
    except NotInEvent as error:
        raise Http404 from error
    messages.success(request, _("The rule is removed."))
    return _back(request, event, "rules")


@require_POST
@member_page(Permission.SEATING_CHANGE)
def party(request: MemberRequest, event: UUID, party: UUID) -> HttpResponse:
    """Allow a party to be split (`split=1` in the form), or keep it together again."""
    load_event(request.member, event)
    split = request.POST.get("split") == "1"
    try:
        places.set_party_split(actor=request.member, event_id=event, party_id=party, split=split)
    except NotInEvent as error:
        raise Http404 from error
    return _back(request, event, "parties")


def _setup(request: MemberRequest, event: UUID, form: QuickForm) -> HttpResponse:
    row = load_event(request.member, event)
    view = state.load(request.member, event)
    journal.record(Action.SEATING_VIEW, event=event, guests=len(view.people))
    asked = set(request.GET.get("remove", "").split(","))
    context: dict[str, Any] = {
        **page(request, row, view, "setup"),
        "form": form,
        "tables": tables_of(view),
        "removing": [t for t in tables_of(view) if str(t.table.pk) in asked],
        "rules": rules_of(view),
        "kinds": KINDS.values(),
        "parties": parties(view),
        "seats": view.seats,
        "missing": max(0, len(view.people) - view.seats),
    }
    return render(request, "seating/setup.html", context, status=_status(form))


def _ids(request: MemberRequest, name: str) -> list[UUID]:
    try:
        return [UUID(text) for text in request.POST.getlist(name)]
    except ValueError as error:
        raise Http404 from error


def _url(request: MemberRequest, event: UUID) -> str:
    return reverse("seating:setup", args=[request.member.organization_id, event])


def _back(request: MemberRequest, event: UUID, anchor: str = "tables") -> HttpResponse:
    return redirect(f"{_url(request, event)}#{anchor}")


def _status(form: Form) -> int:
    return UNPROCESSABLE if form.is_bound else 200
