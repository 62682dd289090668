"""What staff enter of an investigation, and of a hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from seatrobot.holds.models import LONGEST
from seatrobot.holds.services import LONGEST_REASON
from seatrobot.kernel.clock import now
from seatrobot.kernel.textfields import LineField, TextField

BACK = timedelta(days=14)


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"})


def _days() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("For how many days"),
        min_value=1,
        max_value=LONGEST.days,
        initial=LONGEST.days,
        help_text=_("Thirty at most, from when a second person confirms it."),
    )


def _reason() -> TextField:
    return TextField(
        label=_("Why"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For the staff. Name no customer and no guest."),
    )


class InvestigationForm(forms.Form):
    title = LineField(
        label=_("What is investigated"),
        max_length=120,
        help_text=_("Administrators of organizations read it beside each hold."),
    )


class HoldForm(forms.Form):
    made_from = forms.DateField(label=_("Backups made from"), widget=_day())
    made_through = forms.DateField(label=_("through"), widget=_day())
    days = _days()
    reason = _reason()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        today = now().date()
        self.fields["made_from"].initial = today - BACK
        self.fields["made_through"].initial = today


class RenewForm(forms.Form):
    days = _days()
    reason = _reason()
