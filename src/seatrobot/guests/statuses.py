"""The facts of a guest, and the nine words in which people sum them up.

A guest has five independent facts: the reply, whether the place is held without a name, the
arrival, the delivery of mail, and money. None of them overwrites another. `Status` is one word for
all of them, worked out by the database (`SHOWN`), so that lists can be filtered by an index.
"""

from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _


class Reply(models.TextChoices):
    """What the guest has answered, or what somebody answered for them."""

    OUTSTANDING = "outstanding", _("Outstanding")
    TENTATIVE = "tentative", _("Tentative")
    CONFIRMED = "confirmed", _("Confirmed")
    WAITLISTED = "waitlisted", _("Waitlisted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Withdrawal(models.TextChoices):
    """Why a reply was withdrawn."""

    MOVED = "moved", _("Moved to another event")
    REFUNDED = "refunded", _("Refunded")
    CANCELLED = "cancelled", _("Cancelled")


class Delivery(models.TextChoices):
    """How mail to the guest fares; empty as long as nothing came back."""

    BOUNCED = "bounced", _("Bounced")


class Money(models.TextChoices):
    """How the guest stands with payments; empty where there are none."""

    REFUNDED = "refunded", _("Refunded")


class Status(models.TextChoices):
    """The nine words, in the order in which a list offers them."""

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

_HAS_ARRIVED = Q(checked_in_at__isnull=False)
_NOT_ANSWERED = Q(reply__in=[Reply.OUTSTANDING, Reply.TENTATIVE])

SHOWN = Case(
    When(_HAS_ARRIVED, then=Value(Status.ATTENDED)),
    When(Q(withdrawal=Withdrawal.MOVED), then=Value(Status.MOVED)),
    When(Q(withdrawal=Withdrawal.REFUNDED), then=Value(Status.REFUNDED)),
    When(Q(reply__in=[Reply.DECLINED, Reply.WITHDRAWN]), then=Value(Status.DECLINED)),
    When(Q(held=True), then=Value(Status.HELD)),
    When(Q(reply=Reply.WAITLISTED), then=Value(Status.WAITLISTED)),
    When(Q(reply=Reply.CONFIRMED), then=Value(Status.CONFIRMED)),
    When(Q(delivery=Delivery.BOUNCED) & _NOT_ANSWERED, then=Value(Status.BOUNCED)),
    default=Value(Status.OUTSTANDING),
)
"""Which word a guest's facts are summed up in; the first that applies, in this order.

Whoever came has attended, whatever they had answered. A guest who withdrew or declined is not
summed up by anything earlier. Mail that bounced is only news as long as there is no answer.
"""

TAKES_PLACE = frozenset({Status.CONFIRMED, Status.HELD, Status.ATTENDED})
"""Statuses that count against the capacity, get a seat, and may come in at the door."""
