"""The nine statuses of a guest and what they count for."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Status(StrEnum):
    label: Promise

    def __new__(cls, value: str, label: Promise) -> "Status":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    CONFIRMED = "confirmed", _("Confirmed")
    OUTSTANDING = "outstanding", _("Outstanding")
    HELD = "held", _("Held")
    WAITLISTED = "waitlisted", _("Waitlisted")
    DECLINED = "declined", _("Declined")
    ATTENDED = "attended", _("Attended")
    BOUNCED = "bounced", _("Bounced")
    REFUNDED = "refunded", _("Refunded")
    MOVED = "moved", _("Moved")


STATUSES = {status.value: status for status in Status}
"""By the word that is stored, and that an import accepts."""

TAKES_PLACE = frozenset({Status.CONFIRMED, Status.HELD, Status.ATTENDED})
"""Statuses that count against the capacity, get a seat, and may come in at the door."""
