"""A file in a form of which only the hash is wanted."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from seatrobot.documents.sheet import MAX_BYTES


class HashedFileField(forms.FileField):
    """Cleans to the SHA-256 of the file in hexadecimal, "" without one; the file is not kept."""

    def clean(self, data: Any, initial: Any = None) -> str:
        """Refuse a file of which the upload kept nothing, so that no other bytes are hashed."""
        file = super().clean(data, initial)
        if not file:
            return ""
        if file.size is None or file.size > MAX_BYTES:
            raise ValidationError(_("The document is larger than %s.") % filesizeformat(MAX_BYTES))
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        return digest.hexdigest()
