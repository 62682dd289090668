"""A message as HTML and as plain text: Markdown, an allow-list, one layout with its CSS inlined.

The layout is one table of at most 600 pixels, as mail programs still want it, and says its colours
for the dark, too. Nothing in it comes from elsewhere: pictures go along, and there is no pixel that
tells when somebody reads.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import css_inline
import nh3
from django.template.loader import render_to_string
from django.utils.translation import get_language_info
from markdown_it import MarkdownIt

from seatrobot.invitations.placeholders import Filled, Marks
from seatrobot.invitations.records import MessageRecord, Text

PICTURE_WIDTH = 600
ACCENT = "#2b4c8c"
DARKEST = 0.04045
"""Of sRGB: up to it the scale is linear (WCAG 2.2, relative luminance)."""
COLOUR = re.compile(r"#[0-9a-f]{6}")
TAGS = {
    *("p", "br", "strong", "em", "s", "h1", "h2", "h3", "ul", "ol", "li", "blockquote", "a", "hr"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
SCHEMES = {"https", "http", "mailto", "tel"}
_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(
    ["table", "strikethrough"]
)
_inliner = css_inline.CSSInliner(
    load_remote_stylesheets=False, keep_style_tags=False, keep_at_rules=True
)
_HREF = re.compile(r'href="([^"]*)"')
_RIGHT_TO_LEFT = ("ar", "fa", "he", "ur", "ps", "yi", "dv", "ckb")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in one language, ready to be filled for each guest."""

    subject: Filled
    html: Filled
    plain: Filled

    def subject_for(self, values: Mapping[str, str]) -> str:
        return self.subject.fill(values)

    def html_for(self, values: Mapping[str, str]) -> str:
        return self.html.fill(values, html.escape)

    def plain_for(self, values: Mapping[str, str]) -> str:
        return self.plain.fill(values)


def render(  # noqa: PLR0913  all that a page is made of
    record: MessageRecord,
    language: str,
    *,
    footer: str,
    picture: str = "",
    has_link: bool = False,
    shown_in: str = "",
) -> Rendered:
    """Return a message in one language.

    language: a key of its texts. footer: a sentence below, with placeholders of its own. picture:
    the address of its picture, "" for none. has_link: whether there is a page to answer on, to
    which the button leads. shown_in: the language that the text is in, where the key does not say.
    """
    text = record.texts.get(language, Text())
    marks = Marks()
    body = to_html(marks.put(text.body, markdown=True))
    spoken = language or shown_in or "en"
    context: dict[str, Any] = {
        "subject": marks.put(text.subject),
        "preheader": marks.put(text.preheader),
        "body": body,
        "button": marks.put(text.button) if text.button and has_link else "",
        "link": marks.put("{answer_link}") if has_link else "",
        "footer": to_html(marks.put(footer, markdown=True)),
        "picture": picture,
        "alt": record.alt,
        "accent": accent_of(record),
        "on_accent": on_colour(accent_of(record)),
        "accent_dark": lighter(accent_of(record)),
        "width": PICTURE_WIDTH,
        "language": spoken,
        "direction": "rtl" if spoken.split("-")[0] in _RIGHT_TO_LEFT else "ltr",
    }
    page = _inliner.inline(render_to_string("invitations/mail/layout.html", context))
    plain = plain_of(render_to_string("invitations/mail/plain.html", context))
    return Rendered(
        marks.take_apart(context["subject"]), marks.take_apart(page), marks.take_apart(plain)
    )


def linked_wrongly(record: MessageRecord) -> list[str]:
    """Return the placeholders that stand in the address of a link and are no links themselves.

    A guest's own words would decide where such a link leads.
    """
    found: list[str] = []
    for text in record.texts.values():
        marks = Marks()
        body = to_html(marks.put(text.body, markdown=True))
        for address in _HREF.findall(body):
            found += marks.others_in(address)
    return sorted(set(found))


def to_html(markdown: str) -> str:
    """Return Markdown as the HTML that is let into a mail; HTML in it is shown as it was typed."""
    rendered = _markdown.render(markdown)
    return nh3.clean(
        rendered,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        clean_content_tags={"script", "style"},
        link_rel="noopener noreferrer",
    )


def accent_of(record: MessageRecord) -> str:
    return record.accent if COLOUR.fullmatch(record.accent) else ACCENT


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2)."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def on_colour(colour: str) -> str:
    """Return black or white, whichever can be read on a colour."""
    return max("#ffffff", "#111111", key=lambda each: contrast(each, colour))


def lighter(colour: str, ground: str = "#1e1f24", wanted: float = 7.0) -> str:
    """Return a colour that can be read on a dark ground: the same, mixed with white."""
    parts = _parts(colour)
    for step in range(21):
        mixed = [round(part + (255 - part) * step / 20) for part in parts]
        found = "#" + "".join(f"{part:02x}" for part in mixed)
        if contrast(found, ground) >= wanted:
            return found
    return "#ffffff"


def plain_of(page: str) -> str:
    """Return HTML as text: links with their addresses, lists with their signs."""
    reader = _Plain()
    reader.feed(page)
    reader.close()
    text = re.sub(r" *\n *", "\n", "".join(reader.found))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


class _Plain(HTMLParser):
    BLOCKS = frozenset(
        {"p", "div", "tr", "h1", "h2", "h3", "blockquote", "ul", "ol", "table", "hr"}
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._link: tuple[str, int] | None = None
        self._lists: list[int | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "br":
            self.found.append("\n")
        elif tag == "li":
            self._item()
        elif tag in self.BLOCKS:
            self.found.append("\n" if tag == "tr" else "\n\n")
        if tag in {"ul", "ol"}:
            self._lists.append(int(given.get("start") or 1) if tag == "ol" else None)
        if tag == "a":
            self._link = (given.get("href") or "", len(self.found))
        if tag == "hr":
            self.found.append("---\n\n")

    def _item(self) -> None:
        sign = "-"
        if self._lists and (number := self._lists[-1]) is not None:
            sign, self._lists[-1] = f"{number}.", number + 1
        self.found.append("\n" + "  " * (len(self._lists) - 1) + f"{sign} ")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        if tag == "a" and self._link:
            address, start = self._link
            said = "".join(self.found[start:]).strip()
            self._link = None
            if address and said not in {address, address.removeprefix("mailto:")}:
                self.found.append(f" <{address}>" if said else address)
        if tag in {"td", "th"}:
            self.found.append("  ")
        elif tag in self.BLOCKS and tag != "tr":
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        self.found.append(re.sub(r"[\s\xa0]+", " ", data))


def language_name(code: str) -> str:
    """Return what a language calls itself; its code where Django does not know it."""
    try:
        return str(get_language_info(code)["name_local"])
    except KeyError:
        return code


def _parts(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def _luminance(colour: str) -> float:
    parts = (each / 255 for each in _parts(colour))
    linear = [
        part / 12.92 if part <= DARKEST else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
