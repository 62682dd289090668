"""Fields of forms for what people type: cleaned of signs that nobody sees before it is judged.

So a name that has nothing but such signs is as empty as it looks, and is refused where one is
needed. Numbers of payment cards are refused. Both take time, so a text that is far too long is
refused before.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from seatrobot.kernel import cards
from seatrobot.normalizing import clean_line, clean_text

UNSEEN_FOR_ONE = 10
"""How many signs that nobody sees may come with each that counts."""


class _WithoutCards(forms.CharField):
    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        if self.max_length and len(text) > UNSEEN_FOR_ONE * self.max_length:
            self.run_validators(text)
        return text

    def validate(self, value: str) -> None:
        super().validate(value)
        if self.max_length and len(value) > self.max_length:
            return  # it is refused for that
        try:
            cards.refuse(value, label=self.label or "")
        except cards.CardNumber as refusal:
            raise ValidationError(refusal.sentence) from None


class LineField(_WithoutCards):
    """One line, such as a name or a title."""

    def to_python(self, value: Any) -> str:
        return clean_line(super().to_python(value))


class TextField(_WithoutCards):
    """Text with line breaks."""

    def to_python(self, value: Any) -> str:
        return clean_text(super().to_python(value))
