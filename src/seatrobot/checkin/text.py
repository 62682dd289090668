"""What a person at the door reads: why somebody is not checked in, and what was done."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from seatrobot.guests.statuses import Status

NOT_EXPECTED: dict[Status, Promise] = {
    Status.OUTSTANDING: gettext_lazy("This guest has not answered yet; ask the event team."),
    Status.WAITLISTED: gettext_lazy("This guest is on the waiting list; ask the event team."),
    Status.DECLINED: gettext_lazy("This guest declined the invitation; ask the event team."),
    Status.BOUNCED: gettext_lazy("The invitation did not reach this guest; ask the event team."),
    Status.REFUNDED: gettext_lazy("This guest was refunded; ask the event team."),
    Status.MOVED: gettext_lazy("This guest was moved to another event; ask the event team."),
}
"""Why a guest with this status is not expected."""


def clock_time(moment: datetime, zone: ZoneInfo) -> str:
    """Return the time of day in the event's zone and the reader's form."""
    return formats.time_format(timezone.localtime(moment, zone), "TIME_FORMAT")


def already_in(time: str, door: str, colleague: str, *, by_yourself: bool) -> str:
    """Say who was first, when and where. door, colleague: empty where they are not known."""
    facts = {"time": time, "door": door, "colleague": colleague}
    if by_yourself and door:
        return _("You checked this guest in already at %(door)s (%(time)s).") % facts
    if by_yourself:
        return _("You checked this guest in already (%(time)s).") % facts
    if colleague and door:
        return _("%(colleague)s checked this guest in already at %(door)s (%(time)s).") % facts
    if colleague:
        return _("%(colleague)s checked this guest in already (%(time)s).") % facts
    if door:
        return _("This guest was checked in already at %(door)s (%(time)s).") % facts
    return _("This guest was checked in already (%(time)s).") % facts


def taken_back_already() -> str:
    return _("This check-in was taken back already.")


def try_again() -> str:
    return _("This tap let nobody in; please tap again.")


def not_on_the_list() -> str:
    return _("This guest is not on the list any more.")


def on_the_list(since: str) -> str:
    """Say that somebody of a name is on the list. since: when they came in, "" if they did not."""
    if since:
        return _("Somebody of this name is on the list, and in since %(time)s.") % {"time": since}
    return _("Somebody of this name is on the list and has not come in yet.")


def checked_in(guests: int) -> str:
    return ngettext("Checked in.", "Checked in %(count)s guests.", guests) % {"count": guests}


def taken_back(guests: int = 1) -> str:
    return ngettext(
        "The check-in was taken back.", "%(count)s check-ins were taken back.", guests
    ) % {"count": guests}


def needs_note() -> str:
    return _("Write why this guest is let in; the event team reads it on the guest's page.")


def notes_are_full() -> str:
    return _("The notes of this guest are full; shorten them on the guest's page.")


def let_in(time: str, note: str) -> str:
    """Return what the notes of a guest say who was not expected; time: when, with the day."""
    return _("Let in at the door, %(time)s: %(note)s") % {"time": time, "note": note}


def seat(table: str, number: int) -> str:
    """Return where somebody sits; seats are counted from 1."""
    return _("%(table)s, seat %(seat)s") % {"table": table, "seat": number}


def party_of(size: int) -> str:
    return ngettext("Party of %(size)s", "Party of %(size)s", size) % {"size": size}


def party_arrived(arrived: int) -> str:
    return ngettext("%(arrived)s in", "%(arrived)s in", arrived) % {"arrived": arrived}


def check_in_all(waiting: int) -> str:
    return ngettext("Check in all %(waiting)s", "Check in all %(waiting)s", waiting) % {
        "waiting": waiting
    }


def and_more(unseen: int) -> str:
    return ngettext("and %(unseen)s more", "and %(unseen)s more", unseen) % {"unseen": unseen}
