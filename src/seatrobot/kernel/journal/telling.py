"""Entries about an organization whose own log may take nothing: it is locked, or its keys are gone.

What happens to it happens all the same; then the platform's journal says so, and names it.
"""

from __future__ import annotations

from typing import Any

from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.journal import services
from seatrobot.kernel.journal.actions import Action
from seatrobot.kernel.unit_of_work import current


def record(action: Action, *, told_by: Actor | None, **facts: Any) -> None:
    """Record something in the log of the organization that is acted for.

    told_by: who says it in the platform's journal instead. facts: as for `services.record`.
    """
    if told_by is None:
        services.record(action, **facts)
        return
    organization = str(current().organization_id)
    with acting(told_by):
        services.record(action, organization=organization, **facts)
