"""The facts of a guest, and the nine words in which people sum them up.

A guest has five independent facts: the reply, whether the place is held without a name, the
arrival, the delivery of mail, and money. None of them overwrites another. `Status` is one word for
all of them, worked out by the database (`SHOWN`), so that lists can be filtered by an index.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

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


class Facts(NamedTuple):
    """What is true of a guest beside the arrival."""

    reply: Reply = Reply.OUTSTANDING
    withdrawal: Withdrawal | None = None
    held: bool = False
    delivery: Delivery | None = None
    money: Money | None = None

    @property
    def columns(self) -> dict[str, str | bool]:
        """As they are stored."""
        names = ("reply", "withdrawal", "held", "delivery", "money")
        return dict(zip(names, self.values, strict=True))

    @property
    def values(self) -> tuple[str, str, bool, str, str]:
        """The columns' values, in the order of `facts_of`."""
        return _values(self)

    @property
    def reply_word(self) -> str:
        """The reply in one word; of a withdrawn one its reason."""
        return (self.withdrawal or self.reply).value

    def status(self, *, has_arrived: bool) -> Status:
        """Return the word for these facts, as the database works it out (`SHOWN`)."""
        return _status(self, has_arrived)

    def with_reply(self, word: str) -> Facts:
        """Return these facts with another reply; KeyError for a word that is none."""
        reply, withdrawal = REPLIES[word]
        return self._replace(reply=reply, withdrawal=withdrawal)

    def with_status(self, status: Status) -> Facts:
        """Return these facts as a status word of a list changes them; nothing else changes.

        Attended says that somebody has arrived, which is no fact of these.
        """
        match status:
            case Status.ATTENDED:
                return self
            case Status.HELD:
                return self._replace(held=True)
            case Status.BOUNCED:
                return self._replace(delivery=Delivery.BOUNCED)
            case _:
                return self.with_reply(status.value)


@lru_cache(maxsize=1024)
def _values(facts: Facts) -> tuple[str, str, bool, str, str]:
    return (
        facts.reply.value,
        facts.withdrawal.value if facts.withdrawal else "",
        facts.held,
        facts.delivery.value if facts.delivery else "",
        facts.money.value if facts.money else "",
    )


@lru_cache(maxsize=1024)
def _status(facts: Facts, has_arrived: bool) -> Status:  # noqa: FBT001  a key of the cache
    checks = (
        (has_arrived, Status.ATTENDED),
        (facts.withdrawal is Withdrawal.MOVED, Status.MOVED),
        (facts.withdrawal is Withdrawal.REFUNDED, Status.REFUNDED),
        (facts.reply in {Reply.DECLINED, Reply.WITHDRAWN}, Status.DECLINED),
        (facts.held, Status.HELD),
        (facts.reply is Reply.WAITLISTED, Status.WAITLISTED),
        (facts.reply is Reply.CONFIRMED, Status.CONFIRMED),
        (facts.delivery is Delivery.BOUNCED, Status.BOUNCED),
    )
    return next((word for is_so, word in checks if is_so), Status.OUTSTANDING)


REPLIES: dict[str, tuple[Reply, Withdrawal | None]] = {
    **{reply.value: (reply, None) for reply in Reply if reply is not Reply.WITHDRAWN},
    **{reason.value: (Reply.WITHDRAWN, reason) for reason in Withdrawal},
}
"""What each word for a reply means; a withdrawn one is named by its reason."""

REPLY_CHOICES = [
    *((reply.value, reply.label) for reply in Reply if reply is not Reply.WITHDRAWN),
    *((reason.value, reason.label) for reason in Withdrawal),
]
"""The replies that a form offers."""


def facts_of(reply: str, withdrawal: str, held: bool, delivery: str, money: str) -> Facts:  # noqa: FBT001  columns of a row in their order
    """Return facts from the columns of a row."""
    return Facts(
        Reply(reply),
        Withdrawal(withdrawal) if withdrawal else None,
        held,
        Delivery(delivery) if delivery else None,
        Money(money) if money else None,
    )


CONFIRMED = Facts(Reply.CONFIRMED)
HELD = Facts(held=True)
