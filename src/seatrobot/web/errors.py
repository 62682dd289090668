"""What a person sees when something is forbidden, missing or broken, as a page or one sentence."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from seatrobot.kernel.answers import by_script, problem


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's own signature
    return _answer(request, 400, _("The page sent something unreadable; reload it."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's own signature
    return _answer(request, 403, _("Your role does not include this."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's own signature
    return _answer(request, 404, _("This does not exist, or was removed; reload the page."))


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, _("Something broke on our side and nothing was changed."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  Django's own signature
    sentence = _("The page was open for too long; reload it and send that again.")
    return _answer(request, 403, sentence, "403_csrf.html")


def _answer(request: HttpRequest, status: int, sentence: str, template: str = "") -> HttpResponse:
    request_id = getattr(request, "request_id", "")
    if by_script(request):
        return problem(status, sentence, request_id=request_id)
    context = {"request_id": request_id}
    return render(request, template or f"{status}.html", context, status=status)
