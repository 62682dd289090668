"""What somebody pastes who has kept a head."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = 8000


class HeadForm(forms.Form):
    head = forms.CharField(
        label=_("The head you have kept"),
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
    )
