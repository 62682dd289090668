"""The set-up page of the first run."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from seatrobot.accounts.models import Account
from seatrobot.accounts.pages import dead_link
from seatrobot.accounts.services import AddressTaken, BadPassword
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.accounts.signing_in.flow import begin_session_by_link
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
        return dead_link(request, Method.SET_UP_LINK, "organizations/set_up_link_dead.html")
    except (AddressTaken, BadPassword) as error:
        form.add_error(error.field, error.sentence)
    else:
        return _begin(request, owner)
    return render(request, "organizations/set_up.html", {"form": form})


def _begin(request: HttpRequest, owner: Account) -> HttpResponse:
    begin_session_by_link(request, owner, Method.SET_UP_LINK)
    messages.success(request, _("Everything is ready. Create your first event."))
    return redirect("organizations:choose")
