"""How long ago something was, in the words of a person."""

from datetime import datetime, timedelta

from django import template
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
