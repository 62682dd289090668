"""Forms of the guest list.

Every field is posted under a name of its own, those of an event's columns under their identifier.
A field that a posted form does not have stays as it is; a posted field that the form does not know
is refused, because the page it comes from shows something else than the list now has.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.documents.encodings import ENCODINGS
from seatrobot.documents.sheet import MAX_BYTES, Choice, Sheet
from seatrobot.events.forms import SKIPPED, LocalDateTime, in_zone
from seatrobot.events.models import Event, Field
from seatrobot.guests.fields import OpenField, WrongAnswer
from seatrobot.guests.guest_list import GuestList
from seatrobot.guests.importing.headings import Target
from seatrobot.guests.importing.mapping import TARGET_LABELS, Mapping, split_tags
from seatrobot.guests.models import Party
from seatrobot.guests.records import LABELS, LIMITS, LONGEST_LABEL, GuestRecord
from seatrobot.guests.services.editing import DECLINE, KEEP
from seatrobot.guests.services.fields import FieldFacts
from seatrobot.guests.services.parties import LONGEST, PartyFacts, facts_of
from seatrobot.guests.statuses import CONFIRMED, REPLY_CHOICES, STATUSES, Facts, Status
from seatrobot.kernel.ids import GivenIdField, new_id
from seatrobot.kernel.textfields import LineField, TextField
from seatrobot.kernel.versions import VersionedForm
from seatrobot.normalizing import clean_line, clean_text, is_email

STATUS_CHOICES = [(status.value, status.label) for status in Status]
_NOT_LINES = {"notes"}
_ADDRESSES = {"email", "delivery_email"}
_ALWAYS = {"csrfmiddlewaretoken"}


class KeyedForm(forms.Form):
    """A form that tells a field which was not posted from one that was emptied."""

    def was_posted(self, name: str) -> bool:
        return self.add_prefix(name) in self.data

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        known = {self.add_prefix(name) for name in self.fields} | _ALWAYS
        if unknown := sorted(set(self.data) - known):
            self.add_error(
                None,
                _("This page is out of date: it has the field “%(name)s”; open it again.")
                % {"name": unknown[0][:80]},
            )
        return cleaned


class GuestForm(VersionedForm, KeyedForm):
    """The fields of a record, the reply, the tags, and one field per column of the list.

    new: for a guest who is added; guest_id then makes a form sent twice one guest.
    """

    not_compared = frozenset({"new_tags", "overbook", "plus_ones"})

    guest_id = GivenIdField(required=False, widget=forms.HiddenInput)
    reply = forms.ChoiceField(
        label=gettext_lazy("Reply"), choices=REPLY_CHOICES, initial=CONFIRMED.reply, required=False
    )
    held = forms.BooleanField(
        label=gettext_lazy("Hold the place; the name is not known yet"), required=False
    )
    held_shown = forms.BooleanField(required=False, widget=forms.HiddenInput)
    keep_tags = forms.MultipleChoiceField(
        label=gettext_lazy("Tags"), required=False, widget=forms.CheckboxSelectMultiple
    )
    tags_shown = forms.BooleanField(required=False, widget=forms.HiddenInput, initial=True)
    new_tags = forms.CharField(
        label=gettext_lazy("New tags"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Several with semicolons between them."),
        widget=forms.TextInput(attrs={"list": "tags", "autocomplete": "off"}),
    )
    plus_ones = forms.ChoiceField(
        label=gettext_lazy("Those who come with this guest"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            (DECLINE, gettext_lazy("They do not come either")),
            (KEEP, gettext_lazy("They come all the same")),
        ],
    )
    overbook = forms.BooleanField(
        label=gettext_lazy("Overbook anyway"),
        required=False,
        help_text=gettext_lazy("Go on although there are fewer places than guests."),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        guest_list: GuestList,
        record: GuestRecord,
        facts: Facts = CONFIRMED,
        seen: datetime | None = None,
    ) -> None:
        super().__init__(data)
        self.guest_list = guest_list
        self.before = record
        for name, limit in LIMITS.items():
            self.fields[name] = _text(str(LABELS[name]), limit, name)
            self.initial[name] = getattr(record, name)
        for field in guest_list.fields:
            answer = record.answers.get(field.id, "")
            self.fields[field.input_name] = _question(field, answer)
            self.initial[field.input_name] = answer
        tags = list(dict.fromkeys([*record.tags, *(data.getlist("keep_tags") if data else [])]))
        self.fields["keep_tags"].choices = [(tag, tag) for tag in tags]  # type: ignore[attr-defined]  # a choice field
        self.initial = {
            **self.initial,
            "keep_tags": record.tags,
            "reply": facts.reply_word,
            "held": facts.held,
            "held_shown": True,
            "seen": seen.isoformat() if seen else "",
            "guest_id": None if seen else new_id(),
        }

    def is_said(self, name: str) -> bool:
        marks = {"keep_tags": "tags_shown", "held": "held_shown"}
        if name in marks:
            return self.was_posted(name) or self.was_posted(marks[name])
        return super().is_said(name)

    @property
    def answer_fields(self) -> list[forms.BoundField]:
        return [self[field.input_name] for field in self.guest_list.fields]

    @property
    def may_overbook(self) -> bool:
        """Whether to offer the tick: places were lacking, or it is ticked."""
        return bool(self.data) and ("overbook" in self.data or self.is_full)

    is_full = False

    @property
    def asks_plus_ones(self) -> bool:
        """Whether to ask what becomes of plus-ones: it was asked, or is answered."""
        return self.is_bound and ("plus_ones" in self.data or "plus_ones" in self.errors)

    @property
    def shows_held(self) -> bool:
        """Whether to offer to hold a place: for a new guest, and one without a name."""
        before = self.before
        return not (before.first_name or before.last_name)

    def clean_email(self) -> str:
        return _address(self.cleaned_data["email"])

    def clean_delivery_email(self) -> str:
        return _address(self.cleaned_data["delivery_email"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for field in self.guest_list.fields:
            name = field.input_name
            before = self.before.answers.get(field.id, "")
            text = clean_line(cleaned.get(name) or "")
            try:
                cleaned[name] = text if text == before else field.parse(text)
            except WrongAnswer as error:
                self.add_error(name, str(error))
        return cleaned

    @property
    def record(self) -> GuestRecord:
        """The record that a valid form says; what it did not post is as before."""
        cleaned, before = self.cleaned_data, self.before
        lines = {
            name: clean_text(cleaned[name]) if name in _NOT_LINES else clean_line(cleaned[name])
            for name in LIMITS
            if self.was_posted(name)
        }
        answers = dict(before.answers)
        for field in self.guest_list.fields:
            if self.was_posted(field.input_name):
                answers[field.id] = cleaned[field.input_name]
        kept = cleaned["keep_tags"] if self.was_posted("tags_shown") else before.tags
        tags = dict.fromkeys([*kept, *split_tags(cleaned["new_tags"])])
        return msgspec.structs.replace(
            before,
            **lines,
            tags=list(tags),
            answers={key: answer for key, answer in answers.items() if answer},
        )

    @property
    def chosen_reply(self) -> str | None:
        """The word of the reply, None where the form has none."""
        return self.cleaned_data["reply"] or None

    @property
    def chosen_held(self) -> bool | None:
        """Whether the place is held, None where the form does not say."""
        if self.was_posted("held") or self.was_posted("held_shown"):
            return bool(self.cleaned_data["held"])
        return None

    @property
    def facts(self) -> Facts:
        """The facts of a new guest."""
        facts = Facts(held=bool(self.chosen_held))
        if facts.held:
            return facts
        return facts.with_reply(self.chosen_reply or CONFIRMED.reply.value)

    @property
    def seen_at(self) -> datetime | None:
        return moment(self.cleaned_data["seen"])

    @property
    def new_id(self) -> UUID | None:
        guest_id: UUID | None = self.cleaned_data["guest_id"]
        return guest_id


def moment(text: str) -> datetime | None:
    """Return the time that a form carries, None for anything else."""
    try:
        return parse_datetime(text)
    except ValueError:
        return None


def _address(text: str) -> str:
    email = clean_line(text)
    if email and not is_email(email):
        raise forms.ValidationError(_("This is not an e-mail address."))
    return email


def _text(label: str, limit: int, name: str) -> forms.CharField:
    widget: forms.Widget = forms.TextInput(attrs={"autocomplete": "off"})
    if name in _NOT_LINES:
        widget = forms.Textarea(attrs={"rows": 4})
    elif name in _ADDRESSES:
        widget = forms.EmailInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=limit, widget=widget)


def _question(field: OpenField, answer: str) -> forms.Field:
    """Return the form field of a column; an answer that it does not take any more can stay."""
    choices = {"consent": [("yes", _("Yes")), ("no", _("No"))]}.get(
        field.type, [(choice.key, choice.label) for choice in field.choices]
    )
    if field.type in {"choice", "consent"}:
        kept = [(answer, answer)] if answer and answer not in dict(choices) else []
        return forms.ChoiceField(
            label=field.label, required=False, choices=[("", ""), *choices, *kept]
        )
    attrs = {"autocomplete": "off"}
    if field.type == "number":
        attrs["inputmode"] = "decimal"
    if field.type == "date":
        attrs["placeholder"] = "2027-01-20"
    return forms.CharField(
        label=field.label, required=False, max_length=1000, widget=forms.TextInput(attrs=attrs)
    )


class PlusOneForm(KeyedForm):
    is_full = False
    first_name = LineField(label=LABELS["first_name"], required=False, max_length=200)
    last_name = LineField(label=LABELS["last_name"], required=False, max_length=200)
    email = LineField(label=LABELS["email"], required=False, max_length=254)
    guest_id = GivenIdField(required=False, widget=forms.HiddenInput, initial=new_id)
    overbook = forms.BooleanField(label=gettext_lazy("Overbook anyway"), required=False)

    def clean_email(self) -> str:
        return _address(self.cleaned_data["email"])

    @property
    def record(self) -> GuestRecord:
        cleaned = self.cleaned_data
        return GuestRecord(
            first_name=clean_line(cleaned["first_name"]),
            last_name=clean_line(cleaned["last_name"]),
            email=cleaned["email"],
        )


class PartyForm(VersionedForm, KeyedForm):
    """What an invitation says; times are in the zone of the event."""

    label = LineField(
        label=gettext_lazy("Name of the party"),
        required=False,
        max_length=LONGEST["label"],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    places = forms.IntegerField(
        label=gettext_lazy("Places in the invitation"),
        required=False,
        min_value=1,
        max_value=1000,
        help_text=gettext_lazy("Leave empty for as many as there are guests."),
    )
    language = forms.RegexField(
        label=gettext_lazy("Language"),
        regex=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
        required=False,
        max_length=35,
        help_text=gettext_lazy("As a code, such as en or pt-BR."),
        error_messages={"invalid": gettext_lazy("Give a language code, such as en or pt-BR.")},
    )
    reply_by = LocalDateTime(
        label=gettext_lazy("Reply until"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    note = TextField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=LONGEST["note"],
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self, data: QueryDict | None = None, *, event: Event, party: Party, seen: str
    ) -> None:
        super().__init__(data, prefix="party")
        self.event, self.before = event, facts_of(party)
        facts = self.before
        reply_by = facts.reply_by.astimezone(event.zone) if facts.reply_by else None
        self.initial = {
            "seen": seen,
            "label": facts.label,
            "places": facts.places,
            "language": facts.language,
            "reply_by": reply_by.replace(tzinfo=None) if reply_by else None,
            "note": facts.note,
        }

    def clean_reply_by(self) -> datetime | None:
        """Return the moment, in UTC."""
        local = self.cleaned_data["reply_by"]
        moment = in_zone(local, self.event.zone) if local else None
        if local and moment is None:
            raise forms.ValidationError(SKIPPED)
        return moment

    @property
    def facts(self) -> PartyFacts:
        """What a valid form says; what it did not post is as before."""
        cleaned, before = self.cleaned_data, self.before
        said = {
            "label": clean_line(cleaned["label"]),
            "note": clean_text(cleaned["note"]),
            "places": cleaned["places"],
            "language": cleaned["language"],
            "reply_by": cleaned["reply_by"],
        }
        return PartyFacts(
            **{
                name: value if self.was_posted(name) else getattr(before, name)
                for name, value in said.items()
            }
        )


class FieldForm(VersionedForm, KeyedForm):
    """One column of the list."""

    field_id = GivenIdField(required=False, widget=forms.HiddenInput)
    label = LineField(
        label=gettext_lazy("Name"),
        max_length=LONGEST_LABEL,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    type = forms.ChoiceField(
        label=gettext_lazy("Kind of answer"), choices=Field.Type.choices, initial=Field.Type.TEXT
    )
    choices = TextField(
        label=gettext_lazy("Choices"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("For the kind Choice: one on each line."),
    )
    special = forms.BooleanField(
        label=gettext_lazy("Health, diet, religion or passport"),
        required=False,
        help_text=gettext_lazy(
            "The answers are encrypted under a key of their own, "
            "and only members with that right see them."
        ),
    )

    def __init__(
        self, data: QueryDict | None = None, *, field: OpenField | None = None, seen: str = ""
    ) -> None:
        super().__init__(data, auto_id=f"{field.id.hex}_%s" if field else "new_%s")
        self.initial = {"seen": seen, "field_id": new_id()}
        if field:
            self.initial |= {
                "label": field.labels[""],
                "type": field.type,
                "choices": "\n".join(choice.labels[""] for choice in field.choices),
                "special": field.special,
            }

    @property
    def facts(self) -> FieldFacts:
        cleaned = self.cleaned_data
        lines: Sequence[str] = [clean_line(line) for line in cleaned["choices"].splitlines()]
        return FieldFacts(
            clean_line(cleaned["label"]),
            Field.Type(cleaned["type"]),
            tuple(line for line in lines if line),
            cleaned["special"],
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


class ReadingForm(forms.Form):
    """How a file is to be read: what the reader guessed, to be corrected beside a preview."""

    sheet = forms.ChoiceField(label=gettext_lazy("Sheet of the workbook"), required=False)
    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding of the text"),
        required=False,
        choices=list(ENCODINGS.items()),
        help_text=gettext_lazy("Choose another one if letters with accents look wrong."),
    )
    has_heading = forms.ChoiceField(
        label=gettext_lazy("The first row of the table"),
        choices=[
            ("yes", gettext_lazy("holds the headings of the columns")),
            ("no", gettext_lazy("is a guest already")),
        ],
    )
    leave_hidden = forms.BooleanField(label=gettext_lazy("Leave hidden rows out"), required=False)
    repair = forms.BooleanField(
        label=gettext_lazy("Repair texts that were decoded wrongly"), required=False
    )

    def __init__(self, data: QueryDict | None = None, *, sheet: Sheet, choice: Choice) -> None:
        initial = {
            "sheet": sheet.name,
            "encoding": sheet.encoding,
            "has_heading": "yes" if sheet.has_heading else "no",
            "leave_hidden": choice.leave_hidden,
            "repair": choice.repair,
        }
        super().__init__(data, initial=initial)
        self.fields["sheet"].choices = [(name, name) for name in sheet.names]
        if len(sheet.names) < 2:  # noqa: PLR2004  nothing to choose
            del self.fields["sheet"]
        if sheet.kind != "csv":
            del self.fields["encoding"]
        if not sheet.hidden:
            del self.fields["leave_hidden"]
        if sheet.misread:
            was, now = sheet.misread
            example = _("“%(was)s” is then read as “%(now)s”.")
            self.fields["repair"].help_text = example % {"was": was[:60], "now": now[:60]}
        else:
            del self.fields["repair"]
        self.before = sheet

    @property
    def choice(self) -> Choice:
        """What was chosen; another sheet or encoding has its row of headings guessed anew."""
        cleaned = self.cleaned_data
        name = cleaned.get("sheet", "") or self.before.name
        is_same = name == self.before.name
        return Choice(
            sheet=name if len(self.before.names) > 1 else "",
            encoding=cleaned.get("encoding", ""),
            has_heading=cleaned["has_heading"] == "yes" if is_same else None,
            leave_hidden=cleaned.get("leave_hidden", False),
            repair=cleaned.get("repair", False),
        )


class MappingForm(forms.Form):
    """One choice per column of the file."""

    default_status = forms.ChoiceField(
        label=gettext_lazy("Status of guests whose row names none"), choices=STATUS_CHOICES
    )

    keep_contacts = forms.BooleanField(
        label=gettext_lazy("Save these people to contacts"),
        required=False,
        help_text=gettext_lazy("A contact is found again at your other events."),
    )

    def __init__(  # noqa: PLR0913  what the page shows
        self,
        data: QueryDict | None = None,
        *,
        columns: list[str],
        mapping: Mapping,
        default_status: str,
        keep_contacts: bool = False,
        may_keep_contacts: bool = False,
        own: Sequence[OpenField] = (),
    ) -> None:
        initial = {"default_status": default_status, "keep_contacts": keep_contacts}
        super().__init__(data, initial=initial)
        if not may_keep_contacts:
            del self.fields["keep_contacts"]
        self.columns = columns
        self.values = mapping.values
        self.own = own
        choices: list[Any] = [(target.value, TARGET_LABELS[target]) for target in Target]
        if own:
            listed = [(field.key, field.label) for field in own]
            choices.insert(-2, (_("Columns of this list"), listed))
        for index, column in enumerate(columns):
            self.fields[f"column_{index}"] = forms.ChoiceField(
                label=column,
                choices=choices,
                initial=str(mapping.columns.get(column, Target.NEW)),
            )

    @property
    def column_fields(self) -> list[forms.BoundField]:
        return [self[f"column_{index}"] for index in range(len(self.columns))]

    @property
    def mapping(self) -> Mapping:
        cleaned = self.cleaned_data
        return Mapping(
            {name: cleaned[f"column_{index}"] for index, name in enumerate(self.columns)},
            self.values,
        )

    @property
    def default(self) -> Status:
        return STATUSES[self.cleaned_data["default_status"]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            for sentence in self.mapping.problems(self.columns, self.own):
                self.add_error(None, sentence)
        return cleaned
