"""The page "Check your ways to sign in", the only one until it is done."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from seatrobot.accounts.assurance import assurance_of
from seatrobot.accounts.factors import review, services
from seatrobot.accounts.feature import Action
from seatrobot.accounts.forms import WaysCheckForm
from seatrobot.accounts.pages import account_of, account_page, following, session_of
from seatrobot.accounts.sudo import fresh_sign_in_required
from seatrobot.accounts.views.factors import UNPROCESSABLE, show_codes
from seatrobot.kernel.journal import services as journal


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
def check_ways(request: HttpRequest) -> HttpResponseBase:
    account = account_of(request)
    if account.unchecked_since is None:
        return redirect(following(request))
    if not review.may_be_done(assurance_of(request)):
        context = {"has_password": account.has_usable_password()}
        return render(request, "accounts/factors/password_first.html", context, status=403)
    return _check(request)


@fresh_sign_in_required
def _check(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    answers = request.POST if request.method == "POST" else None
    form = WaysCheckForm(answers, lines=services.factors_of(account))
    if not form.is_valid():
        return _page(request, form)
    codes = review.finish(
        account=account,
        mine=form.mine(),
        new_codes=form.new_codes(),
        session=session_of(request),
    )
    messages.success(request, _("Thank you: your account is yours alone again."))
    return show_codes(request, codes) if codes else redirect(following(request))


def _page(request: HttpRequest, form: WaysCheckForm) -> HttpResponse:
    account = account_of(request)
    journal.record(Action.ACCOUNT_FACTOR_VIEW, subject=account.pk)
    context = {
        "form": form,
        "since": account.unchecked_since,
        "left": services.enrolled(account.pk).recovery_codes,
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "accounts/factors/check_ways.html", context, status=status)
