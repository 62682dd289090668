"""What staff fill in: the answers of a course, and a background check."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts.staff.checks import LONGEST_REFERENCE
from seatrobot.kernel.textfields import LineField
from seatrobot.personnel.markdown import Course, Question


class CourseForm(forms.Form):
    """One field for each question of a course; text: the digest of the text that was shown."""

    text = LineField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, course: Course, **options: Any) -> None:
        super().__init__(*args, **options)
        self.course = course
        for place, question in enumerate(course.questions):
            self.fields[_name(place)] = _field(question)

    def answers(self) -> list[frozenset[int]]:
        """Return the places of the options that were chosen, question by question."""
        chosen = (self.cleaned_data[_name(place)] for place in range(len(self.course.questions)))
        return [
            frozenset(map(int, each)) if isinstance(each, list) else frozenset({int(each)})
            for each in chosen
        ]

    def questions(self) -> list[tuple[Question, forms.BoundField]]:
        return [
            (question, self[_name(place)]) for place, question in enumerate(self.course.questions)
        ]


class CheckForm(forms.Form):
    on = forms.DateField(
        label=_("Day of the report"), widget=forms.DateInput(attrs={"type": "date"})
    )
    reference = LineField(
        label=_("Reference of the provider"),
        max_length=LONGEST_REFERENCE,
        help_text=_("Under which the provider finds the check. Nothing of what was found."),
    )
    passed = forms.TypedChoiceField(
        label=_("Outcome"),
        choices=[("", _("Choose")), ("yes", _("Passed")), ("no", _("Not passed"))],
        coerce=lambda said: said == "yes",
        empty_value=None,
    )


def _name(place: int) -> str:
    return f"question-{place + 1}"


def _field(question: Question) -> forms.Field:
    choices = [(str(place), option) for place, option in enumerate(question.options)]
    missing = {"required": _("Answer this question.")}
    if question.takes_several:
        return forms.MultipleChoiceField(
            label=question.text,
            choices=choices,
            widget=forms.CheckboxSelectMultiple,
            error_messages=missing,
        )
    return forms.ChoiceField(
        label=question.text, choices=choices, widget=forms.RadioSelect, error_messages=missing
    )
