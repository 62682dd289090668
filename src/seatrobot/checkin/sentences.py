"""What a person at the door is told when somebody is not checked in."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.accounts.models import Account
from seatrobot.checkin.errors import AlreadyIn, NoPlace, NotIn, Refused
from seatrobot.guests.statuses import Status
from seatrobot.kernel import acting

NOT_EXPECTED: dict[Status, Promise] = {
    Status.OUTSTANDING: gettext_lazy("This guest has not answered yet; ask the event team."),
    Status.WAITLISTED: gettext_lazy("This guest is on the waiting list; ask the event team."),
    Status.DECLINED: gettext_lazy("This guest declined the invitation; ask the event team."),
    Status.BOUNCED: gettext_lazy("The invitation did not reach this guest; ask the event team."),
    Status.REFUNDED: gettext_lazy("This guest was refunded; ask the event team."),
    Status.MOVED: gettext_lazy("This guest was moved to another event; ask the event team."),
}


def sentence(refusal: Refused, zone: ZoneInfo, account_id: UUID | None) -> str:
    """Say why nothing was changed; times are in the event's zone."""
    if isinstance(refusal, AlreadyIn):
        return _already_in(refusal, zone, account_id)
    if isinstance(refusal, NoPlace):
        return str(NOT_EXPECTED[refusal.status])
    if isinstance(refusal, NotIn):
        return _("This check-in was taken back already.")
    return _("This guest is not on the list any more.")


def _already_in(refusal: AlreadyIn, zone: ZoneInfo, account_id: UUID | None) -> str:
    time = formats.time_format(timezone.localtime(refusal.at, zone), "TIME_FORMAT")
    if refusal.by is not None and refusal.by == account_id:
        return _("You checked this guest in already (%(time)s).") % {"time": time}
    colleague = _name_of(refusal.by)
    if not colleague:
        return _("This guest was checked in already (%(time)s).") % {"time": time}
    return _("%(colleague)s checked this guest in already (%(time)s).") % {
        "colleague": colleague,
        "time": time,
    }


def _name_of(account_id: UUID | None) -> str:
    """Return the name of a colleague, empty when the account is gone.

    The door sees no account but its own, so this one is named to the database.
    """
    access = acting.current()
    with acting.acting(access.actor, access.organization_id, person_id=account_id):
        account = Account.objects.filter(pk=account_id).first() if account_id else None
        return account.sealed.name if account else ""
