"""What a person types about an organization and its members."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts.forms import (
    AddressField,
    NameField,
    NewPasswordField,
    PasswordField,
)
from seatrobot.dates import check_date
from seatrobot.kernel.ids import GivenIdField, new_id
from seatrobot.kernel.versions import VersionedForm
from seatrobot.organizations.permissions import GrantedRole, Role

ROLE_MEANINGS: dict[Role, Promise] = {
    Role.ADMINISTRATOR: _("Members, settings, access log, and everything of all events"),
    Role.TEAM: _("Everything of all events; creates events"),
    Role.LIMITED: _("A role of its own in each event that you choose"),
}
EVENT_ROLE_MEANINGS: dict[Role, Promise] = {
    Role.MANAGER: _("Event manager: everything of the event"),
    Role.VIEWER: _("Viewer: sees the event, changes nothing"),
    Role.DOOR: _("Door: checks guests in, sees nothing else"),
}
ONE_DAY = timedelta(days=1)


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


class SettingsForm(VersionedForm):
    name = OrganizationNameField()


class JoinForm(forms.Form):
    name = NameField(label=_("Your name"))
    password = NewPasswordField()


def _roles() -> list[tuple[str, str]]:
    lines = "{}<small>{}</small>"
    return [
        (role.value, format_html(lines, role.label, ROLE_MEANINGS[role])) for role in ROLE_MEANINGS
    ]


def _event_roles() -> list[tuple[str, object]]:
    return [("", _("No access")), *((r.value, m) for r, m in EVENT_ROLE_MEANINGS.items())]


def _last_day(grant: GrantedRole | None) -> date | None:
    return (grant.expires_at - ONE_DAY).date() if grant and grant.expires_at else None


class EventRole(NamedTuple):
    """One line of the form: a role in one event, and the last day of it."""

    title: str
    role: forms.BoundField
    until: forms.BoundField


class RoleForm(forms.Form):
    """A role, and for a limited member a role in each event.

    events: titles by identifier. grants: what the member has now.
    """

    role = forms.ChoiceField(
        label=_("Role"),
        widget=forms.RadioSelect,
        choices=_roles,
    )

    def __init__(
        self,
        *args: Any,
        events: dict[UUID, str],
        grants: Sequence[GrantedRole] = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._titles: dict[UUID | None, str] = {None: str(_("Every event"))}
        self._titles |= dict(events.items())
        before = {grant.event_id: grant for grant in grants}
        for event_id, title in self._titles.items():
            grant = before.get(event_id)
            self.fields[f"role-{event_id}"] = forms.ChoiceField(
                label=title, choices=_event_roles, required=False, initial=grant and grant.role
            )
            self.fields[f"until-{event_id}"] = forms.DateField(
                label=format_lazy(_("Last day in {title}"), title=title),
                widget=forms.DateInput(attrs={"type": "date"}),
                required=False,
                validators=[check_date],
                initial=_last_day(grant),
            )

    def event_roles(self) -> Iterator[EventRole]:
        """Return the lines to choose roles in, an event each."""
        for event_id, title in self._titles.items():
            yield EventRole(title, self[f"role-{event_id}"], self[f"until-{event_id}"])

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])

    def clean(self) -> dict[str, Any]:
        """Put the roles in events together as `grants`."""
        cleaned = {**super().clean()}  # type: ignore[dict-item]  # Django returns its own
        grants = []
        for event_id in self._titles:
            role, day = cleaned.pop(f"role-{event_id}", ""), cleaned.pop(f"until-{event_id}", None)
            if role:
                ends = datetime.combine(day, time(), UTC) + ONE_DAY if day else None
                grants.append(GrantedRole(Role(role), event_id, ends))
        return {**cleaned, "grants": grants}


class MemberForm(VersionedForm, RoleForm):
    """A member's role as it was when the page was opened."""


class InviteForm(RoleForm):
    """invitation_id: makes a form that is sent twice one invitation."""

    invitation_id = GivenIdField(required=False, widget=forms.HiddenInput, initial=new_id)
    name = NameField(label=_("Name"), autocomplete="off")
    email = AddressField(autocomplete="off")
    field_order = ("name", "email", "role")


class TransferForm(forms.Form):
    """members: names by membership."""

    member = forms.TypedChoiceField(label=_("New Primary Owner"), coerce=UUID)
    password = PasswordField(label=_("Your password"))

    def __init__(self, *args: Any, members: dict[UUID, str], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["member"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("Choose a member")), *members.items()]
