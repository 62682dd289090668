"""What staff say when they ask for access, and when they review it."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.grants.models import Category, Review
from seatrobot.grants.services.asking import LONGEST_REASON, LONGEST_TICKET, Wanted
from seatrobot.kernel.textfields import LineField, TextField

MINUTES = [
    (15, gettext_lazy("15 minutes")),
    (60, gettext_lazy("1 hour")),
    (240, gettext_lazy("4 hours")),
    (480, gettext_lazy("8 hours")),
    (1440, gettext_lazy("24 hours")),
]
USUAL = 240
MOST_EVENTS = 50
LONGEST_EVENTS = 5000
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class AskForm(forms.Form):
    """Why, for how long, and how much of it; the service looks at the words."""

    category = forms.ChoiceField(
        label=gettext_lazy("What is it for?"), choices=Category.choices, widget=forms.RadioSelect
    )
    reason = LineField(
        label=gettext_lazy("Why do you have to see it?"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The organization reads this, in the mail and in its access log."),
    )
    ticket = LineField(label=gettext_lazy("Ticket"), max_length=LONGEST_TICKET, required=False)
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("For how long?"), coerce=int, choices=MINUTES, initial=USUAL
    )
    may_change = forms.BooleanField(
        label=gettext_lazy("I have to change something, too"),
        help_text=gettext_lazy(
            "Settings of events, tables, rules and seats. Never people, and nothing is deleted."
        ),
        required=False,
    )
    events = TextField(
        label=gettext_lazy("Only these events"),
        max_length=LONGEST_EVENTS,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Addresses or identifiers of events, one a line. Empty: all of the organization."
        ),
        required=False,
    )
    is_emergency = forms.BooleanField(
        label=gettext_lazy("It is an emergency"),
        help_text=gettext_lazy(
            "Another member of the staff approves it instead of the organization, which is told at"
            " once. It lasts one hour and is reviewed within three days."
        ),
        required=False,
    )

    def clean_events(self) -> list[UUID] | None:
        """Return the events that are named; None where there are none."""
        text = self.cleaned_data["events"].strip()
        if not text:
            return None
        found = []
        for line in text.split():
            ids = _UUID.findall(line)
            if not ids:
                sentence = _("“%(line)s” names no event: paste the address of one of its pages.")
                raise forms.ValidationError(sentence % {"line": line[:60]})
            found.append(UUID(ids[-1] if "/events/" not in line else _after_events(line, ids)))
        if len(found) > MOST_EVENTS:
            raise forms.ValidationError(_("Name %d events at most.") % MOST_EVENTS)
        return list(dict.fromkeys(found))

    @property
    def wanted(self) -> Wanted:
        said: dict[str, Any] = dict(self.cleaned_data)
        return Wanted(
            category=Category(said["category"]),
            reason=said["reason"],
            ticket=said["ticket"],
            may_change=said["may_change"],
            event_ids=said["events"],
            minutes=said["minutes"],
            is_emergency=said["is_emergency"],
        )


def _after_events(line: str, ids: list[str]) -> str:
    after = _UUID.findall(line.partition("/events/")[2])
    return after[0] if after else ids[-1]


class ReviewForm(forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("What did you find?"), choices=Review.choices, widget=forms.RadioSelect
    )
    note = LineField(
        label=gettext_lazy("What did you look at?"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
