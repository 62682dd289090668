"""Subscribing by mail. GET changes nothing, because mail scanners follow every link."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from seatrobot.accounts import limits
from seatrobot.accounts.pages import too_many_tries
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.routes import Audience, open_to
from seatrobot.practices.feature import Action
from seatrobot.practices.subscribing import links, services, text
from seatrobot.practices.subscribing.forms import SectionsForm, SubscribeForm

SCOPE = "practices.subscribe"
BY_LINK = Actor.link("subscription")


@open_to(Audience.EVERYBODY)
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """Request a subscription; the answer is the same whether or not the address is subscribed.

    It counts for who asks, not for the address: that gets at most one mail an hour in any case, and
    a stranger who asks for it keeps nobody from subscribing.
    """
    form = SubscribeForm(request.POST or None)
    if not form.is_valid():
        context = {"form": form, "operator": text.operator()}
        status = 422 if form.is_bound else 200
        return render(request, "subscribing/subscribe.html", context, status=status)
    address = form.cleaned_data["email"]
    if wait := limits.count_attempt(limits.per_ip(SCOPE, request)):
        return too_many_tries(request, wait)
    with acting(Actor.visitor()):
        services.ask(address=address, sections=form.chosen, alive=form.cleaned_data["alive"])
    return render(request, "subscribing/asked.html", {"address": address})


@open_to(Audience.LINK)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm an address by a button, because a program may have followed the link."""
    with acting(BY_LINK):
        if request.method == "POST":
            subscriber = services.confirm(token=token)
            own = links.settings_of(subscriber.pk)
            return render(request, "subscribing/confirmed.html", {"own": own})
        pending = services.find_pending(token)
        journal.record(Action.SUBSCRIPTION_VIEW, subject_id=pending.pk)
        context = {
            "address": pending.sealed.email,
            "which": text.which(pending.sections),
            "often": pending.get_alive_display(),
            "operator": text.operator(),
        }
        return render(request, "subscribing/confirm.html", context)


@open_to(Audience.LINK)
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, subscriber: UUID, signature: str) -> HttpResponse:
    """Let a subscriber choose sections and rhythm."""
    with acting(BY_LINK):
        row = services.find_subscriber(subscriber, signature)
        given = request.POST if request.method == "POST" else None
        form = SectionsForm(given, initial={"sections": row.sections, "alive": row.alive})
        if form.is_valid():
            services.change(subscriber=row, sections=form.chosen, alive=form.cleaned_data["alive"])
            messages.success(request, _("It is saved."))
            return redirect(request.path)
        journal.record(Action.SUBSCRIPTION_VIEW, subject_id=row.pk)
        context = {"form": form, "address": row.sealed.email, "leave": f"{request.path}leave/"}
        status = 422 if form.is_bound else 200
        return render(request, "subscribing/subscription.html", context, status=status)


@open_to(Audience.LINK)
@csrf_exempt  # a mail program posts here (RFC 8058); the address itself is the secret
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, subscriber: UUID, signature: str) -> HttpResponse:
    """Unsubscribe by one POST, without cookies and without a redirect."""
    with acting(BY_LINK):
        row = services.find_subscriber(subscriber, signature)
        if request.method == "POST":
            services.leave(subscriber=row)
            return render(request, "subscribing/left.html")
        journal.record(Action.SUBSCRIPTION_VIEW, subject_id=row.pk)
        context = {"address": row.sealed.email, "own": links.settings_of(row.pk)}
        return render(request, "subscribing/leave.html", context)
