"""What personnel declares: journal actions, places of the staff area, conditions of staff."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.features import Area, Feature, StaffItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind


class Action(actions.Action):
    COURSE_ANSWER = "personnel:course:answer", _("Course answered")
    COURSE_VIEW = "personnel:course:view", _("Course viewed"), Kind.READING
    DUTIES_VIEW = "personnel:duties:view", _("Own duties viewed"), Kind.READING
    PEOPLE_EXPORT = "personnel:people:export", _("People exported"), Kind.EXPORTING
    PEOPLE_VIEW = "personnel:people:view", _("People viewed by staff"), Kind.READING
    POLICY_REFUSE = (
        "personnel:policy:refuse",
        _("Signature under a policy refused"),
        Kind.ENDING,
    )
    POLICY_SIGN = "personnel:policy:sign", _("Policy signed")
    POLICY_VIEW = "personnel:policy:view", _("Policy viewed"), Kind.READING
    REMINDER_SEND = "personnel:reminder:send", _("Staff reminded of their duties")
    TEXT_LIST = "personnel:text:list", _("Policies and courses listed"), Kind.READING
    TEXT_PUBLISH = "personnel:text:publish", _("Policy or course published")
    TEXT_WITHDRAW = "personnel:text:withdraw", _("Policy or course withdrawn"), Kind.ENDING


FEATURE = Feature(
    actions=Action,
    areas={"personnel": Area(_("People of the service"), "id-badge")},
    staff_navigation=(
        StaffItem(_("Your duties"), "clipboard-check", "staff-duties:list", order=12),
        StaffItem(_("People"), "users-group", "staff-people:list", order=15),
    ),
    staff_conditions=(
        "seatrobot.personnel.conditions.policies_signed",
        "seatrobot.personnel.conditions.training_done",
    ),
)
