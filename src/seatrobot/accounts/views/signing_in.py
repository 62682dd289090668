"""Signing in and out."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from seatrobot.accounts import entering, limits, sign_ins
from seatrobot.accounts.factors import relying_party, services
from seatrobot.accounts.forms import SignInForm
from seatrobot.accounts.models import Account
from seatrobot.accounts.pages import too_many_tries
from seatrobot.accounts.sign_in_log.kinds import Method, Reason

SCOPE = "sign-in"


class SignIn(LoginView):
    """Django's own, with counted tries, and a second step for whoever has one."""

    authentication_form = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(passkey_origin=relying_party.origin(), **context)

    def post(self, request: HttpRequest, *_args: str, **_kwargs: object) -> HttpResponse:
        address = request.POST.get("username", "").strip()
        self.by_person = limits.per_person(SCOPE, request, address)
        self.by_ip = limits.per_ip(SCOPE, request)
        if wait := limits.take(self.by_person, self.by_ip):
            sign_ins.refused(request, address, Reason.TOO_MANY_TRIES)
            return too_many_tries(request, wait)
        return super().post(request)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        account = form.get_user()
        assert isinstance(account, Account)
        limits.clear(self.by_person)
        limits.give_back(self.by_ip)
        if services.enrolled(account.pk).any:
            entering.wait_for_second_step(self.request, account)
            return redirect(_second_step(self.get_redirect_url()))
        entering.enter(self.request, account, [Method.PASSWORD])
        answer = redirect(self.get_success_url())
        limits.remember_device(answer, self.request, form.cleaned_data["username"])
        return answer

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        sign_ins.refused(self.request, self.request.POST.get("username", ""))
        return super().form_invalid(form)


def _second_step(following: str) -> str:
    page = reverse("accounts:second-step")
    return f"{page}?{urlencode({'next': following})}" if following else page


class SignOut(LogoutView):
    """Django's own; POST only."""

    next_page = "accounts:sign-in"
