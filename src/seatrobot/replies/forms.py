"""What a party says on its page: a yes or no of each, names, activities and answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from seatrobot.guests.fields import OpenField
from seatrobot.guests.fields import WrongAnswer as NotThat
from seatrobot.guests.records import LIMITS
from seatrobot.kernel.textfields import LineField
from seatrobot.replies.reading import Invitation, Invited
from seatrobot.replies.services import Person, Said

PARTY = "party"
YES, NO = "yes", "no"
CONTROLS = {"csrfmiddlewaretoken", "step", "stamp", "mine", "lang"}
"""What a form sends beside what is said."""


@dataclass(slots=True)
class Block:
    """The fields of one person on the page. comes: None of somebody the party may bring besides."""

    title: str
    is_named: bool = True
    invited: Invited | None = None
    comes: forms.BoundField | None = None
    names: list[forms.BoundField] = field(default_factory=list)
    later: forms.BoundField | None = None
    questions: list[forms.BoundField] = field(default_factory=list)
    activities: list[forms.BoundField] = field(default_factory=list)

    @property
    def fields(self) -> Iterator[forms.BoundField]:
        yield from filter(None, [self.comes, *self.names, self.later])
        yield from self.questions
        yield from self.activities


class ReplyForm(forms.Form):
    """The answer of a party; its fields follow from the invitation.

    website: a field that people do not see; what fills it in is a program.
    """

    website = LineField(required=False, max_length=200)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, data: QueryDict | None = None, *, invitation: Invitation) -> None:
        super().__init__(data, initial={"seen": invitation.version})
        self.invitation = invitation
        self.use_required_attribute = False  # what is missing is said in words, with a summary
        for each in invitation.guests:
            self._add(each)
        for open_field in invitation.of_party():
            self._ask(open_field, PARTY, invitation.lead.record.answers)
        for number in range(invitation.slots):
            self._add_slot(number)

    def _add(self, guest: Invited) -> None:
        key = guest.id.hex
        self.fields[f"comes_{key}"] = _yes_or_no(guest)
        if not guest.is_named:
            self._name(key)
        for open_field in self.invitation.of_person():
            self._ask(open_field, key, guest.record.answers)
        self._offer(key, guest.attends)

    def _add_slot(self, number: int) -> None:
        key = f"new{number}"
        self._name(key)
        self.fields[f"later_{key}"] = forms.BooleanField(
            label=_("I bring somebody whose name I will tell later"), required=False
        )
        for open_field in self.invitation.of_person():
            self._ask(open_field, key, {})
        self._offer(key, {})

    def _name(self, key: str) -> None:
        for part, label in (("first", _("First name")), ("last", _("Last name"))):
            self.fields[f"{part}_{key}"] = LineField(
                label=label,
                required=False,
                max_length=LIMITS[f"{part}_name"],
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    def _ask(self, open_field: OpenField, key: str, known: dict[UUID, str]) -> None:
        name = f"answer_{open_field.id.hex}_{key}"
        self.fields[name] = _question(open_field)
        answer = known.get(open_field.id, "")
        self.initial[name] = answer == YES if open_field.type == "consent" else answer

    def _offer(self, key: str, attends: dict[UUID, bool]) -> None:
        for activity in self.invitation.further:
            name = f"attends_{activity.pk.hex}_{key}"
            self.fields[name] = forms.BooleanField(label=activity.sealed.title, required=False)
            self.initial[name] = attends.get(activity.pk, False)

    @property
    def people(self) -> list[Block]:
        """The people of the party, each with their fields, and those whom it may bring."""
        blocks = []
        for each in self.invitation.guests:
            block = self._block(each.id.hex, title_of(each, self.invitation))
            block.invited, block.is_named = each, each.is_named
            block.comes = self[f"comes_{each.id.hex}"]
            blocks.append(block)
        for number in range(self.invitation.slots):
            block = self._block(f"new{number}", _("Somebody you bring"))
            block.is_named = False
            block.later = self[f"later_new{number}"]
            blocks.append(block)
        return blocks

    def _block(self, key: str, title: str) -> Block:
        questions = [f"answer_{each.id.hex}_{key}" for each in self.invitation.of_person()]
        activities = [f"attends_{each.pk.hex}_{key}" for each in self.invitation.further]
        return Block(
            title,
            names=[
                self[f"{part}_{key}"]
                for part in ("first", "last")
                if f"{part}_{key}" in self.fields
            ],
            questions=[self[name] for name in questions],
            activities=[self[name] for name in activities],
        )

    @property
    def party_questions(self) -> list[forms.BoundField]:
        return [self[f"answer_{each.id.hex}_{PARTY}"] for each in self.invitation.of_party()]

    @property
    def wrong(self) -> list[tuple[str, forms.BoundField]]:
        """The fields that are wrong, in their order on the page, each with whom it is about."""
        fields = [(block.title, each) for block in self.people for each in block.fields]
        fields += [(_("For all of you"), each) for each in self.party_questions]
        return [(who, each) for who, each in fields if each.errors]

    @property
    def sent(self) -> list[tuple[str, str]]:
        """What was sent, for a page that sends it again."""
        assert isinstance(self.data, QueryDict)
        names = [name for name in self.fields if name in self.data]
        return [(name, value) for name in names for value in self.data.getlist(name)[:1]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for each in self.invitation.guests:
            if cleaned.get(f"comes_{each.id.hex}") == YES:
                self._clean_answers(each.id.hex, self.invitation.of_person())
        for number in range(self.invitation.slots):
            if self._is_brought(number):
                self._clean_answers(f"new{number}", self.invitation.of_person())
        if any(cleaned.get(f"comes_{each.id.hex}") == YES for each in self.invitation.guests):
            self._clean_answers(PARTY, self.invitation.of_party())
        return cleaned

    def _clean_answers(self, key: str, fields: Sequence[OpenField]) -> None:
        for open_field in fields:
            name = f"answer_{open_field.id.hex}_{key}"
            if name not in self.cleaned_data:
                continue
            given = self.cleaned_data[name]
            text = (YES if given else NO) if open_field.type == "consent" else given
            is_missing = text == NO if open_field.type == "consent" else not text
            if is_missing and open_field.id in self.invitation.page.required:
                self.add_error(name, _("Please answer this question."))
                continue
            try:
                self.cleaned_data[name] = open_field.parse(text)
            except NotThat as error:
                self.add_error(name, str(error))

    def _is_brought(self, number: int) -> bool:
        parts = ("first", "last", "later")
        return any(self.cleaned_data.get(f"{part}_new{number}") for part in parts)

    @property
    def is_by_machine(self) -> bool:
        return bool(self.data.get("website"))

    @property
    def said(self) -> Said:
        """What a valid form says."""
        guests = {each.id: self._person(each.id.hex) for each in self.invitation.guests}
        for guest_id, person in guests.items():
            person.comes = self.cleaned_data[f"comes_{guest_id.hex}"] == YES
        lead = guests[self.invitation.lead.id]
        for open_field in self.invitation.of_party():
            answer = self.cleaned_data.get(f"answer_{open_field.id.hex}_{PARTY}", "")
            lead.answers[open_field.id] = answer if isinstance(answer, str) else ""
        brought = [
            self._person(f"new{number}")
            for number in range(self.invitation.slots)
            if self._is_brought(number)
        ]
        return Said(guests, brought)

    def _person(self, key: str) -> Person:
        cleaned = self.cleaned_data
        comes = cleaned.get(f"comes_{key}", YES) == YES
        answers = {}
        for each in self.invitation.of_person():
            answer = cleaned.get(f"answer_{each.id.hex}_{key}", "")
            if comes and isinstance(answer, str):
                answers[each.id] = answer
        further = self.invitation.further
        return Person(
            comes=comes,
            first_name=cleaned.get(f"first_{key}", ""),
            last_name=cleaned.get(f"last_{key}", ""),
            answers=answers,
            attends={
                each.pk: comes and cleaned.get(f"attends_{each.pk.hex}_{key}", False)
                for each in further
            },
        )


def title_of(guest: Invited, invitation: Invitation) -> str:
    """Return what a guest is called on the page of their party."""
    if guest.is_named:
        return guest.record.full_name
    host = next((each for each in invitation.guests if each.id == guest.row.host_id), None)
    if host is not None and host.is_named:
        return _("Somebody whom %(name)s brings") % {"name": host.record.full_name}
    return guest.record.email or _("Somebody you bring")


def _yes_or_no(guest: Invited) -> forms.ChoiceField:
    """Return the question whether somebody comes: what was answered is chosen, else nothing."""
    known = {True: YES, False: NO, None: None}[guest.comes]
    return forms.ChoiceField(
        label=_("Will you come?") if guest.is_named else _("Does this person come?"),
        choices=[(YES, _("Yes, with pleasure")), (NO, _("No, unfortunately not"))],
        widget=forms.RadioSelect,
        initial=known,
        required=not guest.has_arrived,
        disabled=guest.has_arrived,
        error_messages={
            "required": _("Please choose yes or no."),
            "invalid_choice": _("Please choose yes or no."),
        },
    )


def _question(open_field: OpenField) -> forms.Field:
    if open_field.type == "consent":
        return forms.BooleanField(label=open_field.label, required=False)
    if open_field.type == "choice":
        choices = [
            ("", _("Please choose")),
            *((each.key, each.label) for each in open_field.choices),
        ]
        return forms.ChoiceField(
            label=open_field.label,
            required=False,
            choices=choices,
            error_messages={"invalid_choice": _("Please choose one of the answers offered.")},
        )
    attrs = {"autocomplete": "off"}
    if open_field.type == "number":
        attrs["inputmode"] = "decimal"
    if open_field.type == "date":
        attrs["type"] = "date"
    return LineField(
        label=open_field.label,
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs=attrs),
    )
