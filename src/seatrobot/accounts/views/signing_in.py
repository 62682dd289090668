"""Signing in and out."""

from __future__ import annotations

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse

from seatrobot.accounts import limits, sign_ins
from seatrobot.accounts.forms import SignInForm
from seatrobot.accounts.models import Account
from seatrobot.accounts.pages import too_many_tries
from seatrobot.accounts.sign_in_log.kinds import Reason
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor

SCOPE = "sign-in"


class SignIn(LoginView):
    """Django's own, with counted tries and the journal in the same transaction as the session."""

    authentication_form = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

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
        with acting(Actor.member(account.pk)):
            answer = super().form_valid(form)
        limits.clear(self.by_person)
        limits.give_back(self.by_ip)
        limits.remember_device(answer, self.request, form.cleaned_data["username"])
        return answer

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        sign_ins.refused(self.request, self.request.POST.get("username", ""))
        return super().form_invalid(form)


class SignOut(LogoutView):
    """Django's own; POST only."""

    next_page = "accounts:sign-in"
