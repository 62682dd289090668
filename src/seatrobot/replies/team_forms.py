"""Forms of the team: the guests' page of an event, and an answer that was given by phone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.events.forms import SKIPPED, LocalDateTime, in_zone
from seatrobot.events.models import Event
from seatrobot.guests.fields import OpenField
from seatrobot.kernel.textfields import LineField, TextField
from seatrobot.kernel.versions import VersionedForm, version_of
from seatrobot.replies import look
from seatrobot.replies.models import Answer, Page, PageRecord

LONGEST = {"host": 200, "contact": 200, "greeting": 4000, "purpose": 2000}


class PageForm(VersionedForm):
    """What guests read and are asked; times are in the zone of the event."""

    not_compared = frozenset({"banner", "logo", "remove_banner", "remove_logo"})
    is_open = forms.BooleanField(label=gettext_lazy("Guests may answer"), required=False)
    reply_by = LocalDateTime(
        label=gettext_lazy("Until when"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text=gettext_lazy("In the time zone of the event; empty until it begins."),
    )
    has_list = forms.BooleanField(
        label=gettext_lazy("Who finds no place waits for one"),
        required=False,
        help_text=gettext_lazy("Places that come free go to whoever waits longest, parties whole."),
    )
    host = LineField(
        label=gettext_lazy("Who invites"),
        required=False,
        max_length=LONGEST["host"],
        help_text=gettext_lazy("Empty for the name of the organization."),
    )
    greeting = TextField(
        label=gettext_lazy("Greeting"),
        required=False,
        max_length=LONGEST["greeting"],
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    contact = LineField(
        label=gettext_lazy("How guests reach you"),
        required=False,
        max_length=LONGEST["contact"],
        help_text=gettext_lazy("An address or a phone number, shown where a guest needs help."),
    )
    purpose = TextField(
        label=gettext_lazy("What answers are used for"),
        required=False,
        max_length=LONGEST["purpose"],
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    accent = forms.CharField(
        label=gettext_lazy("Colour"),
        required=False,
        max_length=7,
        help_text=gettext_lazy(
            "As #1f4d43. It is made darker or lighter where it could not be read."
        ),
    )
    asked = forms.MultipleChoiceField(
        label=gettext_lazy("Columns that guests are asked"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    required_fields = forms.MultipleChoiceField(
        label=gettext_lazy("Of these, what they have to answer"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    banner = forms.FileField(label=gettext_lazy("Banner"), required=False)
    logo = forms.FileField(label=gettext_lazy("Logo"), required=False)
    remove_banner = forms.BooleanField(label=gettext_lazy("Remove the banner"), required=False)
    remove_logo = forms.BooleanField(label=gettext_lazy("Remove the logo"), required=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        files: MultiValueDict[str, object] | None = None,
        *,
        event: Event,
        page: Page | None,
        fields: list[OpenField],
    ) -> None:
        super().__init__(data, files)
        self.event = event
        record = page.sealed if page else PageRecord()
        choices = [(str(each.id), each.label) for each in fields]
        for name in ("asked", "required_fields"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # a choice field
        until = page.reply_by.astimezone(event.zone) if page and page.reply_by else None
        self.initial = {
            "is_open": page.is_open if page else True,
            "has_list": page.has_list if page else True,
            "reply_by": until.replace(tzinfo=None) if until else None,
            "host": record.host,
            "greeting": record.greeting,
            "contact": record.contact,
            "purpose": record.purpose,
            "accent": record.accent,
            "asked": [str(each) for each in record.asked],
            "required_fields": [str(each) for each in record.required],
        }
        self.initial["seen"] = version(page)

    def clean_accent(self) -> str:
        accent = str(self.cleaned_data["accent"]).lower()
        if accent and not look.HEX.fullmatch(accent):
            raise forms.ValidationError(_("Give a colour such as #1f4d43."))
        return accent

    def clean_reply_by(self) -> datetime | None:
        """Return the moment, in UTC."""
        local = self.cleaned_data["reply_by"]
        moment = in_zone(local, self.event.zone) if local else None
        if local and moment is None:
            raise forms.ValidationError(SKIPPED)
        if moment and moment > self.event.ends_at:
            raise forms.ValidationError(_("Choose a time before the event ends."))
        return moment

    @property
    def record(self) -> PageRecord:
        cleaned = self.cleaned_data
        asked = [UUID(each) for each in cleaned["asked"]]
        return PageRecord(
            host=cleaned["host"],
            greeting=cleaned["greeting"],
            contact=cleaned["contact"],
            purpose=cleaned["purpose"],
            accent=cleaned["accent"],
            asked=asked,
            required=[UUID(each) for each in cleaned["required_fields"] if UUID(each) in asked],
        )


def version(page: Page | None) -> str:
    """Return the version of a page's settings; the table has none of its own."""
    if page is None:
        return version_of(None)
    return version_of(page.is_open, page.has_list, page.reply_by, page.sealed)


TAKEN = [
    (each.value, each.label)
    for each in (Answer.Channel.PHONE, Answer.Channel.MAIL, Answer.Channel.PERSON)
]
