"""A column that holds one word of a list, which the database holds it to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

WORD = re.compile(r"[\w-]*")

if TYPE_CHECKING:
    _CharField = models.CharField[str, str]
else:
    _CharField = models.CharField


class WordField(_CharField):
    """`reply = WordField(max_length=11, choices=Reply.choices)`, with a CHECK of the column.

    Django asks for choices in forms alone, and most of our statements pass none. A blank field
    may hold the empty text too.
    """

    # What the CHECK is made of is a matter of the database here.
    non_db_attrs = tuple(
        name for name in models.CharField.non_db_attrs if name not in {"blank", "choices"}
    )

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        words = [str(word) for word, _ in self.flatchoices] + ([""] if self.blank else [])
        if unfit := [word for word in words if not WORD.fullmatch(word)]:
            raise ValueError(f"{unfit} are no words for {self}")
        known = ", ".join(f"'{word}'" for word in words)
        return f"{connection.ops.quote_name(str(self.column))} IN ({known})"

    def deconstruct(self) -> Any:
        """Give the full path, so that a migration makes the CHECK too."""
        name, _path, args, options = super().deconstruct()
        return name, f"{__name__}.{type(self).__qualname__}", args, options
