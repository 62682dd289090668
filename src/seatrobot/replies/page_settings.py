"""Changing what the guests' page of an event says, asks and looks like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from seatrobot.events.models import Event
from seatrobot.guests import capacity
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.versions import ChangedMeanwhile
from seatrobot.replies.feature import Action, Permission
from seatrobot.replies.models import Page, PageRecord, Picture
from seatrobot.replies.pictures import drawn
from seatrobot.replies.team_forms import version


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """pictures: by place, the bytes of a file, None to remove the one that is there."""

    is_open: bool
    has_list: bool
    reply_by: datetime | None
    record: PageRecord
    pictures: Mapping[str, bytes | None] = field(default_factory=dict)


def page_of(event: Event) -> Page | None:
    """Return the settings of an event's page; one never changed has the usual ones."""
    return Page.objects.filter(event=event).first()


def change(*, actor: Principal, event: Event, facts: PageFacts, seen: str) -> None:
    """Change the page; raise ChangedMeanwhile, or WrongPicture for a file that is none."""
    actor.require(Permission.REPLY_MANAGE, event.pk)
    capacity.lock_list(event.pk)
    page = page_of(event)
    if version(page) != seen:
        raise ChangedMeanwhile(_("Somebody else changed this page meanwhile."))
    pictures = {
        place: drawn(data, place) if data is not None else None
        for place, data in facts.pictures.items()
    }
    page = page or Page(organization_id=event.organization_id, event=event)
    page.is_open, page.has_list = facts.is_open, facts.has_list
    page.reply_by, page.sealed = facts.reply_by, facts.record
    page.save()
    for place, picture in pictures.items():
        Picture.objects.filter(event=event, place=place).delete()
        if picture is not None:
            Picture.objects.create(
                organization_id=event.organization_id,
                event=event,
                place=place,
                changed_at=now(),
                sealed=picture,
            )
    journal.record(
        Action.PAGE_CHANGE, event_id=event.pk, subject_id=event.pk, pictures=sorted(pictures)
    )
