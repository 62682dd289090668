"""Forms of archives."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.documents.sheet import MAX_BYTES
from seatrobot.kernel.ids import GivenIdField, new_id


class MakeForm(forms.Form):
    """id: of the archive, so that a form sent twice makes one."""

    id = GivenIdField(widget=forms.HiddenInput, initial=new_id)
    recipient = forms.CharField(
        label=gettext_lazy("Encrypt it to an age recipient"),
        required=False,
        max_length=200,
        help_text=gettext_lazy(
            "A public key such as age1…, made by age-keygen: only whoever has the secret"
            " key can open the file."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class ImportForm(forms.Form):
    id = GivenIdField(widget=forms.HiddenInput, initial=new_id)
    file = forms.FileField(
        label=gettext_lazy("Archive"),
        widget=forms.FileInput(attrs={"accept": ".zip"}),
        error_messages={"required": gettext_lazy("Choose an archive (.zip).")},
    )
    leave_unknown = forms.BooleanField(
        label=gettext_lazy("Leave out what this instance does not know"),
        required=False,
        help_text=gettext_lazy("Needed only for an archive of a newer version."),
    )

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(
                _(
                    "“%(name)s” has %(size)s MB; at most %(most)s MB come by the browser. The"
                    " operator of the instance imports larger ones: seatrobot archive import."
                )
                % {
                    "name": (file.name or "")[:100],
                    "size": -(-(file.size or 0) // 1024**2),
                    "most": MAX_BYTES // 1024**2,
                }
            )
        return file
