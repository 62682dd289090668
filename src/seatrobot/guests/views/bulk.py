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

from seatrobot.events.loaders import load_event
from seatrobot.events.models import Event
from seatrobot.guests.directory import open_list
from seatrobot.guests.feature import Permission
from seatrobot.guests.listing import Listing
from seatrobot.guests.records import LONGEST_TAG
from seatrobot.guests.services import bulk
from seatrobot.guests.statuses import STATUSES
from seatrobot.organizations.members import Member
from seatrobot.organizations.pages import MemberRequest, member_page


@require_POST
@member_page(Permission.GUEST_CHANGE)
def change_many(request: MemberRequest, event: UUID) -> HttpResponse:
    row = load_event(request.member, event)
    listing = Listing.read(QueryDict(request.POST.get("query", "")))
    ids = _chosen(request, event, listing)
    if ids:
        sentence = _do(request.member, row, ids, request.POST)
        messages.success(request, sentence)
    else:
        messages.warning(request, _("Nobody was selected, so nothing was changed."))
    back = reverse("guests:list", args=[row.organization_id, event])
    return redirect(f"{back}?{query}" if (query := listing.query()) else back)


def _chosen(request: MemberRequest, event: UUID, listing: Listing) -> list[UUID]:
    if request.POST.get("all"):
        return [guest.id for guest in listing.guests(open_list(request.member, event))]
    return [UUID(text) for text in request.POST.getlist("guest") if _is_uuid(text)]


def _do(member: Member, event: Event, ids: list[UUID], said: QueryDict) -> str:
    """Do what the button says; return the sentence that tells it."""
    what = said.get("do", "")
    if what == "status" and (status := STATUSES.get(said.get("status", ""))):
        count = bulk.set_status(actor=member, event=event, ids=ids, status=status)
        return ngettext(
            "%(count)s guest is now %(status)s.", "%(count)s guests are now %(status)s.", count
        ) % {"count": count, "status": status.label}
    if what == "remove":
        count = bulk.remove(actor=member, event=event, ids=ids)
        return ngettext("%(count)s guest is removed.", "%(count)s guests are removed.", count) % {
            "count": count
        }
    return _tag(member, event, ids, what, said.get("tag", "").strip())


def _tag(member: Member, event: Event, ids: list[UUID], what: str, tag: str) -> str:
    try:
        if what == "tag":
            count = bulk.add_tag(actor=member, event=event, ids=ids, tag=tag)
            return ngettext(
                "%(count)s guest got the tag “%(tag)s”.",
                "%(count)s guests got the tag “%(tag)s”.",
                count,
            ) % {"count": count, "tag": tag}
        if what == "untag" and tag:
            count = bulk.remove_tag(actor=member, event=event, ids=ids, tag=tag)
            return ngettext(
                "%(count)s guest lost the tag “%(tag)s”.",
                "%(count)s guests lost the tag “%(tag)s”.",
                count,
            ) % {"count": count, "tag": tag}
    except bulk.WrongTag:
        return _("Type a tag of 1 to %(most)s characters; nothing was changed.") % {
            "most": LONGEST_TAG
        }
    return _("Nothing was changed; choose what to do first.")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
