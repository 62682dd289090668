"""What the door tells an event's home page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.checkin.feature import Permission
from seatrobot.events.overview import OverviewCard, Step
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import Status

if TYPE_CHECKING:
    from seatrobot.events.models import Event
    from seatrobot.kernel.principals import Principal


class DoorPart(OverviewCard):
    def steps(self, member: Principal, event: Event) -> Iterable[Step]:
        if not member.may(Permission.CHECKIN_USE, event.pk):
            return
        count = Guest.objects.filter(event=event, status=Status.ATTENDED).count()
        inside = ngettext("%(count)s guest is here", "%(count)s guests are here", count)
        yield Step(
            title=_("Let guests in"),
            note=inside % {"count": count} if count else _("Open the door page on a phone"),
            url=reverse("checkin:door", args=[event.organization_id, event.pk]),
            icon="door-enter",
            is_done=count > 0,
        )
