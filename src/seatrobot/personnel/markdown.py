"""Policies and courses as Markdown: what is signed, how it is shown, and what a course asks.

A text is UTF-8 with the title on its first line (`# Title`). What is hashed and signed is the whole
text in one form (`canonical`), and a page shows the whole of it: HTML, images and definitions of
links, which Markdown would hide, are shown as they are written.

A course goes on with `Pass mark: 80 %`, `Valid for: 365 days` and `Earlier completions: …`, which
says what a new edition means for those who passed an earlier one: `count until they expire`, or
`count for 30 days`. Behind the heading `## Questions` stand its questions:

    ### May you look at this guest's other events?
    - [ ] Yes, while my grant is open
    - [x] No, my reason does not need it
    > A grant is for its reason.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from seatrobot.kernel.refusal import Refused

LONGEST = 64 * 1024
"""Characters of a text."""
SHORTEST = 100
TITLE = re.compile(r"# (\S.*)")
QUESTIONS = "## Questions"
QUESTION = re.compile(r"### (\S.*)")
OPTION = re.compile(r"[-*] \[([ xX])\] (\S.*)")
PASS_MARK = re.compile(r"Pass mark: (\d{1,3}) ?%")
VALID_FOR = re.compile(r"Valid for: (\d{1,4}) days?")
EARLIER = re.compile(r"Earlier completions: count (?:until they expire|for (\d{1,3}) days?)")
FEWEST_OPTIONS = 2
MOST_DAYS = 366
WHOLE = 100
ALLOWED_CONTROLS = "\n\t"


class BadText(Refused):
    """A text is no policy or no course. The sentence says what is wrong, and where."""


@dataclass(frozen=True, slots=True)
class Question:
    """right: the places of the right options, from 0. why: said when it was answered wrongly."""

    text: str
    options: Sequence[str]
    right: frozenset[int]
    why: str

    @property
    def takes_several(self) -> bool:
        return len(self.right) > 1


@dataclass(frozen=True, slots=True)
class Course:
    """lesson: the text without its questions. pass_mark: per cent of the questions.

    valid_days: how long a completion counts. earlier_days: how long those of earlier editions still
    count once this one is published; None: until they expire.
    """

    title: str
    lesson: str
    pass_mark: int
    valid_days: int
    earlier_days: int | None
    questions: Sequence[Question]

    def wrong(self, answers: Sequence[frozenset[int]]) -> list[int]:
        """Return the places of the questions that are not answered exactly right."""
        return [
            place
            for place, question in enumerate(self.questions)
            if place >= len(answers) or answers[place] != question.right
        ]

    def is_passed(self, right: int) -> bool:
        return right * WHOLE >= self.pass_mark * len(self.questions)


def canonical(text: str) -> str:
    """Return a text in the one form that is hashed; raise BadText for what nobody could read.

    Line ends are those of Unix, letters composed (NFC), and one line end stands at the end.
    """
    text = unicodedata.normalize("NFC", text.removeprefix("\ufeff"))
    lines = [line.rstrip() for line in re.split("\r\n|\r|\n", text)]
    text = "\n".join(lines).strip("\n") + "\n"
    if not SHORTEST <= len(text) <= LONGEST:
        raise BadText(
            _("The text has %(has)d characters; it needs %(least)d to %(most)d.")
            % {"has": len(text), "least": SHORTEST, "most": LONGEST}
        )
    for number, line in enumerate(text.splitlines(), 1):
        if unseen := next((sign for sign in line if _is_unseen(sign)), None):
            code = f"U+{ord(unseen):04X}"
            raise BadText(
                _("Line %(number)d has a sign that nobody sees (%(code)s).")
                % {"number": number, "code": code}
            )
    return text


def digest(text: str) -> str:
    """Return the SHA-256 of a canonical text in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def title_of(text: str) -> str:
    """Return the title of a canonical text; raise BadText without one."""
    found = TITLE.fullmatch(text.partition("\n")[0])
    if not found:
        raise BadText(_("The first line must be the title: a number sign, a space, and the title."))
    return found[1]


def body_of(text: str) -> str:
    """Return a text without the line of its title."""
    return text.partition("\n")[2].strip("\n") + "\n"


def html(text: str) -> SafeString:
    """Return Markdown as HTML, whole: nothing in it is hidden, and nothing of it runs."""
    return mark_safe(_markdown().render(text))  # noqa: S308  HTML in the text is escaped


@lru_cache(maxsize=32)
def course_of(text: str) -> Course:
    """Return what a canonical text of a course says; raise BadText with the first fault."""
    title = title_of(text)
    lesson, heading, asked = text.partition(f"\n{QUESTIONS}\n")
    if not heading:
        raise BadText(_("A course needs the heading “%s” before its questions.") % QUESTIONS)
    pass_mark, valid_days, earlier_days = _terms(lesson)
    if not 1 <= pass_mark <= WHOLE:
        raise BadText(_("The pass mark must be from 1 to 100 per cent."))
    if not 1 <= valid_days <= MOST_DAYS:
        raise BadText(_("A completion may be valid for 1 to %d days.") % MOST_DAYS)
    questions = tuple(_questions(asked))
    if not questions:
        raise BadText(_("A course needs at least one question."))
    terms = (PASS_MARK, VALID_FOR, EARLIER)
    kept = [
        line
        for line in body_of(lesson).split("\n")
        if not any(term.fullmatch(line) for term in terms)
    ]
    lesson = "\n".join(kept).strip("\n") + "\n"
    return Course(title, lesson, pass_mark, valid_days, earlier_days, questions)


def _terms(lesson: str) -> tuple[int, int, int | None]:
    lines = lesson.split("\n")
    found = []
    for term, name in (
        (PASS_MARK, "Pass mark: 80 %"),
        (VALID_FOR, "Valid for: 365 days"),
        (EARLIER, "Earlier completions: count until they expire"),
    ):
        matches = [match for line in lines if (match := term.fullmatch(line))]
        if len(matches) != 1:
            raise BadText(_("A course needs one line such as “%s”.") % name)
        found.append(matches[0][1])
    pass_mark, valid_days, earlier = found
    return int(pass_mark), int(valid_days), None if earlier is None else int(earlier)


def _questions(asked: str) -> Iterator[Question]:
    blocks: list[list[str]] = []
    for line in filter(None, asked.split("\n")):
        if QUESTION.fullmatch(line):
            blocks.append([line])
        elif blocks:
            blocks[-1].append(line)
        else:
            raise BadText(_("Before the first question stands “%s”.") % line)
    for number, block in enumerate(blocks, 1):
        yield _question(number, block)


def _question(number: int, block: Sequence[str]) -> Question:
    heading = QUESTION.fullmatch(block[0])
    assert heading
    options, right, why = [], set(), []
    for line in block[1:]:
        if option := OPTION.fullmatch(line):
            if option[1] in "xX":
                right.add(len(options))
            options.append(option[2])
        elif line.startswith("> "):
            why.append(line[2:])
        else:
            raise BadText(
                _("Question %(number)d has a line that is neither an answer nor an explanation.")
                % {"number": number}
            )
    if len(options) < FEWEST_OPTIONS or not right or len(set(options)) != len(options):
        raise BadText(
            _("Question %d needs two different answers or more, of which one is right.") % number
        )
    return Question(heading[1], tuple(options), frozenset(right), " ".join(why))


def _is_unseen(sign: str) -> bool:
    """Whether a sign is invisible, turns the direction of others, or is no text at all."""
    return sign not in ALLOWED_CONTROLS and unicodedata.category(sign) in {"Cc", "Cf", "Co", "Cs"}


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    hiding = ["html_block", "html_inline", "reference", "image"]
    return MarkdownIt("commonmark", {"html": False}).disable(hiding)
