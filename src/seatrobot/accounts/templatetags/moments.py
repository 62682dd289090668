"""Moments in the words of a person: how long ago, or at what time."""

from datetime import UTC, datetime, timedelta

from django import template
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from seatrobot.kernel.clock import now

register = template.Library()


@register.filter
def ago(moment: datetime) -> str:
    """Return "just now" or "3 hours ago"."""
    if now() - moment < timedelta(minutes=1):
        return _("just now")
    return _("%s ago") % timesince(moment, now(), depth=1)


@register.filter
def utc(moment: datetime | None) -> str:
    """Return day and time with their zone, as for whoever sits elsewhere; "" for None."""
    if moment is None:
        return ""
    return f"{date_format(moment.astimezone(UTC), 'DATETIME_FORMAT')} UTC"
