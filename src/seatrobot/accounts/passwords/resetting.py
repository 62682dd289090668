"""A forgotten password: ask for a link, and set a new password with it within an hour, once."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from seatrobot.accounts import limits, mail, services
from seatrobot.accounts.factors import services as factors
from seatrobot.accounts.feature import Action
from seatrobot.accounts.forms import AskForResetForm, ResetForm
from seatrobot.accounts.models import Account
from seatrobot.accounts.pages import counts_dead_links, too_many_tries
from seatrobot.accounts.sign_in_log.kinds import Method, Outcome
from seatrobot.accounts.sign_in_log.recording import record
from seatrobot.accounts.signing_in.views import SCOPE as SIGN_IN_SCOPE
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.refusal import LinkDead
from seatrobot.kernel.routes import Audience, open_to

SCOPE = "reset"


class _Tokens(PasswordResetTokenGenerator):
    """Django's own, except that a sign-in voids no link of an account under review.

    A thief who has left a passkey could otherwise void each link as soon as it is mailed.
    """

    def _make_hash_value(self, user: AbstractBaseUser, timestamp: int) -> str:
        assert isinstance(user, Account)
        sign_in = user.unchecked_since or user.last_login
        return f"{user.pk}{user.password}{sign_in}{timestamp}"


class _OperatorTokens(_Tokens):
    """Those of links that the operator prints, so that what follows is told as the operator's."""

    key_salt = "seatrobot.accounts.passwords.resetting.operator"


tokens = _Tokens()
operator_tokens = _OperatorTokens()


def link(account: Account, made_by: PasswordResetTokenGenerator = tokens) -> str:
    """Return the URL of the page; the next password voids it, and normally the next sign-in.

    made_by: `operator_tokens` for a link that is not mailed to the person.
    """
    parts = {"account": account.pk, "token": made_by.make_token(account)}
    return f"{settings.BASE_URL}{reverse('accounts:reset', kwargs=parts)}"


def account_for_reset(account_id: UUID) -> Account | None:
    """Return the account if it may have a password: it is active, and not of staff."""
    return Account.objects.filter(pk=account_id, is_active=True, staff__isnull=True).first()


def account_of_link(account_id: UUID, token: str) -> Account | None:
    """Return the account whose link this is, or None when it is wrong, used or expired."""
    account = account_for_reset(account_id)
    return account if account and _is_right(account, token) else None


def _is_right(account: Account, token: str) -> bool:
    return tokens.check_token(account, token) or operator_tokens.check_token(account, token)


def claim(account: Account, token: str) -> bool:
    """Return whether a link is still valid; nobody else uses it until this unit of work ends."""
    fields = ["password", "last_login", "unchecked_since", "confirmed_at"]
    account.refresh_from_db(fields=fields, from_queryset=Account.objects.select_for_update())
    return _is_right(account, token)


@open_to(Audience.EVERYBODY)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a link; the answer is the same whether or not somebody has the address.

    After five mails to an address further ones wait, unless a device of the person's asks. The
    answer does not: a stranger who asks often keeps nobody from the link that is mailed already.
    """
    form = AskForResetForm(request.POST or None)
    is_mailed = False
    if form.is_valid():
        address = form.cleaned_data["email"]
        by_person, *by_network = limits.per_guess(SCOPE, request, address)
        if wait := limits.count_attempt(*by_network):
            return too_many_tries(request, wait)
        is_mailed = not limits.count_attempt(by_person)
    with acting(Actor.visitor()):
        return form_page(
            request,
            form,
            act=lambda: services.ask_for_reset(address) if is_mailed else None,
            done=lambda _asked: render(request, "accounts/reset_sent.html", {"address": address}),
            template="accounts/ask_for_reset.html",
            context={"has_mail": mail.has_server()},
        )


@open_to(Audience.LINK)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@counts_dead_links(Method.RESET_LINK, "accounts/reset_link_dead.html")
def reset(request: HttpRequest, account: UUID, token: str) -> HttpResponse:
    """Set a new password by link."""
    owner = account_of_link(account, token)
    if owner is None:
        raise LinkDead
    form = ResetForm(request.POST or None)

    def done(_result: None) -> HttpResponse:
        messages.success(request, _("Your new password is set. Sign in with it."))
        return redirect("accounts:sign-in")

    with acting(Actor.member(owner.pk)):
        return form_page(
            request,
            form,
            act=lambda: _reset(request, owner, token, form.cleaned_data["password"]),
            done=done,
            template="accounts/reset.html",
        )


def _reset(request: HttpRequest, owner: Account, token: str, password: str) -> None:
    if not claim(owner, token):
        raise LinkDead
    is_operators = operator_tokens.check_token(owner, token)
    action = Action.ACCOUNT_PASSWORD_RESET
    if is_operators:
        action = Action.ACCOUNT_PASSWORD_RESET_BY_OPERATOR
    services.reset_password(account=owner, password=password, action=action)
    if mail.has_server() and not is_operators:
        _came_back_by_mail(owner)
    limits.reset(limits.per_address(SIGN_IN_SCOPE, owner.sealed.email))
    record(request, account=owner, method=Method.RESET_LINK, outcome=Outcome.CONTINUED)


def _came_back_by_mail(owner: Account) -> None:
    """Confirm the address; factors that somebody enrolled before fall, as they may be another's."""
    if owner.confirmed_at is None and factors.enrolled(owner.pk).any:
        factors.remove_all(owner)
        services.record(Action.ACCOUNT_FACTOR_REMOVE, owner)
        factors.notify(owner, factors.Notice.FELL_WITH_RESET)
    services.confirm_address(owner)
