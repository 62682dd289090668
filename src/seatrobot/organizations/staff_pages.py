"""The organizations of the instance in the staff area: who there is, and a link for one more.

Staff open no organization's keyring, so there are identifiers and dates and no names.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from seatrobot.accounts.assurance import fresh_sign_in_required
from seatrobot.accounts.pages import StaffRequest, staff_page
from seatrobot.kernel.ids import moment_of
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations import setup
from seatrobot.organizations.feature import Action


@require_safe
@staff_page
def organizations(request: StaffRequest) -> HttpResponse:
    return _page(request)


@require_POST
@staff_page
@fresh_sign_in_required
def add(request: StaffRequest) -> HttpResponse:
    """Show a new link, once: only its hash is stored."""
    return _page(request, link=f"{settings.BASE_URL}{setup.further_link()}")


def _page(request: StaffRequest, link: str = "") -> HttpResponse:
    journal.record(Action.ORGANIZATION_LIST)
    rows = [{"id": pk, "since": moment_of(pk)} for pk in vault.organizations()]
    context = {"organizations": rows, "link": link}
    return render(request, "organizations/staff_organizations.html", context)


app_name = "staff-organizations"
urlpatterns = [
    path("", organizations, name="list"),
    path("add/", add, name="add"),
]
