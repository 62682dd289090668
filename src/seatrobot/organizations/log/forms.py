"""The filter bars of the access log and of the sign-ins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts.sign_in_log.kinds import DeviceType, Outcome
from seatrobot.organizations.log import text
from seatrobot.organizations.log.entries import LogFilter
from seatrobot.organizations.log.reading import Filter
from seatrobot.organizations.log.sign_ins import SignInFilter


class FilterForm(forms.Form):
    """What both logs are filtered by. members: names by identifier.

    What is not understood filters nothing, and its field says so.
    """

    account = forms.TypedChoiceField(
        label=_("Member"), coerce=UUID, empty_value=None, required=False
    )
    since = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}), required=False
    )
    until = forms.DateField(
        label=_("To"), widget=forms.DateInput(attrs={"type": "date"}), required=False
    )

    def __init__(self, *args: Any, members: dict[UUID, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._choose("account", [("", str(_("Everybody"))), *members.items()])

    def _choose(self, name: str, choices: list[tuple[Any, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def chosen(self) -> Filter:
        return Filter(**self._chosen())


class LogForm(FilterForm):
    """events: titles by identifier."""

    area = forms.ChoiceField(label=_("Area"), required=False)
    event = forms.TypedChoiceField(label=_("Event"), coerce=UUID, empty_value=None, required=False)
    field_order = ("account", "area", "event", "since", "until")

    def __init__(self, *args: Any, events: dict[UUID, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._choose("area", [("", str(_("Everything"))), *text.areas().items()])
        self._choose("event", [("", str(_("All events"))), *events.items()])

    def chosen(self) -> LogFilter:
        return LogFilter(**self._chosen())


class SignInLogForm(FilterForm):
    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=[("", _("Every outcome")), *Outcome.choices], required=False
    )
    device = forms.ChoiceField(
        label=_("Device"), choices=[("", _("Every device")), *DeviceType.choices], required=False
    )
    field_order = ("account", "outcome", "device", "since", "until")

    def chosen(self) -> SignInFilter:
        return SignInFilter(**self._chosen())
