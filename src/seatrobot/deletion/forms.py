"""Forms of deletion."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from seatrobot.deletion.models import SubjectRequest
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import GivenIdField, new_id
from seatrobot.kernel.textfields import LineField

LONGEST_NAME = 200


class DeleteOrganizationForm(forms.Form):
    """deletion_id: so that a form sent twice asks once."""

    deletion_id = GivenIdField(widget=forms.HiddenInput, initial=new_id)
    name = LineField(label=_("Name of the organization"), max_length=LONGEST_NAME)
    at_once = forms.BooleanField(
        label=_("Begin at once; it cannot be cancelled then"), required=False
    )


class SubjectRequestForm(forms.Form):
    """request_id: so that a form sent twice notes one request."""

    request_id = GivenIdField(widget=forms.HiddenInput, initial=new_id)
    kind = forms.ChoiceField(label=_("They ask"), choices=SubjectRequest.Kind.choices)
    received_on = forms.DateField(
        label=_("Arrived on"),
        initial=lambda: now().date(),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
