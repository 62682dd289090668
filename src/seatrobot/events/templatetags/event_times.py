"""Times of an event as its guests live them: in the event's own zone, never the reader's."""

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from seatrobot.events.models import Event

register = template.Library()


@register.filter
def local(event: Event, form: str) -> str:
    """Format the start in the event's zone, as the filter `date` does."""
    return date_format(timezone.localtime(event.starts_at, event.zone), form)


@register.filter
def when(event: Event) -> str:
    """Say day, hours and zone: "Wed, January 20, 2027, 6 p.m. to 10 p.m. (EST)"."""
    start = timezone.localtime(event.starts_at, event.zone)
    end = timezone.localtime(event.ends_at, event.zone)
    same_day = start.date() == end.date()
    words = _("%(day)s, %(start)s to %(end)s (%(zone)s)")
    if start.tzname() != end.tzname():  # the clocks change meanwhile
        words = _("%(day)s, %(start)s (%(zone)s) to %(end)s (%(end_zone)s)")
    return words % {
        "day": f"{date_format(start, 'D')}, {date_format(start, 'DATE_FORMAT')}",
        "start": date_format(start, "TIME_FORMAT"),
        "end": date_format(end, "TIME_FORMAT" if same_day else "DATETIME_FORMAT"),
        "zone": start.tzname(),
        "end_zone": end.tzname(),
    }
