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
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.answers import form_page
from seatrobot.organizations import setup
from seatrobot.organizations.forms import SettingsForm, SetUpForm


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@counts_dead_links(Method.SET_UP_LINK)
def set_up(request: HttpRequest, token: str) -> HttpResponse:
    setup.check(token)
    if isinstance(request.user, Account):
        return _set_up_signed_in(request, request.user, token)
    form = SetUpForm(request.POST or None)
    return form_page(
        request,
        form,
        act=lambda: setup.set_up(token, **form.cleaned_data),
        done=lambda owner: _begin(request, owner),
        template="organizations/set_up.html",
        context=lambda: {"has_members": setup.has_members()},
    )


def _set_up_signed_in(request: HttpRequest, owner: Account, token: str) -> HttpResponse:
    """Set up one more organization for somebody who has an account."""
    form = SettingsForm(request.POST or None)
    with acting(Actor.member(owner.pk)):
        return form_page(
            request,
            form,
            act=lambda: setup.set_up_as(token, organization=form.cleaned_data["name"], owner=owner),
            done=lambda member: redirect("organizations:enter", member.organization_id),
            template="organizations/set_up.html",
            context=lambda: {"account": owner.sealed},
        )


def _begin(request: HttpRequest, owner: Account) -> HttpResponse:
    begin_session_by_link(request, owner, Method.SET_UP_LINK)
    messages.success(request, _("Everything is ready. Create your first event."))
    return redirect("organizations:choose")
