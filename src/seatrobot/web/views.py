"""Redirect to the start page, and answer health checks."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from seatrobot.kernel.routes import Audience, open_to
from seatrobot.organizations import setup


@open_to(Audience.EVERYBODY)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("organizations:choose")
    if not setup.has_members():
        return render(request, "not_set_up.html")
    return redirect("accounts:sign-in")


@open_to(Audience.EVERYBODY)
@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when the web reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")
