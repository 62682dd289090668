"""Contacts become guests of an event."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from seatrobot.contacts.feature import Permission as ContactPermission
from seatrobot.contacts.views import chosen
from seatrobot.events.reading import load_event
from seatrobot.guests.services import contacts
from seatrobot.kernel import acting
from seatrobot.kernel.ids import is_uuid
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.pages import MemberRequest, member_page


@require_POST
@member_page(ContactPermission.CONTACT_VIEW)
def invite(request: MemberRequest) -> HttpResponse:
    """Put the contacts that are selected on the list of the event that is chosen."""
    organization = request.member.organization_id
    event_id = request.POST.get("event", "")
    ids = chosen(request.member, request.POST)
    if not is_uuid(event_id) or not ids:
        messages.warning(request, _("Nobody was selected, so nothing was changed."))
        return redirect("contacts:list", organization)
    event = load_event(request.member, UUID(event_id))
    try:
        with acting.savepoint():
            done = contacts.invite(actor=request.member, event=event, contact_ids=ids)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("contacts:list", organization)
    added = ngettext(
        "%(count)s contact is on the list of %(event)s now, without an answer yet.",
        "%(count)s contacts are on the list of %(event)s now, without an answer yet.",
        done.added,
    ) % {"count": done.added, "event": event.title}
    messages.success(request, added)
    if done.already:
        there = ngettext(
            "%(count)s was on it already.", "%(count)s were on it already.", done.already
        )
        messages.info(request, there % {"count": done.already})
    return redirect("guests:list", organization, event.pk)
