"""Many guests at once: the rows that were ticked, or everybody the filter finds."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from seatrobot.events.models import Event
from seatrobot.events.reading import load_event
from seatrobot.guests.feature import Permission
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.places import rooms_of
from seatrobot.guests.searching import Listing
from seatrobot.guests.services import bulk
from seatrobot.guests.statuses import REPLY_CHOICES
from seatrobot.kernel import acting
from seatrobot.kernel.ids import is_uuid
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.pages import MemberRequest, member_page


@require_POST
@member_page(Permission.GUEST_CHANGE)
def change_many(request: MemberRequest, event_id: UUID) -> HttpResponse:
    event = load_event(request.member, event_id)
    listing = Listing.read(QueryDict(request.POST.get("query", "")))
    ids = _chosen(request, event_id, listing)
    if ids:
        try:
            with acting.savepoint():
                sentence = _do(request.member, event, ids, request.POST)
            messages.success(request, sentence)
        except Refused as refusal:
            messages.error(request, refusal.sentence)
    else:
        messages.warning(request, _("Nobody was selected, so nothing was changed."))
    back = reverse("guests:list", args=[event.organization_id, event_id])
    return redirect(f"{back}?{query}" if (query := listing.query()) else back)


def _chosen(request: MemberRequest, event_id: UUID, listing: Listing) -> list[UUID]:
    if request.POST.get("all"):
        rooms = rooms_of(request.member, event_id)
        guest_list = open_list(request.member, event_id).seated_in(rooms)
        return [guest.id for guest in listing.guests(guest_list)]
    return [UUID(text) for text in request.POST.getlist("guest") if is_uuid(text)]


def _do(principal: Principal, event: Event, ids: list[UUID], posted: QueryDict) -> str:
    """Do what the button says; return the sentence that tells it."""
    what, overbook = posted.get("do", ""), bool(posted.get("overbook"))
    tag = posted.get("tag", "").strip()
    if what == "reply" and (word := posted.get("reply", "")) in dict(REPLY_CHOICES):
        count = bulk.set_reply(actor=principal, event=event, ids=ids, reply=word, overbook=overbook)
        return ngettext(
            "%(count)s guest has the reply %(reply)s now.",
            "%(count)s guests have the reply %(reply)s now.",
            count,
        ) % {"count": count, "reply": dict(REPLY_CHOICES)[word]}
    if what == "check-in":
        count = bulk.check_in(actor=principal, event=event, ids=ids, overbook=overbook)
        return ngettext("%(count)s guest has arrived.", "%(count)s guests have arrived.", count) % {
            "count": count
        }
    if what == "take-back":
        count = bulk.take_back(actor=principal, event=event, ids=ids)
        return ngettext(
            "%(count)s check-in is undone.", "%(count)s check-ins are undone.", count
        ) % {"count": count}
    if what == "remove":
        count = bulk.remove(actor=principal, event=event, ids=ids)
        return ngettext("%(count)s guest is removed.", "%(count)s guests are removed.", count) % {
            "count": count
        }
    if what == "tag":
        count = bulk.add_tag(actor=principal, event=event, ids=ids, tag=tag)
        return ngettext(
            "%(count)s guest got the tag “%(tag)s”.",
            "%(count)s guests got the tag “%(tag)s”.",
            count,
        ) % {"count": count, "tag": tag}
    if what == "untag" and tag:
        count = bulk.remove_tag(actor=principal, event=event, ids=ids, tag=tag)
        return ngettext(
            "%(count)s guest lost the tag “%(tag)s”.",
            "%(count)s guests lost the tag “%(tag)s”.",
            count,
        ) % {"count": count, "tag": tag}
    raise Refused(_("Nothing was changed; choose what to do first."))
