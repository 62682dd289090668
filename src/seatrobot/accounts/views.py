"""The page "Your account": name, password, sessions, recent sign-ins."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from seatrobot.accounts import limits, mail, services
from seatrobot.accounts.assurance import assurance_of, fresh_sign_in_required
from seatrobot.accounts.feature import Action
from seatrobot.accounts.forms import ChangePasswordForm, NameForm
from seatrobot.accounts.pages import (
    account_of,
    account_page,
    area_of,
    page_mark,
    session_of,
    too_many_tries,
)
from seatrobot.accounts.sign_in_log import reading
from seatrobot.accounts.sign_in_log.disowning import disown
from seatrobot.kernel.answers import add_error
from seatrobot.kernel.journal import services as journal


@require_safe
@account_page
def show(request: HttpRequest) -> HttpResponse:
    journal.record(Action.ACCOUNT_VIEW, subject_id=account_of(request).pk)
    return _page(request)


@require_POST
@account_page
def change_name(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST)
    if not form.is_valid():
        return _page(request, name_form=form)
    services.change_name(account=account_of(request), name=form.cleaned_data["name"])
    messages.success(request, _("Your name is changed."))
    return redirect("accounts:account")


@sensitive_post_parameters()
@require_POST
@account_page
@fresh_sign_in_required
def change_password(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    form = ChangePasswordForm(request.POST)
    if not form.is_valid():
        return _page(request, password_form=form)
    limit = limits.per_address("confirm", account.sealed.email)
    if wait := limits.count_attempt(limit):
        return too_many_tries(request, wait)
    try:
        services.change_password(account=account, session=session_of(request), **form.cleaned_data)
    except (services.WrongPassword, services.BadPassword) as refusal:
        add_error(form, refusal)
        return _page(request, password_form=form)
    limits.reset(limit)
    update_session_auth_hash(request, account)
    messages.success(request, _("Your password is changed, and every other session has ended."))
    return redirect("accounts:account")


@require_POST
@account_page
@fresh_sign_in_required
def end_session(request: HttpRequest, session: UUID) -> HttpResponse:
    if not services.end_session(account=account_of(request), session_id=session):
        raise Http404
    messages.success(request, _("The session has ended."))
    return redirect(_home(request))


@require_POST
@account_page
@fresh_sign_in_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    ended = services.end_other_sessions(account=account_of(request), keep=session_of(request))
    text = ngettext("%d session has ended.", "%d sessions have ended.", ended) % ended
    messages.success(request, text)
    return redirect(_home(request))


@require_POST
@account_page
def not_me(request: HttpRequest, sign_in: UUID) -> HttpResponse:
    """Report a sign-in as somebody else's."""
    disown(account=account_of(request), sign_in_id=sign_in, by=assurance_of(request))
    logout(request)
    messages.warning(
        request,
        _(
            "Every session has ended and the old password no longer works. The link for a new "
            "one is in your mail."
        ),
    )
    return redirect("accounts:sign-in")


def _home(request: HttpRequest) -> str:
    area = area_of(request)
    return area.url(area.home)


def _page(
    request: HttpRequest,
    *,
    name_form: NameForm | None = None,
    password_form: ChangePasswordForm | None = None,
) -> HttpResponse:
    account = account_of(request)
    sign_ins, older = reading.sign_ins_of(account, page_mark(request))
    context = {
        "account": account.sealed,
        "asks_to_confirm": mail.has_server() and account.confirmed_at is None,
        "name_form": name_form or NameForm(initial={"name": account.sealed.name}),
        "password_form": password_form or ChangePasswordForm(),
        "sessions": reading.sessions_of(account, session_of(request)),
        "sign_ins": sign_ins,
        "older_sign_ins": older,
    }
    is_refused = name_form or password_form
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
    return render(request, "accounts/account.html", context, status=status)
