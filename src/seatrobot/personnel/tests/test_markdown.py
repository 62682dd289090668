"""Policies and courses as texts: one form is hashed, all of it is shown, faults are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrobot.personnel import markdown
from seatrobot.personnel.markdown import BadText

FILL = "We protect what our customers entrust to us, and whoever reads this keeps to it. " * 2
COURSE = f"""# Doors

Pass mark: 50 %
Valid for: 100 days
Earlier completions: count for 30 days

{FILL}

## Questions

### Who opens?
- [x] The host
- [ ] The guest
> It is their house.

### Which are doors?
- [x] Front
- [x] Back
- [ ] Window
"""
OURS = sorted(Path(markdown.__file__).parent.glob("*/*.md"))


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_our_texts_are_whole(path):
    text = markdown.canonical(path.read_text())
    assert text == path.read_text()
    assert markdown.title_of(text)
    if path.parent.name == "courses":
        course = markdown.course_of(text)
        assert len(course.questions) >= 5
        assert course.valid_days == 365
        assert all(question.why for question in course.questions)


def test_four_policies_and_two_courses():
    assert {path.stem for path in OURS} == {
        *("information-security", "acceptable-use", "incident", "customer-data"),
        *("privacy", "security"),
    }


def test_another_editor_makes_the_same_hash():
    plain = markdown.canonical(f"# Türen\n\n{FILL}\n")
    for other in (
        f"# Türen\r\n\r\n{FILL}\r\n",
        f"\ufeff# Tu\u0308ren  \n\n{FILL}\n\n\n",
        f"# Türen\r\r{FILL}",
    ):
        assert markdown.canonical(other) == plain
    assert markdown.digest(markdown.canonical(f"# Turen\n\n{FILL}\n")) != markdown.digest(plain)


@pytest.mark.parametrize("sign", ["\u202e", "\u200b", "\u2066", "\x00", "\x1b", "\ue000"])
def test_a_sign_that_nobody_sees_is_refused(sign):
    with pytest.raises(BadText, match=r"Line 3 has a sign that nobody sees"):
        markdown.canonical(f"# Doors\n\nWe do {sign}not keep doors shut. {FILL}\n")


def test_a_text_that_is_empty_or_endless_is_refused():
    for text in ("", "# Doors\n", "x" * (markdown.LONGEST + 1)):
        with pytest.raises(BadText, match="characters"):
            markdown.canonical(text)
    with pytest.raises(BadText, match="title"):
        markdown.title_of(markdown.canonical(FILL))


def test_what_markdown_would_hide_is_shown():
    hidden = (
        f"{FILL}\n\n[never shown]: https://x.test 'we may sell your data'\n\n"
        "<!-- and your name -->\n\n<script>alert(1)</script>\n\n"
        "![and your address](https://x.test/a.png)\n\n[go](javascript:alert(1))\n"
    )
    html = markdown.html(hidden)
    for what in ("we may sell your data", "and your name", "alert(1)", "and your address"):
        assert what in html
    for what in ("<script", "<!--", "<img", 'href="javascript'):
        assert what not in html


def test_a_course_is_judged_question_by_question():
    course = markdown.course_of(markdown.canonical(COURSE))
    assert (course.title, course.pass_mark, course.valid_days, course.earlier_days) == (
        *("Doors", 50),
        *(100, 30),
    )
    assert "Pass mark" not in course.lesson
    assert "[x]" not in course.lesson
    host, both = frozenset({0}), frozenset({0, 1})
    assert course.wrong([host, both]) == []
    assert course.wrong([host, frozenset({0})]) == [1]
    assert course.wrong([host, frozenset({0, 1, 2})]) == [1]
    assert course.wrong([frozenset()]) == [0, 1]
    assert [course.is_passed(right) for right in (0, 1, 2)] == [False, True, True]


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ("Pass mark: 50 %\n", "", "Pass mark"),
        ("Pass mark: 50 %", "Pass mark: 0 %", "1 to 100"),
        ("Pass mark: 50 %", "Pass mark: 101 %", "1 to 100"),
        ("Valid for: 100 days", "Valid for: 0 days", "1 to 366"),
        ("Valid for: 100 days", "Valid for: ever", "Valid for"),
        ("Earlier completions: count for 30 days", "", "Earlier completions"),
        ("## Questions", "## Answers", "heading"),
        ("- [x] The host", "- [ ] The host", "Question 1"),
        ("- [ ] The guest", "- [ ] The host", "Question 1"),
        ("- [ ] The guest\n", "", "Question 1"),
        ("- [ ] The guest", "* The guest", "Question 1"),
        ("### Who opens?", "Who opens?", "Before the first question"),
    ],
)
def test_a_fault_of_a_course_is_named(was, becomes, sentence):
    assert was in COURSE
    with pytest.raises(BadText, match=sentence):
        markdown.course_of(markdown.canonical(COURSE.replace(was, becomes)))


def test_a_course_without_questions_is_none():
    with pytest.raises(BadText, match="at least one"):
        markdown.course_of(markdown.canonical(COURSE.partition("### Who")[0]))
