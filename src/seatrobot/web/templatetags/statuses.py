"""How each guest status looks: a word, an icon and a tone, so that colour is never alone."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class StatusLook(NamedTuple):
    """`tone` is a class of components.css; `icon` a name of the sprite."""

    label: Promise
    icon: str
    tone: str


STATUS_LOOKS: dict[str, StatusLook] = {
    "confirmed": StatusLook(_("Confirmed"), "circle-check", "green"),
    "outstanding": StatusLook(_("Outstanding"), "hourglass", "amber"),
    "held": StatusLook(_("Held"), "clock-pause", "violet"),
    "waitlisted": StatusLook(_("Waitlisted"), "list-check", "sky"),
    "declined": StatusLook(_("Declined"), "circle-x", "grey"),
    "attended": StatusLook(_("Attended"), "armchair", "solid"),
    "bounced": StatusLook(_("Bounced"), "mail-exclamation", "red"),
    "refunded": StatusLook(_("Refunded"), "receipt-refund", "plum"),
    "moved": StatusLook(_("Moved"), "arrow-forward-up", "slate"),
}


def look_of(status: object) -> StatusLook:
    """Find the look of a status given as text or enum member; raise KeyError for any other."""
    code = str(getattr(status, "value", status)).lower()
    return STATUS_LOOKS[code]
