"""One's own sessions: end one, or all but this one."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from seatrobot.accounts import services
from seatrobot.accounts.pages import session_of
from seatrobot.accounts.staff.pages import StaffRequest, fresh_passkey_required, staff_page


@require_POST
@staff_page
@fresh_passkey_required
def end_session(request: StaffRequest, session: UUID) -> HttpResponse:
    if not services.end_session(account=request.staff, session_id=session):
        raise Http404
    messages.success(request, _("The session has ended."))
    return redirect("staff:home")


@require_POST
@staff_page
@fresh_passkey_required
def end_other_sessions(request: StaffRequest) -> HttpResponse:
    ended = services.end_other_sessions(account=request.staff, keep=session_of(request))
    text = ngettext("%d session has ended.", "%d sessions have ended.", ended) % ended
    messages.success(request, text)
    return redirect("staff:home")
