"""What tests take out of a page."""

import re
from html import unescape


def text(html: str) -> str:
    """Return the words of some HTML."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def row(html: str, name: str) -> str:
    """Return the words of a promise's row on the page."""
    return text(html.split(f'<li class="promise" id="{name}">')[1].split("</li>", maxsplit=1)[0])


def markup(html: str, name: str) -> str:
    return html.split(f'<li class="promise" id="{name}">')[1].split("</li>", maxsplit=1)[0]


def summary(html: str) -> str:
    return text(re.search(r'<p class="summary">(.*?)</p>', html)[1])
