"""The second step of a sign-in, and signing in with a passkey alone."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from seatrobot.accounts import entering, limits
from seatrobot.accounts.factors import ceremonies, passkeys, relying_party, services
from seatrobot.accounts.factors.ceremonies import Purpose
from seatrobot.accounts.factors.checking import check, log_refusal, log_too_many_tries, method_of
from seatrobot.accounts.factors.errors import FactorRefused
from seatrobot.accounts.forms import SignInForm
from seatrobot.accounts.models import Account
from seatrobot.accounts.pages import following, too_many_tries
from seatrobot.accounts.sign_in_log.kinds import Method, Reason
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor

SCOPE = "second-step"
UNPROCESSABLE = 422


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask whoever has given the right password for a passkey or a code."""
    account = entering.who_waits(request)
    if account is None:
        messages.info(request, _("That took too long: sign in again."))
        return redirect("accounts:sign-in")
    if request.method != "POST":
        return _page(request, account)
    with acting(Actor.member(account.pk)):
        email = account.sealed.email
    counter = limits.per_person(SCOPE, request, email)
    if wait := limits.take(counter):
        log_too_many_tries(request, account, method_of(request))
        return too_many_tries(request, wait)
    try:
        with acting(Actor.member(account.pk)):
            method = check(request, account, Purpose.SECOND_STEP)
    except FactorRefused as error:
        log_refusal(request, account, method_of(request), error)
        return _page(request, account, error)
    limits.clear(counter)
    entering.enter(request, account, [Method.PASSWORD, method])
    _remind_of_codes(request, account)
    answer = redirect(following(request))
    limits.remember_device(answer, request, email)
    return answer


@require_POST
def with_passkey(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey alone: it names its account, and has verified who holds it."""
    counter = limits.per_ip("passkey", request)
    if wait := limits.take(counter):
        log_too_many_tries(request, None, Method.PASSKEY)
        return too_many_tries(request, wait)
    account = None
    try:
        account = _owner(request.POST.get("answer", ""))
        with acting(Actor.member(account.pk)):
            check(request, account, Purpose.SIGN_IN)
            email = account.sealed.email
    except FactorRefused as error:
        log_refusal(request, account, Method.PASSKEY, error)
        context = {
            "form": SignInForm(),
            "passkey_error": error,
            "passkey_origin": relying_party.origin(),
            "next": following(request, ""),
        }
        return render(request, "accounts/sign_in.html", context, status=UNPROCESSABLE)
    limits.give_back(counter)
    entering.enter(request, account, [Method.PASSKEY])
    _remind_of_codes(request, account)
    answer = redirect(following(request))
    limits.remember_device(answer, request, email)
    return answer


@require_POST
def passkey_options(request: HttpRequest) -> JsonResponse:
    """Tell the browser what to ask a passkey: for the second step it owes, or to sign in."""
    account = entering.who_waits(request)
    if account is None:
        if not request.user.is_authenticated:
            request.session.set_expiry(entering.PATIENCE)
        return JsonResponse(ceremonies.answer_options(request, Purpose.SIGN_IN, None))
    with acting(Actor.member(account.pk)):
        return JsonResponse(ceremonies.answer_options(request, Purpose.SECOND_STEP, account))


def _owner(answer: str) -> Account:
    owner = passkeys.owner_of(answer)
    members = Account.objects.filter(is_active=True, staff__isnull=True)
    account = members.filter(pk=owner).first() if owner else None
    if account is None:
        raise FactorRefused(_("This passkey is not known here."), Reason.WRONG_PASSKEY, "unknown")
    return account


def _remind_of_codes(request: HttpRequest, account: Account) -> None:
    """Tell whoever has a factor and no recovery codes, used up or void, before they need one."""
    if not services.enrolled(account.pk).recovery_codes:
        messages.warning(
            request,
            _("You have no recovery codes: make new ones in your account, under Ways to sign in."),
        )


def _page(
    request: HttpRequest, account: Account, error: FactorRefused | None = None
) -> HttpResponse:
    context = {
        "enrolled": services.enrolled(account.pk),
        "error": error,
        "next": following(request, ""),
        "passkey_origin": relying_party.origin(),
    }
    status = UNPROCESSABLE if error else 200
    return render(request, "accounts/factors/second_step.html", context, status=status)
