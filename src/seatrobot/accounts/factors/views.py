"""The page "Ways to sign in": passkeys, app and recovery codes; of staff, passkeys alone."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts import assurance, limits
from seatrobot.accounts.assurance import assurance_of, fresh_sign_in_required
from seatrobot.accounts.factors import codes, resets, review, services, verification, webauthn
from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.factors.services import FactorLine, LastPasskey
from seatrobot.accounts.factors.webauthn import Purpose
from seatrobot.accounts.feature import Action
from seatrobot.accounts.forms import AppForm, FactorNameForm, ReviewForm
from seatrobot.accounts.models import Account
from seatrobot.accounts.pages import (
    account_of,
    account_page,
    area_of,
    form_status,
    next_page,
    next_query,
    session_of,
    too_many_tries,
)
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.accounts.sign_in_log.origins import describe
from seatrobot.kernel.acting import acting, savepoint
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.answers import add_error, form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.routes import Audience, open_to


@require_safe
@account_page
def show(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    journal.record(Action.ACCOUNT_FACTOR_VIEW, subject_id=account.pk)
    lines = services.factors_of(account)
    context = {
        "passkeys": [line for line in lines if line.is_passkey],
        "apps": [line for line in lines if not line.is_passkey],
        "enrolled": services.enrolled(account.pk),
        "passkey_origin": webauthn.origin(),
        "onward": next_query(request),
    }
    template = "staff/passkeys.html" if area_of(request).is_staff else "accounts/factors/list.html"
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
@fresh_sign_in_required
def add_passkey(request: HttpRequest) -> HttpResponse:
    name = describe(request.headers.get("User-Agent", ""))
    form = FactorNameForm(request.POST or None, initial={"name": name})
    if form.is_valid():
        account = account_of(request)
        if _accepted(
            request,
            form,
            lambda: services.add_passkey(
                account=account,
                name=form.cleaned_data["name"],
                answer=request.POST.get("answer", ""),
                challenge=webauthn.pop_challenge(request, Purpose.ENROL),
            ),
            Method.PASSKEY,
        ):
            return _added(request, form)
    area, onward = area_of(request), next_query(request)
    context = {
        "area": area,
        "form": form,
        "passkey_origin": webauthn.origin(),
        "options": area.url("add-passkey-options"),
        "cancel": area.url("factors") + onward,
    }
    return render(request, "accounts/factors/add_passkey.html", context, status=form_status(form))


@require_POST
@account_page
@fresh_sign_in_required
def add_passkey_options(request: HttpRequest) -> JsonResponse:
    return JsonResponse(webauthn.registration_options(request, account_of(request)))


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@account_page
@fresh_sign_in_required
def add_app(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    form = AppForm(request.POST or None, initial={"name": _("Authenticator app")})
    if form.is_valid():
        limit = limits.per_address("confirm", account.sealed.email)
        if wait := limits.count_attempt(limit):
            return too_many_tries(request, wait)
        if _accepted(
            request,
            form,
            lambda: services.add_authenticator(account=account, **form.cleaned_data),
            Method.TOTP,
        ):
            limits.reset(limit)
            return _added(request, form)
    context = {
        "form": form,
        "enrolment": _enrolment(request, form),
        "onward": next_query(request),
    }
    return render(request, "accounts/factors/add_app.html", context, status=form_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
@fresh_sign_in_required
def rename(request: HttpRequest, factor: UUID) -> HttpResponse:
    account, area = account_of(request), area_of(request)
    line = _load(account, factor)
    form = FactorNameForm(request.POST or None, initial={"name": line.name})

    def done(_renamed: object) -> HttpResponse:
        messages.success(request, _("The name is changed."))
        return redirect(area.url("factors"))

    return form_page(
        request,
        form,
        act=lambda: services.rename(
            account=account, factor_id=factor, name=form.cleaned_data["name"]
        ),
        done=done,
        template="accounts/factors/rename.html",
        context={"area": area, "line": line, "cancel": area.url("factors")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
@fresh_sign_in_required
def remove(request: HttpRequest, factor: UUID) -> HttpResponse:
    account, area = account_of(request), area_of(request)
    line = _load(account, factor)
    if request.method != "POST":
        is_last = len(services.factors_of(account)) == 1
        context = {"area": area, "line": line, "is_last": is_last, "cancel": area.url("factors")}
        return render(request, "accounts/factors/remove.html", context)
    try:
        services.remove(account=account, factor_id=factor)
    except LastPasskey as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("“%s” is removed.") % line.name)
    return redirect(area.url("factors"))


@require_POST
@account_page
@fresh_sign_in_required
def new_recovery_codes(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    if not services.enrolled(account.pk).any:
        messages.error(request, _("Add a passkey or an app first."))
        return redirect("accounts:factors")
    return _show_codes(request, services.make_recovery_codes(account=account))


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
def check_ways(request: HttpRequest) -> HttpResponseBase:
    """Show the review of one's factors, the only page open until it is done."""
    account = account_of(request)
    if account.unchecked_since is None:
        return redirect(next_page(request))
    if not review.may_review(assurance_of(request)):
        context = {"has_password": account.has_usable_password()}
        return render(
            request,
            "accounts/factors/password_first.html",
            context,
            status=HTTPStatus.FORBIDDEN,
        )
    return _review(request)


@open_to(Audience.LINK)
@require_http_methods(["GET", "HEAD", "POST"])
def object_to_reset(request: HttpRequest, token: str) -> HttpResponse:
    """Ask with GET, cancel a reset with POST: a mail scanner that follows links cancels nothing."""
    pending = resets.by_token(token)
    if pending is None:
        return render(request, "accounts/factors/reset_over.html", status=HTTPStatus.GONE)
    if request.method != "POST":
        return render(request, "accounts/factors/object.html", {"due": pending.due_at})
    with acting(Actor.member(pending.account_id)):
        resets.cancel(pending.account)
    messages.success(request, _("The reset is cancelled: your ways to sign in stay."))
    return redirect("accounts:sign-in")


@fresh_sign_in_required
def _review(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    answers = request.POST if request.method == "POST" else None
    form = ReviewForm(answers, lines=services.factors_of(account))
    if not form.is_valid():
        journal.record(Action.ACCOUNT_FACTOR_VIEW, subject_id=account.pk)
        context = {
            "form": form,
            "since": account.unchecked_since,
            "left": services.enrolled(account.pk).recovery_codes,
        }
        return render(
            request, "accounts/factors/check_ways.html", context, status=form_status(form)
        )
    new_codes = review.finish(
        account=account,
        mine=form.mine(),
        new_codes=form.new_codes(),
        session=session_of(request),
    )
    messages.success(request, _("Thank you: your account is yours alone again."))
    return _show_codes(request, new_codes) if new_codes else redirect(next_page(request))


def _enrolment(request: HttpRequest, form: AppForm) -> codes.Enrolment:
    """Return the same secret as before where the form still has a valid one, else a new one."""
    account = account_of(request)
    if form.is_bound:
        try:
            return codes.same_enrolment(account, request.POST.get("sealed", ""))
        except FactorRefused:
            pass
    return codes.new_enrolment(account)


def _accepted(
    request: HttpRequest, form: FactorNameForm, enrol: Callable[[], list[str]], method: Method
) -> bool:
    """Enrol a factor and add it to the session's assurance; put a refusal on the form."""
    try:
        with savepoint():
            form.recovery_codes = enrol()
    except FactorRefused as refusal:
        verification.journal_refusal(account_of(request), refusal)
        add_error(form, refusal)
        return False
    assurance.add(request, method)
    return True


def _added(request: HttpRequest, form: FactorNameForm) -> HttpResponse:
    name = form.cleaned_data["name"]
    if form.recovery_codes:
        return _show_codes(request, form.recovery_codes, added=name)
    messages.success(request, _("“%s” is added.") % name)
    return redirect(next_page(request, area_of(request).url("factors")))


def _show_codes(request: HttpRequest, new_codes: list[str], added: str = "") -> HttpResponse:
    """Show new recovery codes, once; `added` names the factor they come with."""
    context = {"codes": new_codes, "added": added, "next": next_page(request, "")}
    return render(request, "accounts/factors/codes.html", context)


def _load(account: Account, factor_id: UUID) -> FactorLine:
    for line in services.factors_of(account):
        if line.id == factor_id:
            return line
    raise Http404
