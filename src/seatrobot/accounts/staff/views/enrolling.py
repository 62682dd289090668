"""Following a staff link: the passkey that is enrolled here is how its person signs in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from seatrobot.accounts.devices import describe
from seatrobot.accounts.entering import PATIENCE
from seatrobot.accounts.factors import ceremonies, relying_party
from seatrobot.accounts.factors.ceremonies import Purpose
from seatrobot.accounts.factors.errors import FactorRefused
from seatrobot.accounts.factors.services import enrolled
from seatrobot.accounts.forms import FactorNameForm
from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log.kinds import Method, Reason
from seatrobot.accounts.staff import entering, links, passkeys
from seatrobot.accounts.staff.errors import LinkDead
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor

BY_LINK = Actor.link("staff")
GONE = 410
UNPROCESSABLE = 422


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest, token: str) -> HttpResponse:
    try:
        account = links.open_link(token).account
        form = FactorNameForm(request.POST or None, initial={"name": _name(request)})
        if not form.is_valid():
            return _page(request, account, form)
        return _enrol(request, account, token, form)
    except LinkDead as error:
        return _dead(request, error)


@require_POST
def options(request: HttpRequest, token: str) -> HttpResponseBase:
    try:
        account = links.open_link(token).account
    except LinkDead as error:
        return _dead(request, error)
    request.session.set_expiry(PATIENCE)
    with acting(BY_LINK):
        return JsonResponse(ceremonies.enrol_options(request, account, afresh=True))


def _enrol(
    request: HttpRequest, account: Account, token: str, form: FactorNameForm
) -> HttpResponse:
    try:
        challenge = ceremonies.take_challenge(request, Purpose.ENROL)
        with acting(BY_LINK):
            passkeys.enrol_by_link(
                account=account,
                token=token,
                name=form.cleaned_data["name"],
                answer=request.POST.get("answer", ""),
                challenge=challenge,
            )
            with acting(Actor.staff(account.pk)):
                entering.enter(request, account, Method.STAFF_LINK)
    except FactorRefused as error:
        entering.refuse(request, account, Method.STAFF_LINK, error.reason, error.detail)
        form.add_error(None, str(error))
        return _page(request, account, form)
    messages.success(request, _("Welcome. Add a second passkey, in case you lose this one."))
    return redirect("staff:home")


def _dead(request: HttpRequest, error: LinkDead) -> HttpResponse:
    entering.refuse(request, error.account, Method.STAFF_LINK, Reason.DEAD_LINK)
    return render(request, "staff/link_dead.html", status=GONE)


def _page(request: HttpRequest, account: Account, form: FactorNameForm) -> HttpResponse:
    with acting(BY_LINK):
        person = account.sealed
    context = {
        "form": form,
        "name": person.name,
        "email": person.email,
        "has_passkeys": enrolled(account.pk).passkeys,
        "passkey_origin": relying_party.origin(),
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "staff/enrol.html", context, status=status)


def _name(request: HttpRequest) -> str:
    return describe(request.headers.get("User-Agent", ""))
