"""The start of the staff area, and the platform's own sign-in log."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from seatrobot.accounts import own_page
from seatrobot.accounts.feature import Action
from seatrobot.accounts.pages import page_mark, session_of
from seatrobot.accounts.staff import people, platform_log
from seatrobot.accounts.staff.pages import StaffRequest, staff_page
from seatrobot.accounts.staff.sessions import StaffSessionStore
from seatrobot.kernel.journal import services as journal

SHOWN_AT_HOME = 10


@require_safe
@staff_page
def home(request: StaffRequest) -> HttpResponse:
    journal.record(Action.STAFF_LIST)
    journal.record(Action.STAFF_SIGN_INS_VIEW)
    attempts, older_attempts = platform_log.page(None, SHOWN_AT_HOME)
    own, older_own = own_page.sign_ins(request.staff, page_mark(request))
    mine = session_of(request)
    context = {
        "people": people.lines(),
        "sessions": own_page.sessions(request.staff, mine, StaffSessionStore),
        "own_sign_ins": own,
        "older_own": older_own,
        "attempts": attempts,
        "more_attempts": older_attempts is not None,
    }
    return render(request, "staff/home.html", context)


@require_safe
@staff_page
def sign_ins(request: StaffRequest) -> HttpResponse:
    """Show attempts for addresses nobody has, and of staff, page by page."""
    before = page_mark(request)
    journal.record(Action.STAFF_SIGN_INS_VIEW, continued=before is not None)
    attempts, older = platform_log.page(before)
    context = {"attempts": attempts, "older": older, "is_first": before is None}
    return render(request, "staff/sign_ins.html", context)
