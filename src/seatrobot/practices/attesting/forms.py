"""What a member of staff attests."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from seatrobot.documents.sheet import MAX_BYTES
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
    document = forms.FileField(
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

    def clean_document(self) -> UploadedFile[bytes] | None:
        """Refuse a file of which the upload kept nothing, so that no other bytes are hashed."""
        file: UploadedFile[bytes] | None = self.cleaned_data["document"]
        if file and (file.size is None or file.size > MAX_BYTES):
            raise ValidationError(_("The document is larger than %s.") % filesizeformat(MAX_BYTES))
        return file

    @property
    def end(self) -> datetime:
        """Return the moment after the last day (UTC)."""
        following = self.cleaned_data["until"] + timedelta(days=1)
        return datetime.combine(following, time(), UTC)

    @property
    def document_hash(self) -> str:
        """Return the SHA-256 of the document in hexadecimal; empty without one."""
        file: UploadedFile[bytes] | None = self.cleaned_data["document"]
        if file is None:
            return ""
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        return digest.hexdigest()
