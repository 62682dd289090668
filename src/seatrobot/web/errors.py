"""What a person sees when something is forbidden, missing or broken, as a page or one sentence."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from seatrobot.accounts import unsent
from seatrobot.accounts.pages import is_staff_area, next_page
from seatrobot.kernel.answers import by_script, came_from, problem
from seatrobot.organizations.pages import visit_of


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's own signature
    return _answer(request, 400, _("The page sent something unreadable; reload it."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's own signature
    if visit_of(request):
        return _answer(request, 403, _("Your support access does not include this."))
    return _answer(request, 403, _("Your role does not include this."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's own signature
    return _answer(request, 404, _("This does not exist, or was removed; reload the page."))


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, _("Something broke on our side and nothing was changed."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  Django's own signature
    """Give back what was typed; show a sign-in page that was open for too long again."""
    if not by_script(request) and not is_staff_area(request):
        is_signed_in = request.user.is_authenticated
        is_question = request.path.startswith(("/sign-in/", reverse("accounts:confirm")))
        text = unsent.carried(request) if is_question else unsent.kept_from(request)
        if text and is_signed_in:
            return unsent.give_back(request, text, HTTPStatus.FORBIDDEN)
        if text:
            return unsent.sign_in_page(request, text, came_from(request))
        if request.path == reverse("accounts:sign-in"):
            if is_signed_in:  # from another tab
                messages.info(request, _("You are signed in already."))
                return redirect(next_page(request))
            return unsent.sign_in_page(request, "", next_page(request, ""), HTTPStatus.FORBIDDEN)
    sentence = _("The page was open for too long; reload it and send that again.")
    return _answer(request, 403, sentence, "403_csrf.html")


def _answer(request: HttpRequest, status: int, sentence: str, template: str = "") -> HttpResponse:
    request_id = getattr(request, "request_id", "")
    if by_script(request):
        return problem(status, sentence, request_id=request_id)
    context = {"request_id": request_id}
    return render(request, template or f"{status}.html", context, status=status)
