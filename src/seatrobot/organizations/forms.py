"""What a person types about an organization and its members."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts.forms import (
    AddressField,
    NameField,
    NewPasswordField,
    PasswordField,
)
from seatrobot.organizations.permissions import Role

ROLE_MEANINGS: dict[Role, Promise] = {
    Role.ADMINISTRATOR: _("Members, settings, access log, and everything of all events"),
    Role.TEAM: _("Everything of all events; creates events"),
    Role.MANAGER: _("Everything of the events you choose"),
    Role.VIEWER: _("Sees the events you choose, changes nothing"),
    Role.DOOR: _("Checks guests in at the events you choose, sees nothing else"),
}


class OrganizationNameField(NameField):
    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Name of the organization"))
        super().__init__(autocomplete="organization", **options)


class SetUpForm(forms.Form):
    organization = OrganizationNameField()
    name = NameField(label=_("Your name"))
    email = AddressField(
        label=_("Your e-mail address"),
        autocomplete="username",
        help_text=_("You sign in with it. You become the Primary Owner."),
    )
    password = NewPasswordField()


class SettingsForm(forms.Form):
    name = OrganizationNameField()


class JoinForm(forms.Form):
    name = NameField(label=_("Your name"))
    password = NewPasswordField()


def _roles() -> list[tuple[str, str]]:
    lines = "{}<small>{}</small>"
    return [
        (role.value, format_html(lines, role.label, ROLE_MEANINGS[role])) for role in ROLE_MEANINGS
    ]


class RoleForm(forms.Form):
    """A role, and for some roles the events that go with it. events: titles by identifier."""

    role = forms.ChoiceField(
        label=_("Role"),
        widget=forms.RadioSelect,
        choices=_roles,
    )
    events = forms.TypedMultipleChoiceField(
        label=_("Events"),
        widget=forms.CheckboxSelectMultiple,
        coerce=UUID,
        required=False,
        help_text=_("For an Event manager, Viewer or Door."),
    )

    def __init__(self, *args: Any, events: dict[UUID, str], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["events"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = list(events.items())

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class InviteForm(RoleForm):
    name = NameField(label=_("Name"), autocomplete="off")
    email = AddressField(autocomplete="off")
    field_order = ("name", "email", "role", "events")


class TransferForm(forms.Form):
    """members: names by membership."""

    member = forms.TypedChoiceField(label=_("New Primary Owner"), coerce=UUID)
    password = PasswordField(label=_("Your password"))

    def __init__(self, *args: Any, members: dict[UUID, str], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["member"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("Choose a member")), *members.items()]
