"""The set-up page of the first run."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from seatrobot.accounts.models import Account
from seatrobot.accounts.pages import counts_dead_links
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.accounts.signing_in.flow import begin_session_by_link
from seatrobot.kernel.answers import form_page
from seatrobot.organizations import setup
from seatrobot.organizations.forms import SetUpForm


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@counts_dead_links(Method.SET_UP_LINK)
def set_up(request: HttpRequest, token: str) -> HttpResponse:
    setup.check(token)
    form = SetUpForm(request.POST or None)
    return form_page(
        request,
        form,
        act=lambda: setup.set_up(token, **form.cleaned_data),
        done=lambda owner: _begin(request, owner),
        template="organizations/set_up.html",
    )


def _begin(request: HttpRequest, owner: Account) -> HttpResponse:
    begin_session_by_link(request, owner, Method.SET_UP_LINK)
    messages.success(request, _("Everything is ready. Create your first event."))
    return redirect("organizations:choose")
