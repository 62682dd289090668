"""The organizations of the instance in the staff area: who there is, and a link for one more.

Staff open no organization's keyring, so there are identifiers and dates and no names.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from seatrobot.accounts.assurance import fresh_sign_in_required
from seatrobot.accounts.pages import StaffRequest, staff_page
from seatrobot.kernel.examined import made_for_examinations
from seatrobot.kernel.ids import moment_of
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations import setup
from seatrobot.organizations.feature import Action

LONGEST_NUMBER = 60
NO_DIGIT = re.compile(r"[^0-9a-f]")


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
    number = request.GET.get("number", "")[:LONGEST_NUMBER]
    told = NO_DIGIT.sub("", number.lower())
    examined = made_for_examinations()
    rows = [
        {"id": pk, "since": moment_of(pk), "is_examined": pk in examined}
        for pk in vault.organizations()
        if pk.hex.startswith(told)
    ]
    context = {
        "organizations": sorted(rows, key=lambda row: row["is_examined"]),
        "number": number,
        "link": link,
    }
    return render(request, "organizations/staff_organizations.html", context)


app_name = "staff-organizations"
urlpatterns = [
    path("", organizations, name="list"),
    path("add/", add, name="add"),
]
