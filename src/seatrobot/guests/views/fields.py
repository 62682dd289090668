"""The columns of a guest list: listed, added, changed, moved, removed."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from seatrobot.events.models import Event, Field
from seatrobot.events.reading import load_event
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.forms import FieldForm
from seatrobot.guests.guest_list import GuestList, open_list
from seatrobot.guests.reading import field_versions, load_field
from seatrobot.guests.services import fields
from seatrobot.guests.views.lists import frame
from seatrobot.kernel.answers import attempt, form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.pages import MemberRequest, member_page

UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.GUEST_CHANGE)
def columns(request: MemberRequest, event_id: UUID) -> HttpResponse:
    """List the columns, and add one."""
    event = load_event(request.member, event_id)
    form = FieldForm(request.POST or None)

    def act() -> Field:
        return fields.add(
            actor=request.member,
            event=event,
            facts=form.facts,
            field_id=form.cleaned_data["field_id"],
        )

    def done(field: Field) -> HttpResponse:
        said = _("The list has the column “%(name)s” now.") % {"name": field.sealed.label}
        messages.success(request, said)
        return redirect("guests:columns", event.organization_id, event_id)

    if request.method != "POST":
        journal.record(Action.FIELD_LIST, event_id=event_id)
    return form_page(
        request,
        form,
        act=act,
        done=done,
        template="guests/columns.html",
        context=lambda: _context(request, event),
    )


@require_POST
@member_page(Permission.GUEST_CHANGE)
def column(request: MemberRequest, event_id: UUID, field: UUID) -> HttpResponse:
    """Change a column, move it, or remove it with its answers."""
    event = load_event(request.member, event_id)
    load_field(request.member, event_id, field)
    what = request.POST.get("do")
    if what in {"up", "down"}:
        fields.move(actor=request.member, event=event, field_id=field, up=what == "up")
        return redirect("guests:columns", event.organization_id, event_id)
    if what == "remove":
        lost = fields.remove(actor=request.member, event=event, field_id=field)
        said = ngettext(
            "The column is removed with %(count)s answer.",
            "The column is removed with %(count)s answers.",
            lost,
        )
        messages.success(request, said % {"count": lost})
        return redirect("guests:columns", event.organization_id, event_id)
    return _change(request, event, field)


def _change(request: MemberRequest, event: Event, field_id: UUID) -> HttpResponse:
    opened = open_list(request.member, event.pk).fields_by_id.get(field_id)
    if opened is None:
        raise Http404
    form = FieldForm(request.POST, field=opened)

    def act() -> int:
        return fields.change(
            actor=request.member,
            event=event,
            field_id=field_id,
            facts=form.facts,
            seen=form.cleaned_data["seen"],
        )

    def current() -> FieldForm:
        now = open_list(request.member, event.pk).fields_by_id[field_id]
        return FieldForm(field=now, seen=field_versions(event.pk)[field_id])

    if form.is_valid() and attempt(form, act, current=current):
        messages.success(request, _("The column is saved."))
        return redirect("guests:columns", event.organization_id, event.pk)
    context = _context(request, event, form, field_id) | {"form": FieldForm()}
    return render(request, "guests/columns.html", context, status=UNPROCESSABLE)


def _context(
    request: MemberRequest,
    event: Event,
    refused: FieldForm | None = None,
    field_id: UUID | None = None,
) -> dict[str, Any]:
    guest_list = open_list(request.member, event.pk)
    answered, versions = _answered(guest_list), field_versions(event.pk)
    rows = []
    for field in guest_list.fields:
        is_open = field.id == field_id and refused is not None
        form = refused if is_open else FieldForm(field=field, seen=versions[field.id])
        rows.append(
            {
                "field": field,
                "type": Field.Type(field.type).label,
                "answers": answered[field.id],
                "form": form,
                "is_open": is_open,
            }
        )
    return {**frame(request, event), "rows": rows}


def _answered(guest_list: GuestList) -> Counter[UUID]:
    return Counter(
        field_id for guest in guest_list.guests.values() for field_id in guest.record.answers
    )
