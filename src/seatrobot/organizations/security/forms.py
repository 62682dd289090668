"""What an administrator chooses about security."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from seatrobot.kernel.versions import VersionedForm
from seatrobot.organizations.security.policy import Factor
from seatrobot.organizations.security.services import Wanted

MOST_LINES = 100
LONGEST_TEXT = 5000
HOURS = (1, 4, 8, 12, 24, 72, 168)
MINUTES = (15, 30, 60, 120, 240, 480, 1440)
DAYS = (0, 1, 3, 7, 14, 30)
DOMAIN = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])"
)


class LinesField(forms.CharField):
    """One word on each line; cleaned to a tuple without repetition, in order."""

    def __init__(self, *, example: str, **options: Any) -> None:
        attributes = {"rows": 3, "placeholder": example, "spellcheck": "false"}
        widget = forms.Textarea(attrs=attributes)
        super().__init__(widget=widget, required=False, max_length=LONGEST_TEXT, **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, tuple | list) else value

    def clean(self, value: Any) -> tuple[str, ...]:
        words = str(super().clean(value)).replace(",", "\n").split()
        if len(words) > MOST_LINES:
            raise ValidationError(_("Give at most %d lines.") % MOST_LINES)
        return tuple(dict.fromkeys(self.clean_word(word) for word in words))

    def clean_word(self, word: str) -> str:
        raise NotImplementedError


class DomainsField(LinesField):
    def clean_word(self, word: str) -> str:
        try:
            domain = word.removeprefix("@").lower().encode("idna").decode()
        except UnicodeError:
            domain = ""
        if not DOMAIN.fullmatch(domain):
            raise ValidationError(_("“%s” is not a domain such as example.org.") % word)
        return domain


class NetworksField(LinesField):
    def clean_word(self, word: str) -> str:
        try:
            return str(ip_network(word, strict=False))
        except ValueError as error:
            raise ValidationError(
                _("“%s” is not a network such as 192.0.2.0/24 or 2001:db8::/32.") % word
            ) from error


def _hours(count: int) -> str:
    if count < 48:  # noqa: PLR2004  two days
        return ngettext("%d hour", "%d hours", count) % count
    return ngettext("%d day", "%d days", count // 24) % (count // 24)


def _choices(unlimited: str, values: tuple[int, ...], label: Any) -> list[tuple[object, str]]:
    return [("", unlimited), *((value, label(value)) for value in values)]


class SecurityForm(VersionedForm):
    """The settings; a value that is in force stays choosable."""

    factor = forms.ChoiceField(
        label=gettext_lazy("To enter, members need"),
        choices=Factor.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "A passkey cannot be given away on a page that only looks like this one. A second"
            " factor can also be a code from an app."
        ),
    )
    grace_days = forms.TypedChoiceField(
        label=gettext_lazy("Time to set it up"),
        coerce=int,
        help_text=gettext_lazy(
            "Until then every page says so, with the date. New members get as much time."
        ),
    )
    session_hours = forms.TypedChoiceField(
        label=gettext_lazy("Longest session"), coerce=int, empty_value=None, required=False
    )
    idle_minutes = forms.TypedChoiceField(
        label=gettext_lazy("Longest time without use"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=gettext_lazy("Counted to within five minutes, never longer."),
    )
    domains = DomainsField(
        label=gettext_lazy("Domains of e-mail addresses"),
        example="example.org",
        help_text=gettext_lazy(
            "One on each line. Only such addresses can be invited and join; who is a member stays."
            " Empty: all."
        ),
    )
    networks = NetworksField(
        label=gettext_lazy("Allowed networks"),
        example="192.0.2.0/24\n2001:db8::/32",
        help_text=gettext_lazy(
            "One on each line. From anywhere else nothing of this organization is reachable."
            " Empty: all."
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        days = [(value, self._days(value)) for value in DAYS]
        chosen: dict[str, list[tuple[object, str]]] = {
            "grace_days": list(days),
            "session_hours": _choices(_("14 days, as everywhere"), HOURS, _hours),
            "idle_minutes": _choices(_("3 days, as everywhere"), MINUTES, self._minutes),
        }
        for name, choices in chosen.items():
            field = self.fields[name]
            assert isinstance(field, forms.TypedChoiceField)
            field.choices = choices

    def wanted(self) -> Wanted:
        """Return the settings of a valid form."""
        data = {name: self.cleaned_data[name] for name in self.fields if name != "seen"}
        return Wanted(**data | {"factor": Factor(data["factor"])})

    @staticmethod
    def _days(count: int) -> str:
        if count == 0:
            return str(_("None: from now on"))
        return str(_("1 day") if count == 1 else _("%d days") % count)

    @staticmethod
    def _minutes(count: int) -> str:
        return str(_("%d minutes") % count) if count < 120 else _hours(count // 60)  # noqa: PLR2004  two hours
