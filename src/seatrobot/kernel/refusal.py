"""What a person asked for and cannot have, said in one sentence that they read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.utils.translation import gettext as _


class Refused(Exception):
    """A service refuses; `kernel.answers` turns it into a page, a problem document or a form error.

    sentence: for the person, whole and translated. field: the form field it belongs to, "" for the
    form as a whole. facts: further members of the problem document (RFC 9457), such as identifiers;
    never Customer Data.
    """

    status: ClassVar[int] = 409
    """HTTP status of the answer, where no form is on the page to show the sentence."""

    type: ClassVar[str] = "about:blank"
    """`type` of the problem document, for a script that treats this refusal differently."""

    def __init__(self, sentence: object = "", *, field: str = "", **facts: Any) -> None:
        self.sentence = str(sentence)
        self.field = field
        self.facts = facts
        self.problems = [(field, self.sentence)]
        super().__init__(self.sentence)

    @classmethod
    def of(cls, problems: Iterable[tuple[str, str]]) -> Refused:
        """Return one refusal for several pairs of field and sentence."""
        pairs = list(problems)
        refusal = cls(" ".join(sentence for _field, sentence in pairs), field=pairs[0][0])
        refusal.problems = pairs
        return refusal


class LinkDead(Refused):
    """A one-time link is wrong, was used, was replaced, or is too old."""

    status = 410

    def __init__(self, sentence: object = "") -> None:
        super().__init__(
            sentence or _("This link does not work: it was used, replaced, or is too old.")
        )
