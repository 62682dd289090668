"""Signing in and out, and showing a factor again before a dangerous act."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from seatrobot.accounts import assurance, limits, unsent
from seatrobot.accounts.factors import services as factors
from seatrobot.accounts.factors import verification, webauthn
from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.factors.webauthn import Purpose
from seatrobot.accounts.feature import Action
from seatrobot.accounts.forms import LONGEST_TYPED, ConfirmForm, SignInForm
from seatrobot.accounts.models import Account
from seatrobot.accounts.pages import (
    account_of,
    account_page,
    area_of,
    next_page,
    signed_in,
    too_many_sign_ins,
    too_many_tries,
)
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.accounts.sign_in_log.recording import record_wrong_password
from seatrobot.accounts.signing_in import flow
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.routes import Audience, open_to
from seatrobot.normalizing import clean_line

SCOPE = "sign-in"
SECOND_STEP_SCOPE = "second-step"
PASSKEY_SCOPE = "passkey"


class SignIn(LoginView):
    """Django's own, with limited attempts, and a second step for accounts with a factor."""

    authentication_form = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        context |= {"passkey_origin": webauthn.origin(), "unsent": unsent.carried(self.request)}
        return super().get_context_data(**context)

    def dispatch(self, request: HttpRequest, *parts: str, **named: object) -> HttpResponseBase:
        text = unsent.carried(request)
        if text and request.user.is_authenticated:  # in another tab meanwhile
            return unsent.give_back(request, text)
        return super().dispatch(request, *parts, **named)

    def post(self, request: HttpRequest, *_args: str, **_kwargs: object) -> HttpResponse:
        address = clean_line(_typed(request).strip())  # as the form's field does
        self.by_person, *self.by_network = limits.per_guess(SCOPE, request, address)
        if wait := limits.count_attempt(self.by_person, *self.by_network):
            return too_many_sign_ins(request, wait, Method.PASSWORD)
        return super().post(request)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        account = form.get_user()
        assert isinstance(account, Account)
        limits.reset(self.by_person)
        for limit in self.by_network:
            limits.refund(limit)
        if factors.enrolled(account.pk).any:
            flow.begin_second_step(self.request, account)
            if unsent.carried(self.request):
                return _second_step_page(self.request, account)
            following = self.get_redirect_url()
            query = f"?{urlencode({'next': following})}" if following else ""
            return redirect(f"{reverse('accounts:second-step')}{query}")
        flow.begin_session(self.request, account, [Method.PASSWORD])
        answer = _go_on(self.request, self.get_success_url())
        limits.set_device_cookie(answer, self.request, form.cleaned_data["username"])
        return answer

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        record_wrong_password(self.request, _typed(self.request))
        answer = super().form_invalid(form)
        answer.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return answer


def _typed(request: HttpRequest) -> str:
    """Return the address that was typed, or its beginning: the form refuses a longer one unread."""
    return request.POST.get("username", "")[:LONGEST_TYPED]


class SignOut(LogoutView):
    """Django's own; POST only."""

    next_page = "accounts:sign-in"


@open_to(Audience.EVERYBODY)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for a passkey or a code after the right password."""
    account = flow.awaited_account(request)
    if account is None:
        messages.info(request, _("That took too long: sign in again."))
        return redirect("accounts:sign-in")
    if request.method != "POST":
        return _second_step_page(request, account)
    with acting(Actor.member(account.pk)):
        email = account.sealed.email
    limit = limits.per_person(SECOND_STEP_SCOPE, request, email)
    method = verification.method_of(request)
    if wait := limits.count_attempt(limit):
        return too_many_sign_ins(request, wait, method)
    try:
        with acting(Actor.member(account.pk)):
            verification.check(request, account, Purpose.SECOND_STEP)
    except FactorRefused as refusal:
        verification.log_refusal(request, account, method, refusal)
        return _second_step_page(request, account, refusal)
    limits.reset(limit)
    return _enter(request, account, email, [Method.PASSWORD, method])


@open_to(Audience.EVERYBODY)
@require_POST
def with_passkey(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey alone: it names its account and has verified its holder."""
    limit = limits.per_device_or_ip(PASSKEY_SCOPE, request)
    if wait := limits.count_attempt(limit):
        return too_many_sign_ins(request, wait, Method.PASSKEY)
    account = None
    try:
        account = webauthn.owner_of(request.POST.get("answer", ""), staff=False)
        with acting(Actor.member(account.pk)):
            verification.check(request, account, Purpose.SIGN_IN)
            email = account.sealed.email
    except FactorRefused as refusal:
        verification.log_refusal(request, account, Method.PASSKEY, refusal)
        context = {
            "form": SignInForm(),
            "passkey_error": refusal.sentence,
            "passkey_origin": webauthn.origin(),
            "next": next_page(request, ""),
            "unsent": unsent.carried(request),
        }
        return render(
            request, "accounts/sign_in.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    limits.refund(limit)
    return _enter(request, account, email, [Method.PASSKEY])


@open_to(Audience.EVERYBODY)
@require_POST
def passkey_options(request: HttpRequest) -> JsonResponse:
    """Return what the browser asks a passkey: for the second step it owes, or to sign in."""
    account = flow.awaited_account(request)
    if account is None:
        if signed_in(request, area_of(request)) is None:
            request.session.set_expiry(flow.SECOND_STEP_SECONDS)
        return JsonResponse(webauthn.authentication_options(request, Purpose.SIGN_IN, None))
    with acting(Actor.member(account.pk)):
        return JsonResponse(webauthn.authentication_options(request, Purpose.SECOND_STEP, account))


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@account_page
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for a factor again before a dangerous act; of staff, for a passkey."""
    sent_to = request.GET.get(assurance.SENT_TO, "")
    if request.method != "POST":
        return _confirm_page(request)
    if sent_to:  # another page's form, which asked for a fresh sign-in
        return _confirm_page(request, text=unsent.kept_from(request, sent_to))
    account = account_of(request)
    limit = limits.per_address("confirm", account.sealed.email)
    if wait := limits.count_attempt(limit):
        return too_many_tries(request, wait)
    try:
        method = verification.check(request, account, Purpose.CONFIRM)
    except FactorRefused as refusal:
        verification.journal_refusal(account, refusal)
        return _confirm_page(request, refusal)
    limits.reset(limit)
    assurance.add(request, method)
    journal.record(Action.ACCOUNT_CONFIRM, subject_id=account.pk, method=str(method))
    download, what = assurance.released_by(request)
    if download:
        context = {"download": download, "what": what, "back": next_page(request)}
        return render(request, "accounts/factors/released.html", context)
    messages.success(request, _("Thank you. You can go on for ten minutes."))
    return _go_on(request, next_page(request), was_asked=True)


@require_POST
@account_page
def confirm_options(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        webauthn.authentication_options(request, Purpose.CONFIRM, account_of(request))
    )


def _enter(
    request: HttpRequest, account: Account, email: str, methods: list[Method]
) -> HttpResponse:
    """Begin the session; remind of missing recovery codes before they are needed."""
    flow.begin_session(request, account, methods)
    if not factors.enrolled(account.pk).recovery_codes:
        messages.warning(
            request,
            _("You have no recovery codes: make new ones in your account, under Ways to sign in."),
        )
    answer = _go_on(request, next_page(request))
    limits.set_device_cookie(answer, request, email)
    return answer


def _go_on(request: HttpRequest, page: str, *, was_asked: bool = False) -> HttpResponse:
    """Go to a page, or give back what a form had sent before the sign-in."""
    if text := unsent.carried(request):
        return unsent.give_back(request, text, was_asked=was_asked)
    return redirect(page)


def _second_step_page(
    request: HttpRequest, account: Account, refusal: FactorRefused | None = None
) -> HttpResponse:
    context = {
        "enrolled": factors.enrolled(account.pk),
        "error": refusal and refusal.sentence,
        "next": next_page(request, ""),
        "unsent": unsent.carried(request),
        "passkey_origin": webauthn.origin(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK
    return render(request, "accounts/factors/second_step.html", context, status=status)


def _confirm_page(
    request: HttpRequest, refusal: FactorRefused | None = None, text: str = ""
) -> HttpResponse:
    area = area_of(request)
    download, what = assurance.released_by(request)
    query = f"?{urlencode({assurance.DOWNLOAD: download})}" if download else ""
    context = {
        "area": area,
        "action": area.url("confirm") + query,
        "options": area.url("confirm-options"),
        "enrolled": factors.enrolled(account_of(request).pk),
        "error": refusal and refusal.sentence,
        "releases": what,
        "form": ConfirmForm(),
        "next": next_page(request, ""),
        "unsent": text or unsent.carried(request),
        "passkey_origin": webauthn.origin(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK
    if download and not refusal:
        status = HTTPStatus.FORBIDDEN  # a program must not take this page for the file
    return render(request, "accounts/factors/confirm.html", context, status=status)
