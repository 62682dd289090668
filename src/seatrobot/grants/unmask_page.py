"""The page of a visit that no member has: one masked field, shown once."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST

from seatrobot.grants import unmasking
from seatrobot.grants.feature import Permission
from seatrobot.kernel.answers import came_from
from seatrobot.organizations.pages import MemberRequest, member_page, visit_of

LONGEST_NAME = 60


@require_POST
@member_page(Permission.FIELD_UNMASK)
def unmask(request: MemberRequest) -> HttpResponse:
    """Show one field of one person, in place of its mask or on a page of its own."""
    if visit_of(request) is None:
        raise Http404
    try:
        pk = UUID(request.POST.get("person", ""))
    except ValueError as error:
        raise Http404 from error
    label, value = unmasking.reveal(
        actor=request.member,
        kind=request.POST.get("kind", ""),
        pk=pk,
        name=request.POST.get("field", "")[:LONGEST_NAME],
    )
    context = {"label": label, "value": value, "back": came_from(request)}
    is_fragment = "HX-Request" in request.headers
    template = "grants/unmasked_value.html" if is_fragment else "grants/unmasked.html"
    return render(request, template, context)


app_name = "visits"
urlpatterns = [path("unmask/", unmask, name="unmask")]
