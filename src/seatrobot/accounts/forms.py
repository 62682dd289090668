"""Forms of accounts, and the fields that other packages' forms share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts import services
from seatrobot.accounts.factors.services import FactorLine
from seatrobot.kernel.textfields import UNSEEN_FOR_ONE, LineField

LONGEST_NAME = 200
LONGEST_PASSWORD = 1000
MINE, NOT_MINE = "mine", "remove"
KEEP, RENEW = "keep", "new"
LONGEST_ADDRESS = 254
LONGEST_TYPED = UNSEEN_FOR_ONE * LONGEST_ADDRESS
"""An address that is typed with more signs is refused, whatever they are."""


class PasswordInput(forms.PasswordInput):
    """A password with a button that shows it."""

    template_name = "accounts/widgets/password.html"


class PasswordField(forms.CharField):
    """An existing password: taken as typed, offered by password managers."""

    autocomplete = "current-password"

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Password"))
        widget = PasswordInput(attrs={"autocomplete": self.autocomplete})
        super().__init__(strip=False, max_length=LONGEST_PASSWORD, widget=widget, **options)


class NewPasswordField(PasswordField):
    """A new password: long enough, not common, not leaked; any characters."""

    autocomplete = "new-password"

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "help_text", _("At least 15 characters. A few words in a row are easy to keep in mind.")
        )
        super().__init__(**options)

    def clean(self, value: Any) -> str:
        password = str(super().clean(value))
        validate_password(password)
        return password


class AddressField(LineField):
    """An e-mail address, normalized."""

    def __init__(self, *, autocomplete: str = "email", **options: Any) -> None:
        options.setdefault("label", _("E-mail address"))
        widget = forms.EmailInput(attrs={"autocomplete": autocomplete, "spellcheck": "false"})
        super().__init__(max_length=LONGEST_ADDRESS, widget=widget, **options)

    def clean(self, value: Any) -> str:
        return services.clean_address(str(super().clean(value)))


class NameField(LineField):
    """A name on one line."""

    def __init__(self, *, autocomplete: str = "name", **options: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": autocomplete})
        super().__init__(max_length=LONGEST_NAME, widget=widget, **options)

    def clean(self, value: Any) -> str:
        return services.clean_name(str(super().clean(value)))


class SignInForm(AuthenticationForm):
    username = AddressField(autocomplete="username webauthn")
    password = PasswordField()

    error_messages = {
        "invalid_login": _("This e-mail address and this password do not belong together."),
        "inactive": _("This e-mail address and this password do not belong together."),
    }


class AskForResetForm(forms.Form):
    email = AddressField(autocomplete="username")


class ResetForm(forms.Form):
    password = NewPasswordField(label=_("New password"))


class NameForm(forms.Form):
    name = NameField(label=_("Your name"))


class FactorNameForm(forms.Form):
    """recovery_codes: made with the first factor, shown once."""

    name = NameField(
        label=_("Name"), autocomplete="off", help_text=_("So that you know which one it is.")
    )
    recovery_codes: list[str] = []


class AppForm(FactorNameForm):
    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        help_text=_("The six digits that the app shows now."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    sealed = forms.CharField(max_length=400, widget=forms.HiddenInput)


class ReviewForm(forms.Form):
    """For each factor whether it is the person's, and whether to replace the recovery codes."""

    def __init__(self, *args: Any, lines: list[FactorLine], **options: Any) -> None:
        super().__init__(*args, **options)
        self.lines = lines
        for line in lines:
            self.fields[str(line.id)] = _radio(
                line.name, (MINE, _("This is mine")), (NOT_MINE, _("Remove it"))
            )
        if lines:
            self.fields["codes"] = _radio(
                _("Recovery codes"),
                (KEEP, _("Nobody else has seen them: keep them")),
                (RENEW, _("Make new ones, the old ones are void")),
            )

    def questions(self) -> list[tuple[FactorLine, forms.BoundField]]:
        """Return each factor with its field."""
        return [(line, self[str(line.id)]) for line in self.lines]

    def mine(self) -> set[UUID]:
        """Return the factors that a valid form keeps."""
        return {line.id for line in self.lines if self.cleaned_data[str(line.id)] == MINE}

    def new_codes(self) -> bool:
        return self.cleaned_data.get("codes") == RENEW


class ConfirmForm(forms.Form):
    password = PasswordField()


class ChangePasswordForm(forms.Form):
    old = PasswordField(label=_("Present password"))
    new = NewPasswordField(
        label=_("New password"),
        help_text=_("At least 15 characters. Every other session ends with the change."),
    )


def _radio(label: Any, *choices: tuple[str, Any]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
