"""The form of a contact."""

from __future__ import annotations

from typing import Any

import msgspec
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from seatrobot.contacts.models import LIMITS, ContactRecord
from seatrobot.kernel.ids import GivenIdField, new_id
from seatrobot.kernel.versions import VersionedForm
from seatrobot.normalizing import clean_line, clean_text

LABELS = {
    "title": _("Title"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "suffix": _("Suffix"),
    "company": _("Company"),
    "phone": _("Phone"),
    "language": _("Language"),
    "notes": _("Notes"),
}


class ContactForm(VersionedForm):
    """What was not posted stays as it is."""

    contact_id = GivenIdField(required=False, widget=forms.HiddenInput)
    emails = forms.CharField(
        label=_("E-mail addresses"),
        required=False,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        help_text=_("One on each line, the preferred one first."),
    )

    def __init__(
        self, data: QueryDict | None = None, *, record: ContactRecord, seen: str = ""
    ) -> None:
        super().__init__(data)
        self.before = record
        for name, limit in LIMITS.items():
            widget = forms.Textarea(attrs={"rows": 3}) if name == "notes" else forms.TextInput()
            widget.attrs["autocomplete"] = "off"
            self.fields[name] = forms.CharField(
                label=LABELS[name], required=False, max_length=limit, widget=widget
            )
            self.initial[name] = getattr(record, name)
        self.initial = {
            **self.initial,
            "emails": "\n".join(record.emails),
            "seen": seen,
            "contact_id": None if seen else new_id(),
        }

    @property
    def record(self) -> ContactRecord:
        """The record that a valid form says."""
        cleaned = self.cleaned_data
        said: dict[str, Any] = {
            name: clean_text(cleaned[name]) if name == "notes" else clean_line(cleaned[name])
            for name in LIMITS
            if name in self.data
        }
        if "emails" in self.data:
            lines = (clean_line(line) for line in cleaned["emails"].splitlines())
            said["emails"] = list(dict.fromkeys(line for line in lines if line))
        return msgspec.structs.replace(self.before, **said)
