"""What help pages there are, and which of them have the words that somebody looks for.

    class ArchiveTopics(Topics):
        def topics(self):
            yield Topic("archive", _("What an archive holds"), …, "archive/help/archive.html")

and in the `feature.py` of the package: `extends={Topics: "seatrobot.archive.help.ArchiveTopics"}`.
"""

from __future__ import annotations

import html
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import get_language

from seatrobot.kernel import features
from seatrobot.normalizing import search_text, words

AROUND = 90
"""Signs before and after a word that was found, which are shown."""
NOT_TEXT = re.compile(r"<(svg|script|style)\b.*?</\1>", re.DOTALL)
BLOCK_ENDS = re.compile(r"</(?:p|li|h[1-6]|td|th|dt|dd|tr)>|<br>")
TAG = re.compile(r"<[^>]*>")
ENDS_OPEN = re.compile(r"(\w)\s*(</(?:p|li|h[1-6]|td|th|dt|dd)>)")
"""The end of a line of text that no sign ends."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One page. slug: in its address. section: under which it is listed. order: within all.

    template: its content, a fragment. context: makes what the template shows.
    """

    slug: str
    title: str
    summary: str
    template: str
    section: str
    icon: str
    order: int
    context: Callable[[], Mapping[str, Any]] = dict

    def render(self) -> str:
        """Return the content as HTML."""
        return render_to_string(self.template, dict(self.context()))


class Topics(ABC):
    """Implemented by each package with help pages."""

    @abstractmethod
    def topics(self) -> Iterable[Topic]:
        """Return the pages of the package."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page that has what was looked for, and the words around it."""

    topic: Topic
    excerpt: str


def all_topics() -> list[Topic]:
    """Return every page in its order."""
    found = (topic for source in features.extensions(Topics) for topic in source.topics())
    return sorted(found, key=lambda topic: topic.order)


def find_topic(slug: str) -> Topic | None:
    """Return the page of this address, or None."""
    return next((topic for topic in all_topics() if topic.slug == slug), None)


def search(query: str) -> list[Found]:
    """Return the pages that have all words of the query, those with them in the title first."""
    wanted = words(query).split()
    if not wanted:
        return []
    found = []
    for topic in all_topics():
        text = _text(topic.slug, get_language() or "")
        title = search_text((topic.title, topic.summary))
        searched = f"{title} {search_text((text,))}"
        if all(f" {word}" in f" {searched}" for word in wanted):
            rank = sum(f" {word}" not in f" {title}" for word in wanted)
            found.append((rank, topic.order, Found(topic, _excerpt(text, wanted))))
    return [each for _rank, _order, each in sorted(found, key=lambda one: one[:2])]


@cache
def _text(slug: str, _language: str) -> str:
    """Return what a page says, without its marks; pages do not change while a process runs."""
    topic = find_topic(slug)
    assert topic is not None
    marked = ENDS_OPEN.sub(r"\1.\2", NOT_TEXT.sub("", topic.render()))
    plain = TAG.sub("", BLOCK_ENDS.sub(" \n", marked))
    return " ".join(html.unescape(plain).split())


def _excerpt(text: str, wanted: list[str]) -> str:
    """Return the part of a text around the word that it has least often."""
    found = [list(re.finditer(rf"\b{re.escape(word)}", text, re.IGNORECASE)) for word in wanted]
    rarest = min(filter(None, found), key=len, default=[])
    if not rarest:
        return text[: 2 * AROUND].rsplit(" ", 1)[0] + " …"
    place = rarest[0].start()
    start, end = max(0, place - AROUND), min(len(text), place + AROUND)
    part = text[start:end]
    before = "… " if start else ""
    after = " …" if end < len(text) else ""
    if start:
        part = part.partition(" ")[2]
    return f"{before}{part.rsplit(' ', 1)[0] if after else part}{after}"
