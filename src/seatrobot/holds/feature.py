"""What holds declares: journal actions, and a place for staff."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.features import Area, Feature, StaffItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind


class Action(actions.Action):
    HOLD_ASK = "hold:hold:ask", _("Hold on backups asked for")
    HOLD_CONFIRM = "hold:hold:confirm", _("Hold on backups confirmed")
    HOLD_END = "hold:hold:end", _("Hold on backups ended"), Kind.ENDING
    HOLD_LIST = "hold:hold:list", _("Holds on backups listed"), Kind.READING
    INVESTIGATION_CLOSE = "hold:investigation:close", _("Investigation closed"), Kind.ENDING
    INVESTIGATION_OPEN = "hold:investigation:open", _("Investigation opened")


FEATURE = Feature(
    actions=Action,
    areas={"hold": Area(_("Holds on backups"), "lock")},
    staff_navigation=(StaffItem(_("Holds"), "lock", "staff-holds:list", order=75),),
)
