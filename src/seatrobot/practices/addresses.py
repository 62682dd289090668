"""Where the practices are found from outside, as whole URLs: machines keep them for long."""

from __future__ import annotations

from django.conf import settings

NAMESPACE = "urn:seatrobot:practices"
"""Names what is ours in formats that others define."""


def page() -> str:
    return f"{settings.BASE_URL}/practices/"


def of_promise(promise: str) -> str:
    """Return where a promise is shown with its evidence."""
    return f"{page()}{promise}/"


def below(path: str) -> str:
    """Return the address of what lies below the page."""
    return f"{page()}{path}"
