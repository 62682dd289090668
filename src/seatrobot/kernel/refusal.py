"""What a person asked for and cannot have, said in one sentence that they read."""

from __future__ import annotations

from typing import Any, ClassVar


class Refused(Exception):
    """A service refuses; `web.answers` turns it into a page, a problem document or a form error.

    sentence: for the person, whole and translated; "" where the class has one of its own.
    field: the form field it belongs to, "" for the form as a whole.
    facts: further members of the problem document (RFC 9457), never Customer Data.
    """

    status: ClassVar[int] = 409
    """HTTP status of the answer, where no form is on the page to show the sentence."""

    def __init__(self, sentence: object = "", *, field: str = "", **facts: Any) -> None:
        self.sentence = str(sentence)
        self.field = field
        self.facts = facts
        super().__init__(self.sentence)
