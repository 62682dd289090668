"""Forms of the guest list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.documents.sheet import MAX_BYTES
from seatrobot.guests.directory import Directory
from seatrobot.guests.importing.cleaning import clean_line, clean_text
from seatrobot.guests.importing.headings import Target
from seatrobot.guests.importing.mapping import TARGET_LABELS, Mapping
from seatrobot.guests.importing.plan import split_tags
from seatrobot.guests.records import LABELS, LIMITS, GuestRecord, is_email
from seatrobot.guests.statuses import STATUSES, Status

STATUS_CHOICES = [(status.value, status.label) for status in Status]
_NOT_LINES = {"notes"}


class GuestForm(forms.Form):
    """The fields of a record, the status, the tags, and one field per extra column of the list."""

    status = forms.ChoiceField(
        label=gettext_lazy("Status"), choices=STATUS_CHOICES, initial=Status.CONFIRMED
    )
    keep_tags = forms.MultipleChoiceField(
        label=gettext_lazy("Tags"), required=False, widget=forms.CheckboxSelectMultiple
    )
    new_tags = forms.CharField(
        label=gettext_lazy("New tags"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Several with semicolons between them."),
        widget=forms.TextInput(attrs={"list": "tags", "autocomplete": "off"}),
    )
    new_column = forms.CharField(label=gettext_lazy("New column"), required=False, max_length=200)
    new_value = forms.CharField(label=gettext_lazy("Its value"), required=False, max_length=1000)

    def __init__(
        self, data: Any = None, *, directory: Directory, record: GuestRecord, **options: Any
    ) -> None:
        super().__init__(data, **options)
        self.columns = list(dict.fromkeys([*directory.columns, *record.extra]))
        for name, limit in LIMITS.items():
            self.fields[name] = _text(str(LABELS[name]), limit, name)
            self.initial.setdefault(name, getattr(record, name))
        for index, column in enumerate(self.columns):
            self.fields[f"extra_{index}"] = _text(column, 1000, "")
            self.initial.setdefault(f"extra_{index}", record.extra.get(column, ""))
        tags = list(dict.fromkeys([*record.tags, *(data.getlist("keep_tags") if data else [])]))
        self.fields["keep_tags"].choices = [(tag, tag) for tag in tags]  # type: ignore[attr-defined]  # a choice field
        self.initial.setdefault("keep_tags", record.tags)

    @property
    def extra_fields(self) -> list[forms.BoundField]:
        return [self[f"extra_{index}"] for index in range(len(self.columns))]

    def clean_email(self) -> str:
        email = clean_line(self.cleaned_data["email"])
        if email and not is_email(email):
            raise forms.ValidationError(_("This is not an e-mail address."))
        return email

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("new_value") and not said.get("new_column"):
            self.add_error("new_column", _("Give the new column a name."))
        return said

    @property
    def record(self) -> GuestRecord:
        """The record that a valid form says."""
        said = self.cleaned_data
        lines = {
            name: clean_text(said[name]) if name in _NOT_LINES else clean_line(said[name])
            for name in LIMITS
        }
        extra = {
            column: text
            for index, column in enumerate(self.columns)
            if (text := clean_line(said[f"extra_{index}"]))
        }
        if column := clean_line(said["new_column"]):
            extra[column] = clean_line(said["new_value"])
        tags = dict.fromkeys([*said["keep_tags"], *split_tags(said["new_tags"])])
        facts: dict[str, Any] = {**lines, "tags": list(tags), "extra": extra}
        return GuestRecord(**facts)

    @property
    def chosen_status(self) -> Status:
        return STATUSES[self.cleaned_data["status"]]


def _text(label: str, limit: int, name: str) -> forms.CharField:
    widget: forms.Widget = forms.TextInput(attrs={"autocomplete": "off"})
    if name in _NOT_LINES:
        widget = forms.Textarea(attrs={"rows": 4})
    elif name == "email":
        widget = forms.EmailInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=limit, widget=widget)


class PlusOneForm(forms.Form):
    first_name = forms.CharField(label=LABELS["first_name"], required=False, max_length=200)
    last_name = forms.CharField(label=LABELS["last_name"], required=False, max_length=200)
    email = forms.CharField(label=LABELS["email"], required=False, max_length=254)

    @property
    def record(self) -> GuestRecord:
        said = {name: clean_line(text) for name, text in self.cleaned_data.items()}
        return GuestRecord(
            first_name=said["first_name"], last_name=said["last_name"], email=said["email"]
        )


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Guest list"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
        error_messages={"required": gettext_lazy("Choose a CSV file or an Excel workbook.")},
    )

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(
                _("“%(name)s” has %(size)s MB; at most %(most)s MB are accepted.")
                % {
                    "name": (file.name or "")[:100],
                    "size": -(-(file.size or 0) // 1024**2),
                    "most": MAX_BYTES // 1024**2,
                }
            )
        return file


class MappingForm(forms.Form):
    """One choice per column of the file."""

    default_status = forms.ChoiceField(
        label=gettext_lazy("Status of guests whose row names none"), choices=STATUS_CHOICES
    )

    def __init__(
        self, data: Any = None, *, columns: list[str], mapping: Mapping, default_status: str
    ) -> None:
        super().__init__(data, initial={"default_status": default_status})
        self.columns = columns
        choices = [(target.value, TARGET_LABELS[target]) for target in Target]
        for index, column in enumerate(columns):
            self.fields[f"column_{index}"] = forms.ChoiceField(
                label=column,
                choices=choices,
                initial=mapping.columns.get(column, Target.EXTRA).value,
            )

    @property
    def column_fields(self) -> list[forms.BoundField]:
        return [self[f"column_{index}"] for index in range(len(self.columns))]

    @property
    def mapping(self) -> Mapping:
        said = self.cleaned_data
        return Mapping(
            {name: Target(said[f"column_{index}"]) for index, name in enumerate(self.columns)}
        )

    @property
    def default(self) -> Status:
        return STATUSES[self.cleaned_data["default_status"]]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors:
            for sentence in self.mapping.problems(self.columns):
                self.add_error(None, sentence)
        return said
