"""The staff area: its start, the platform's sign-in log, signing in, and enrolling by link."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts import limits
from seatrobot.accounts.factors import webauthn
from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.factors.services import enrolled
from seatrobot.accounts.factors.webauthn import Purpose
from seatrobot.accounts.feature import Action
from seatrobot.accounts.forms import FactorNameForm
from seatrobot.accounts.models import Account
from seatrobot.accounts.pages import (
    STAFF,
    StaffRequest,
    counts_dead_links,
    form_status,
    next_page,
    page_mark,
    session_of,
    signed_in,
    staff_page,
    too_many_sign_ins,
)
from seatrobot.accounts.sign_in_log import reading
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.accounts.sign_in_log.origins import describe
from seatrobot.accounts.signing_in.flow import SECOND_STEP_SECONDS
from seatrobot.accounts.staff import services, signing_in
from seatrobot.accounts.staff.sessions import StaffSessionStore
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.answers import add_error
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.routes import Audience, open_to

SCOPE = "staff"
ATTEMPTS_AT_HOME = 10
BY_LINK = Actor.link("staff")


@require_safe
@staff_page
def home(request: StaffRequest) -> HttpResponse:
    journal.record(Action.STAFF_LIST)
    journal.record(Action.STAFF_SIGN_INS_VIEW)
    attempts, older_attempts = reading.platform_sign_ins(None, ATTEMPTS_AT_HOME)
    own, older_own = reading.sign_ins_of(request.staff, page_mark(request))
    mine = session_of(request)
    context = {
        "people": services.staff_lines(),
        "sessions": reading.sessions_of(request.staff, mine, StaffSessionStore),
        "own_sign_ins": own,
        "older_own": older_own,
        "attempts": attempts,
        "more_attempts": older_attempts is not None,
    }
    return render(request, "staff/home.html", context)


@require_safe
@staff_page
def sign_ins(request: StaffRequest) -> HttpResponse:
    """Show attempts of staff and for unknown addresses, page by page, and what was only counted."""
    before = page_mark(request)
    journal.record(Action.STAFF_SIGN_INS_VIEW, continued=before is not None)
    attempts, older = reading.platform_sign_ins(before)
    context = {
        "attempts": attempts,
        "older": older,
        "is_first": before is None,
        "refusals": reading.recent_refusals() if before is None else [],
    }
    return render(request, "staff/sign_ins.html", context)


@open_to(Audience.EVERYBODY)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("staff:home") if signed_in(request, STAFF) else _sign_in_page(request)
    limit = limits.per_ip(SCOPE, request)
    if wait := limits.count_attempt(limit):
        return too_many_sign_ins(request, wait, Method.STAFF)
    account = None
    answer = request.POST.get("answer", "")
    try:
        account = webauthn.owner_of(answer, staff=True)
        signing_in.sign_in(request, account, answer)
    except FactorRefused as refusal:
        signing_in.log_refusal(request, account, Method.STAFF, refusal)
        return _sign_in_page(request, refusal)
    limits.refund(limit)
    return redirect(next_page(request))


@require_POST
@staff_page
def sign_out(request: StaffRequest) -> HttpResponse:
    signing_in.sign_out(request, request.staff)
    messages.success(request, _("You are signed out."))
    return redirect("staff:sign-in")


@open_to(Audience.LINK)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@counts_dead_links(Method.STAFF_LINK, "staff/link_dead.html")
def enrol(request: HttpRequest, token: str) -> HttpResponse:
    """Enrol a passkey with a staff link, and sign in with it."""
    account = services.member_of_link(token).account
    name = describe(request.headers.get("User-Agent", ""))
    form = FactorNameForm(request.POST or None, initial={"name": name})
    if form.is_valid() and _enrolled(request, account, token, form):
        messages.success(request, _("Welcome. Add a second passkey, in case you lose this one."))
        return redirect("staff:home")
    with acting(BY_LINK):
        person = account.sealed
    context = {
        "form": form,
        "name": person.name,
        "email": person.email,
        "has_passkeys": enrolled(account.pk).passkeys,
        "passkey_origin": webauthn.origin(),
    }
    return render(request, "staff/enrol.html", context, status=form_status(form))


@open_to(Audience.LINK)
@require_POST
@counts_dead_links(Method.STAFF_LINK, "staff/link_dead.html")
def enrol_options(request: HttpRequest, token: str) -> JsonResponse:
    account = services.member_of_link(token).account
    request.session.set_expiry(SECOND_STEP_SECONDS)
    with acting(BY_LINK):
        return JsonResponse(webauthn.registration_options(request, account, afresh=True))


def _enrolled(request: HttpRequest, account: Account, token: str, form: FactorNameForm) -> bool:
    """Enrol the passkey and begin a session; put a refusal on the form."""
    try:
        challenge = webauthn.pop_challenge(request, Purpose.ENROL)
        with acting(BY_LINK):
            services.enrol_by_link(
                account=account,
                token=token,
                name=form.cleaned_data["name"],
                answer=request.POST.get("answer", ""),
                challenge=challenge,
            )
            with acting(Actor.staff(account.pk)):
                signing_in.begin_session(request, account, Method.STAFF_LINK)
    except FactorRefused as refusal:
        signing_in.log_refusal(request, account, Method.STAFF_LINK, refusal)
        add_error(form, refusal)
        return False
    return True


def _sign_in_page(request: HttpRequest, refusal: FactorRefused | None = None) -> HttpResponse:
    context = {
        "error": refusal and refusal.sentence,
        "next": next_page(request),
        "passkey_origin": webauthn.origin(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK
    return render(request, "staff/sign_in.html", context, status=status)
