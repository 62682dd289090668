"""Addresses of the pages about the activity that a page of seating shows."""

from django import template
from django.template.context import Context

from seatrobot.seating.plan import address

register = template.Library()


@register.simple_tag(takes_context=True)
def seating_url(context: Context, name: str, *parts: object) -> str:
    """Return the address of a page of seating, for the activity in the context."""
    return address(context["activity"], name, *parts)
