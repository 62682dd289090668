"""What people choose when they subscribe."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts.forms import AddressField
from seatrobot.kernel.outgoing import LONGEST_URL
from seatrobot.practices.sections import SECTIONS
from seatrobot.practices.subscribing.models import Rhythm


class SectionsForm(forms.Form):
    sections = forms.MultipleChoiceField(
        label=_("Only these"),
        choices=[(section.id, section.title) for section in SECTIONS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Choose none to hear of all of them."),
    )
    alive = forms.ChoiceField(
        label=_("Tell me that the service is alive"),
        choices=Rhythm.choices,
        initial=Rhythm.WEEKLY,
        help_text=_(
            "How all promises stand and what changed, signed. If it does not come, something is"
            " wrong."
        ),
    )

    @property
    def chosen(self) -> Sequence[str]:
        """Return the sections of a valid form; all of them is the same as none."""
        chosen: list[str] = self.cleaned_data["sections"]
        return [] if len(chosen) == len(SECTIONS) else chosen


class SubscribeForm(SectionsForm):
    email = AddressField()
    field_order = ("email", "alive", "sections")


class HookForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=LONGEST_URL,
        widget=forms.URLInput(
            attrs={
                "placeholder": "https://example.org/hooks/seatrobot",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
    )
