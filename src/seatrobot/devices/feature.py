"""What devices declares: journal actions, a place for staff, and a condition of access."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.features import Area, Feature, StaffItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind


class Action(actions.Action):
    DEVICE_CONFIRM = "device:laptop:confirm", _("Laptop confirmed with a passkey")
    DEVICE_COPIED = "device:laptop:copied", _("Key of a laptop used elsewhere"), Kind.ENDING
    DEVICE_ENROL = "device:laptop:enrol", _("Laptop enrolled, to be confirmed")
    DEVICE_LIST = "device:laptop:list", _("Laptops of staff listed"), Kind.READING
    DEVICE_LOST = "device:posture:lose", _("Laptop out of posture"), Kind.ENDING
    DEVICE_REGAINED = "device:posture:regain", _("Laptop in posture")
    DEVICE_REMOVE = "device:laptop:remove", _("Laptop removed"), Kind.ENDING
    DEVICE_TELL = "device:posture:mail", _("Owner told of a laptop out of posture")
    DEVICE_TOKEN = "device:token:issue", _("Token to enrol a laptop given out")


FEATURE = Feature(
    actions=Action,
    areas={"device": Area(_("Laptops"), "lock")},
    staff_navigation=(StaffItem(_("Laptops"), "lock", "staff-devices:list", order=60),),
    staff_conditions=("seatrobot.devices.conditions.in_posture",),
)
