"""How a refusal reaches a person: one page, one problem document, one way through a form.

A view lets a service's `Refused` pass; the middleware `web.middleware.refusals` answers it with
`refused`, after the unit of work around the view has rolled back. A form shows the sentence beside
its field instead: that is `form_page`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from seatrobot.kernel import acting
from seatrobot.kernel.refusal import LinkDead, Refused
from seatrobot.kernel.versions import ChangedMeanwhile, VersionedForm

Result = TypeVar("Result")
Context = Mapping[str, Any] | Callable[[], Mapping[str, Any]]


def by_script(request: HttpRequest) -> bool:
    """Return whether a script asked, which wants one sentence rather than a page."""
    wants_json = request.headers.get("Accept", "").startswith("application/json")
    return wants_json or "HX-Request" in request.headers


def problem(
    status: int,
    sentence: object,
    *,
    kind: str = "about:blank",
    **facts: Any,
) -> JsonResponse:
    """Return a problem document (RFC 9457): `kind` is its type, `sentence` its detail."""
    document = {
        "type": kind,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(sentence),
    }
    return JsonResponse(document | facts, status=status, content_type="application/problem+json")


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """Answer a refusal: a problem document to a script, else a page with the sentence."""
    if by_script(request):
        return problem(refusal.status, refusal.sentence, kind=refusal.type, **refusal.facts)
    is_link = isinstance(refusal, LinkDead)
    context = {
        "heading": _("This link does not work any more") if is_link else _("Nothing was changed"),
        "sentence": refusal.sentence,
        "back": "" if is_link else came_from(request),
    }
    return render(request, "refused.html", context, status=refusal.status)


def form_page(  # noqa: PLR0913  the four parts of a form's round
    request: HttpRequest,
    form: BaseForm,
    *,
    act: Callable[[], Result],
    done: Callable[[Result], HttpResponse],
    template: str,
    context: Context = {},  # noqa: B006  read only
    current: Callable[[], VersionedForm] | None = None,
) -> HttpResponse:
    """Show a form, or do what it asks for: 200 when shown first, 422 when something is wrong.

    act: calls one service, inside the unit of work of the view; what a refused one has written is
    undone. LinkDead passes: no form helps any more. done: the answer once it worked. context: for
    the template besides `form`, or a function that makes it, which is called only when the template
    is rendered. current: makes the form of the row as it is now, to be compared with.
    """
    if form.is_bound and form.is_valid():
        results = attempt(form, act, current=current)
        if results:
            return done(results[0])
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    more = context() if callable(context) else context
    return render(request, template, {"form": form, **more}, status=status)


def attempt(
    form: BaseForm,
    act: Callable[[], Result],
    *,
    current: Callable[[], VersionedForm] | None = None,
) -> list[Result]:
    """Return a list with the result, or an empty one with the refusal beside the form's fields.

    A version that is not the newest any more is no reason to refuse when no field of the form has
    another value now (`current`), as after a check-in of the guest on the page.
    """
    try:
        try:
            with acting.savepoint():
                return [act()]
        except ChangedMeanwhile:
            if current is None:
                raise
            assert isinstance(form, VersionedForm)
            if form.merge(current()):
                raise
        with acting.savepoint():
            return [act()]
    except LinkDead:
        raise  # another tab was first: there is no form to fill in any more
    except (Refused, ValidationError) as refusal:
        add_error(form, refusal)
        return []


def add_error(form: BaseForm, refusal: Refused | ValidationError) -> None:
    """Put each sentence of a refusal beside its field, or above the form where it has none."""
    if isinstance(refusal, ValidationError):
        form.add_error(None, refusal)
        return
    for field, sentence in refusal.problems:
        form.add_error(field if field in form.fields else None, sentence)


def came_from(request: HttpRequest, default: str = "/") -> str:
    """Return the page of this site that holds the form or link, as the browser names it."""
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}):
        return default
    parts = urlsplit(page)
    path = "/" + parts.path.lstrip("/\\")  # two at the beginning would name another host
    return f"{path}?{parts.query}" if parts.query else path
