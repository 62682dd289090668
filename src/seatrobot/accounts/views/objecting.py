"""The link with which a person objects to a reset of their factors."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from seatrobot.accounts.factors import resets
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor

GONE = 410


@require_http_methods(["GET", "HEAD", "POST"])
def object_to_reset(request: HttpRequest, token: str) -> HttpResponse:
    """Ask with GET, cancel with POST: a mail scanner that follows links cancels nothing."""
    pending = resets.by_token(token)
    if pending is None:
        return render(request, "accounts/factors/reset_over.html", status=GONE)
    if request.method != "POST":
        return render(request, "accounts/factors/object.html", {"due": pending.due_at})
    with acting(Actor.member(pending.account_id)):
        resets.cancel(pending.account)
    messages.success(request, _("The reset is cancelled: your ways to sign in stay."))
    return redirect("accounts:sign-in")
