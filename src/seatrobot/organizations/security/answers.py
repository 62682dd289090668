"""What somebody sees who does not meet a demand: a page that leads on, or one JSON problem.

It names no organization: whoever does not meet its demands learns nothing of it.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from seatrobot.accounts.factors.services import Enrolled, enrolled
from seatrobot.kernel.answers import by_script, problem
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.feature import Action
from seatrobot.organizations.members import Member
from seatrobot.organizations.security.demands import Demand

ENDS_SESSION = {Demand.SIGNED_OUT, Demand.SESSION_TOO_LONG, Demand.SESSION_IDLE}


def unmet(request: HttpRequest, member: Member, demand: Demand) -> HttpResponse:
    """Answer instead of the view: 401 where signing in again helps, else 403."""
    text = sentence(demand, request)
    journal.record(Action.SECURITY_REFUSE, lacking=str(demand))
    if demand in ENDS_SESSION:
        return _sign_in_again(request, text)
    if by_script(request):
        return problem(403, text)
    assert member.account_id is not None
    has = enrolled(member.account_id)
    context = {"demand": demand, "said": text} | _way_on(request, demand, has)
    return render(request, "organizations/demand.html", context, status=403)


def sentence(demand: Demand, request: HttpRequest) -> str:
    """Return what is asked, for the person."""
    texts = {
        Demand.NETWORK: _(
            "This organization can be reached only from its own networks, and %(address)s is in"
            " none of them."
        ),
        Demand.SIGNED_OUT: _(
            "An administrator of this organization signed you out. Sign in again."
        ),
        Demand.SESSION_TOO_LONG: _(
            "This organization ends sessions after some time. Sign in again."
        ),
        Demand.SESSION_IDLE: _(
            "This organization ends sessions that were not used for a while. Sign in again."
        ),
        Demand.SECOND_FACTOR: _("This organization asks for a second factor."),
        Demand.PASSKEY: _("This organization asks for a passkey."),
    }
    return texts[demand] % {"address": request.META["REMOTE_ADDR"]}


def _sign_in_again(request: HttpRequest, text: str) -> HttpResponse:
    logout(request)
    messages.warning(request, text)
    if by_script(request):
        answer = problem(401, text)
        answer["HX-Redirect"] = reverse("accounts:sign-in")
        return answer
    is_page = request.method in {"GET", "HEAD"}
    return redirect_to_login(request.get_full_path() if is_page else "/")


def _way_on(request: HttpRequest, demand: Demand, has: Enrolled) -> dict[str, object]:
    """Return where to go: to show a factor the person has, or to set one up."""
    if demand == Demand.NETWORK:
        return {}
    is_there = has.passkeys > 0 if demand == Demand.PASSKEY else has.any
    is_page = request.method in {"GET", "HEAD"}
    following = urlencode({"next": request.get_full_path() if is_page else "/"})
    place = reverse("accounts:confirm" if is_there else "accounts:factors")
    return {"is_enrolled": is_there, "url": f"{place}?{following}"}
