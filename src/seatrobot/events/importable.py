"""What an imported row may say: nothing with which a page could not be shown any more."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from seatrobot.events.facts import MOST_PLACES
from seatrobot.events.models import Activity, Event, Field
from seatrobot.kernel.refusal import Refused


def check_event(row: Event) -> None:
    """Refuse an event of no known time zone; one that would delete itself before its end stays."""
    if row.time_zone not in available_timezones():
        raise Refused(_("there is no time zone “%(zone)s”.") % {"zone": row.time_zone})
    if row.delete_on is not None and row.delete_on <= row.last_day:
        row.delete_on = None


def check_activity(row: Activity) -> None:
    if not 0 <= row.capacity <= MOST_PLACES:
        raise Refused(_("an activity has 0 to 1,000,000 places."))


def check_field(row: Field) -> None:
    labels = (row.sealed.labels, *(choice.labels for choice in row.sealed.choices))
    if any("" not in each for each in labels):
        raise Refused(_("a column or a choice has no label in the language of the event team."))
