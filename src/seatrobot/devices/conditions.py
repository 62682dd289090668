"""Whether somebody of the staff has a laptop in posture, see `kernel.staff.conditions`."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from seatrobot.devices import reading
from seatrobot.kernel.staff.conditions import Condition


def in_posture(account_id: UUID) -> Condition:
    """Hold while a laptop reported well within 24 hours, and the last report of none was bad."""
    posture = reading.posture_of(account_id)
    return Condition(
        id="devices.posture",
        heading=_("Laptop"),
        sentence=_("Your laptop reported within the last 24 hours that it is protected."),
        holds=posture.holds,
        until=posture.until,
        what_to_do=str(posture.what_to_do),
        url=reverse("staff-devices:list"),
        renews_itself=True,
    )
