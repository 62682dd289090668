"""JSON in and out of the floor plan: typed bodies, and refusals as one problem (RFC 9457)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from seatrobot.seating.errors import NotInEvent, PartySplit, Refused

B = TypeVar("B", bound=msgspec.Struct)
View = Callable[..., HttpResponse]


def answer(data: Any, status: int = HTTPStatus.OK) -> HttpResponse:
    """Return data as JSON."""
    body = msgspec.json.encode(data)
    return HttpResponse(body, status=status, content_type="application/json")


def problem(status: int, detail: str, kind: str = "about:blank", **more: Any) -> HttpResponse:
    """Return one problem: `detail` is the sentence for the person."""
    data = {"type": kind, "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    body = msgspec.json.encode({**data, **more})
    return HttpResponse(body, status=status, content_type="application/problem+json")


def read(request: HttpRequest, kind: type[B]) -> B:
    """Return the body as a typed record; raise msgspec.ValidationError when it is none."""
    return msgspec.json.decode(request.body, type=kind)


def refusals(view: View) -> View:
    """Turn what a service refuses into a problem; whatever it had begun is rolled back."""

    @wraps(view)
    def answering(request: HttpRequest, **parts: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                return view(request, **parts)
        except PartySplit as error:
            guests = [str(guest) for guest in error.guests]
            return problem(HTTPStatus.CONFLICT, str(error), "party-split", guests=guests)
        except NotInEvent as error:
            return problem(HTTPStatus.NOT_FOUND, str(error))
        except Refused as error:
            return problem(HTTPStatus.CONFLICT, str(error))
        except msgspec.DecodeError:
            return problem(
                HTTPStatus.BAD_REQUEST, _("The page sent something unreadable; reload it.")
            )

    return answering
