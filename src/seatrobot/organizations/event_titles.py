"""The events of an organization by title, for choosing which ones a member sees.

Events are a package above this one, so their model is asked for by name.
"""

from __future__ import annotations

from uuid import UUID

from django.apps import apps


def all_titles() -> dict[UUID, str]:
    """Return the title of every event of the organization acted for, the newest first."""
    event = apps.get_model("events", "Event")
    rows = event.objects.order_by("-starts_at")
    return {row.pk: row.sealed.title for row in rows}
