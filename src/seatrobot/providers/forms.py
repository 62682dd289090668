"""What staff enter of a provider, and of a certificate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from seatrobot.documents.hashing import HashedFileField
from seatrobot.kernel.clock import now
from seatrobot.kernel.textfields import LineField
from seatrobot.providers.models import Kind
from seatrobot.providers.services import CertificateFacts

AGAIN_IN = timedelta(days=180)


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"})


class ProviderForm(forms.Form):
    name = LineField(label=_("Name"), max_length=100)
    service = LineField(
        label=_("What for"), max_length=200, help_text=_("Such as servers in Frankfurt.")
    )
    is_public = forms.BooleanField(
        label=_("Name it on the public practices page"), required=False, initial=True
    )


class CertificateForm(forms.Form):
    """document: only its SHA-256 is kept."""

    kind = forms.ChoiceField(label=_("Certificate"), choices=Kind.choices)
    scope = LineField(
        label=_("Scope"),
        max_length=300,
        help_text=_("What it covers, in its own words: services, places."),
    )
    issuer = LineField(label=_("Issued by"), max_length=100)
    valid_from = forms.DateField(label=_("Valid from"), widget=_day())
    valid_until = forms.DateField(
        label=_("Valid through"),
        widget=_day(),
        help_text=_("Of a SOC report, which has no end: a year after the end of its period."),
    )
    document = HashedFileField(
        label=_("Document"),
        help_text=_("It is hashed and not kept: keep it yourself."),
    )
    source = forms.URLField(
        label=_("Where it was found"), max_length=300, required=False, assume_scheme="https"
    )
    next_check = forms.DateField(
        label=_("Look again on"),
        widget=_day(),
        help_text=_("Certificates are withdrawn, too: within a year."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["next_check"].initial = now().date() + AGAIN_IN

    @property
    def facts(self) -> CertificateFacts:
        return CertificateFacts(**self.cleaned_data)
