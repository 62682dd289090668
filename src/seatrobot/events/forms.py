"""Forms of events: local times are in the zone that the same form names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from seatrobot.dates import check_date
from seatrobot.events.facts import LONGEST, MOST_PLACES, ActivityFacts, EventFacts
from seatrobot.events.models import Activity, Event
from seatrobot.events.reading import event_version
from seatrobot.kernel.ids import GivenIdField, new_id
from seatrobot.kernel.textfields import LineField, TextField
from seatrobot.kernel.versions import VersionedForm

_LOCAL = "%Y-%m-%dT%H:%M"
_FORMATS = [_LOCAL, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
_NO_REGION = {"Etc", "SystemV", "US", "Brazil", "Canada", "Chile", "Mexico"}


@cache
def zones() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the time zones as choices, grouped by region."""
    groups: dict[str, list[tuple[str, str]]] = {"UTC": [("UTC", "UTC")]}
    for name in sorted(available_timezones()):
        region, _sign, place = name.partition("/")
        if place and region not in _NO_REGION:
            groups.setdefault(region, []).append((name, place.replace("_", " ")))
    return list(groups.items())


class LocalDateTime(forms.DateTimeField):
    """A date and time without a zone, as a clock on the wall shows it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_LOCAL)

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        if moment is None:
            return None
        check_date(moment)
        return moment.replace(tzinfo=None)

    def prepare_value(self, value: Any) -> Any:
        return value


class EventForm(VersionedForm):
    title = LineField(label=gettext_lazy("Title"), max_length=LONGEST["title"])
    venue = LineField(label=gettext_lazy("Venue"), max_length=LONGEST["venue"], required=False)
    starts_at = LocalDateTime(label=gettext_lazy("Starts"), input_formats=_FORMATS)
    ends_at = LocalDateTime(label=gettext_lazy("Ends"), input_formats=_FORMATS)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("The zone of the venue; every time of this event is shown in it."),
    )
    capacity = forms.IntegerField(
        label=gettext_lazy("Places"),
        min_value=0,
        max_value=MOST_PLACES,
        required=False,
        help_text=gettext_lazy("How many people fit. Leave empty when there is no limit."),
    )
    description = TextField(
        label=gettext_lazy("Description"),
        max_length=LONGEST["description"],
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    event_id = GivenIdField(required=False, widget=forms.HiddenInput, initial=new_id)

    facts: EventFacts

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["time_zone"].choices = zones()  # type: ignore[attr-defined]  # a ChoiceField

    @classmethod
    def of(cls, event: Event) -> EventForm:
        """Return the form filled with an event."""
        record = event.sealed
        return cls(
            initial={
                "title": record.title,
                "venue": record.venue,
                "starts_at": event.starts_at.astimezone(event.zone).replace(tzinfo=None),
                "ends_at": event.ends_at.astimezone(event.zone).replace(tzinfo=None),
                "time_zone": event.time_zone,
                "capacity": event.capacity or None,
                "description": record.description,
                "seen": event_version(event.pk),
            }
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        zone = ZoneInfo(cleaned["time_zone"])
        self.facts = EventFacts(
            title=cleaned["title"],
            venue=cleaned["venue"],
            description=cleaned["description"],
            time_zone=cleaned["time_zone"],
            capacity=cleaned["capacity"] or 0,
            starts_at=self._moment("starts_at", cleaned["starts_at"], zone),
            ends_at=self._moment("ends_at", cleaned["ends_at"], zone),
        )
        if self.facts.ends_at <= self.facts.starts_at:  # an hour that comes twice: its second time
            again = in_zone(cleaned["ends_at"].replace(fold=1), zone)
            self.facts = replace(self.facts, ends_at=again or self.facts.ends_at)
        for field, sentence in self.facts.problems():
            self.add_error(field, sentence)
        return cleaned

    def _moment(self, field: str, local: datetime, zone: ZoneInfo) -> datetime:
        moment = in_zone(local, zone)
        if moment is None:
            self.add_error(field, SKIPPED)
        return moment or local.replace(tzinfo=zone)


SKIPPED = gettext_lazy("The clocks skip this time on that day; choose another one.")


def in_zone(local: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the moment of a local time, None for one that the clocks skip."""
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local else None


class ActivityForm(VersionedForm):
    """A further activity; local times are in the zone of the event."""

    activity_id = GivenIdField(required=False, widget=forms.HiddenInput)
    title = LineField(
        label=gettext_lazy("Title"),
        max_length=LONGEST["title"],
        help_text=gettext_lazy("Such as Ceremony."),
    )
    place = LineField(label=gettext_lazy("Place"), max_length=LONGEST["venue"], required=False)
    starts_at = LocalDateTime(label=gettext_lazy("Starts"), input_formats=_FORMATS, required=False)
    ends_at = LocalDateTime(label=gettext_lazy("Ends"), input_formats=_FORMATS, required=False)
    capacity = forms.IntegerField(
        label=gettext_lazy("Places"),
        min_value=0,
        max_value=MOST_PLACES,
        required=False,
        help_text=gettext_lazy(
            "A note for you: everybody on the list is expected, and nobody is refused for it."
        ),
    )

    facts: ActivityFacts

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        event: Event,
        activity: Activity | None = None,
        seen: str = "",
    ) -> None:
        super().__init__(data, auto_id=f"{activity.pk.hex}_%s" if activity else "new_%s")
        self.zone = event.zone
        self.initial = {"seen": seen, "activity_id": new_id()}
        if activity:
            self.initial |= {
                "title": activity.sealed.title,
                "place": activity.sealed.place,
                "starts_at": self._local(activity.starts_at),
                "ends_at": self._local(activity.ends_at),
                "capacity": activity.capacity or None,
            }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        self.facts = ActivityFacts(
            title=cleaned["title"],
            place=cleaned["place"],
            starts_at=self._moment("starts_at"),
            ends_at=self._moment("ends_at"),
            capacity=cleaned["capacity"] or 0,
        )
        for field, sentence in self.facts.problems():
            self.add_error(field, sentence)
        return cleaned

    def _local(self, moment: datetime | None) -> datetime | None:
        return moment.astimezone(self.zone).replace(tzinfo=None) if moment else None

    def _moment(self, field: str) -> datetime | None:
        local = self.cleaned_data[field]
        if local is None:
            return None
        moment = in_zone(local, self.zone)
        if moment is None:
            self.add_error(field, SKIPPED)
        return moment


class DeleteForm(forms.Form):
    title = LineField(label=gettext_lazy("Title of the event"), max_length=LONGEST["title"])


class DeletionDayForm(forms.Form):
    delete_on = forms.DateField(
        label=gettext_lazy("Delete on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
