"""Fields of forms for what people type: cleaned of signs that nobody sees before it is judged.

So a name that has nothing but such signs is as empty as it looks, and is refused where one is
needed.
"""

from __future__ import annotations

from typing import Any

from django import forms

from seatrobot.normalizing import clean_line, clean_text


class LineField(forms.CharField):
    """One line, such as a name or a title."""

    def to_python(self, value: Any) -> str:
        return clean_line(super().to_python(value) or "")


class TextField(forms.CharField):
    """Text with line breaks."""

    def to_python(self, value: Any) -> str:
        return clean_text(super().to_python(value) or "")
