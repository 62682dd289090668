"""The filter bar of the sign-ins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts.sign_in_log.kinds import DeviceType, Outcome
from seatrobot.organizations.log.sign_ins import SignInFilter


class SignInLogForm(forms.Form):
    """members: names by identifier."""

    account = forms.TypedChoiceField(
        label=_("Member"), coerce=UUID, empty_value=None, required=False
    )
    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=[("", _("Every outcome")), *Outcome.choices], required=False
    )
    device = forms.ChoiceField(
        label=_("Device"), choices=[("", _("Every device")), *DeviceType.choices], required=False
    )
    since = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}), required=False
    )
    until = forms.DateField(
        label=_("To"), widget=forms.DateInput(attrs={"type": "date"}), required=False
    )

    def __init__(self, *args: Any, members: dict[UUID, str], **options: Any) -> None:
        super().__init__(*args, **options)
        account = self.fields["account"]
        assert isinstance(account, forms.ChoiceField)
        account.choices = [("", str(_("Everybody"))), *members.items()]

    def chosen(self) -> SignInFilter:
        """Return the filter; what is not understood filters nothing and is said at its field."""
        self.is_valid()
        return SignInFilter(**{name: value for name, value in self.cleaned_data.items() if value})
