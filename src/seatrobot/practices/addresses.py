"""The public addresses of the practices, as absolute URLs."""

from __future__ import annotations

from django.conf import settings

NAMESPACE = "urn:seatrobot:practices"
"""The namespace of our own properties in formats that others define."""


def page() -> str:
    return f"{settings.BASE_URL}/practices/"


def of_promise(promise: str) -> str:
    """Return the address of a promise's page."""
    return f"{page()}{promise}/"


def below(path: str) -> str:
    """Return the address of a path below the page."""
    return f"{page()}{path}"
