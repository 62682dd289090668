"""The public addresses of the practices, as absolute URLs."""

from __future__ import annotations

from django.conf import settings

NAMESPACE = "urn:seatrobot:practices"
"""The namespace of our own properties in formats that others define."""
OWN_EDITION = "seatrobot.edition"
"""In the environment of a request that a process makes to itself: the edition of a document that it
asks for, as name and moment, made anew. Nothing that comes over the network sets it, because
headers of a request begin with `HTTP_` there."""


def page() -> str:
    return f"{settings.BASE_URL}/practices/"


def of_promise(promise: str) -> str:
    """Return the address of a promise's page."""
    return f"{page()}{promise}/"


def below(path: str) -> str:
    """Return the address of a path below the page."""
    return f"{page()}{path}"
