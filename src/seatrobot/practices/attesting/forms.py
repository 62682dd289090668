"""What a member of staff attests."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from seatrobot.documents.hashing import HashedFileField
from seatrobot.kernel.promises.declaring import AttestationRule

LONGEST_NOTE = 300


class RoleForm(forms.Form):
    """The role in which a person attests, one of those that the promise allows."""

    role = forms.ChoiceField(label=_("Your role"))

    def __init__(self, *args: Any, asked: AttestationRule, **options: Any) -> None:
        super().__init__(*args, **options)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = [(str(each), str(each)) for each in asked.roles]


class AttestForm(RoleForm):
    """document: only its SHA-256 is kept."""

    until = forms.DateField(
        label=_("Valid through"), widget=forms.DateInput(attrs={"type": "date"})
    )
    document = HashedFileField(
        label=_("Document"),
        required=False,
        help_text=_("Such as a certificate. It is hashed and not kept: keep it yourself."),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=LONGEST_NOTE,
        required=False,
        help_text=_("One sentence that anybody may read."),
    )

    @property
    def end(self) -> datetime:
        """Return the moment after the last day (UTC)."""
        following = self.cleaned_data["until"] + timedelta(days=1)
        return datetime.combine(following, time(), UTC)
