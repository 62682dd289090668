"""The filter bars of the access log and of the sign-ins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts.sign_in_log.kinds import DeviceType, Outcome
from seatrobot.kernel.principals import Principal
from seatrobot.organizations.log import subjects, text
from seatrobot.organizations.log.entries import LogFilter
from seatrobot.organizations.log.reading import Filter
from seatrobot.organizations.log.sign_ins import SignInFilter

STAFF = "staff"
"""Chosen in the place of a member: only what staff of the service did."""


def _who(text: str) -> UUID | str:
    return text if text == STAFF else UUID(text)


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
    guest = forms.CharField(
        label=_("Guest"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("Name")}),
    )
    show = forms.ChoiceField(
        choices=[("changes", ""), ("everything", "")], required=False, widget=forms.HiddenInput
    )
    field_order = ("account", "area", "event", "guest", "since", "until", "show")

    def __init__(
        self, *args: Any, principal: Principal, events: dict[UUID, str], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.principal = principal
        who = self.fields["account"]
        assert isinstance(who, forms.TypedChoiceField)
        who.label, who.coerce = _("Who"), _who
        everybody, *members = list(who.choices)
        who.choices = [everybody, (STAFF, str(_("Staff of the service"))), *members]
        self._choose("area", [("", str(_("Everything"))), *text.areas().items()])
        self._choose("event", [("", str(_("All events"))), *events.items()])

    def clean_guest(self) -> str:
        text: str = self.cleaned_data["guest"].strip()
        if text and not self.cleaned_data.get("event"):
            raise forms.ValidationError(_("Choose the event of the guest, too."))
        return text

    @property
    def shows_everything(self) -> bool:
        """Whether what only reads is shown, too; first of a guest, whom somebody may have seen."""
        said = self._chosen()
        return said.get("show", "everything" if said.get("guest") else "") == "everything"

    def chosen(self) -> LogFilter:
        """Return what is asked of the file: everything, unless it is of the changes alone."""
        said = self._chosen()
        only_changes, guest = said.pop("show", "") == "changes", said.pop("guest", "")
        if said.get("account") == STAFF:
            said["staff"] = said.pop("account") == STAFF
        if guest:
            said["people"] = tuple(subjects.find(self.principal, said["event"], guest))
        return LogFilter(**said, only_changes=only_changes)


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
