"""The set-up page of the first run."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from seatrobot.accounts import assurance
from seatrobot.accounts.models import Account
from seatrobot.accounts.services import AddressTaken, BadPassword
from seatrobot.accounts.sign_in_log import services as sign_in_log
from seatrobot.accounts.sign_in_log.kinds import Method, Outcome, Reason
from seatrobot.accounts.staff.people import why_taken
from seatrobot.organizations import setup
from seatrobot.organizations.errors import LinkDead
from seatrobot.organizations.forms import SetUpForm


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest, token: str) -> HttpResponse:
    form = SetUpForm(request.POST or None)
    try:
        setup.check(token)
        if not form.is_valid():
            return render(request, "organizations/set_up.html", {"form": form})
        owner = setup.set_up(token, **form.cleaned_data)
    except LinkDead:
        sign_in_log.record(
            request,
            account=None,
            method=Method.SET_UP_LINK,
            outcome=Outcome.FAILURE,
            reason=Reason.DEAD_LINK,
        )
        return render(request, "organizations/set_up_link_dead.html", status=410)
    except AddressTaken:
        form.add_error("email", why_taken(form.cleaned_data["email"]))
    except BadPassword as error:
        form.add_error("password", error)
    else:
        return _begin(request, owner)
    return render(request, "organizations/set_up.html", {"form": form})


def _begin(request: HttpRequest, owner: Account) -> HttpResponse:
    sign_in_log.via(request, Method.SET_UP_LINK)
    login(request, owner)
    assurance.begin(request, Method.PASSWORD)
    messages.success(request, _("Everything is ready. Create your first event."))
    return redirect("organizations:choose")
