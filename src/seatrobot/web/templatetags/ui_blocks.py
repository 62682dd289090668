"""Template tags that wrap what stands between them and their end tag."""

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_block_tag
def card(content: str, title: str = "", icon: str = "", *, flush: bool = False) -> SafeString:
    """Draw a surface with an optional title; `flush` lets a table reach its edges."""
    return _wrap("card", content, title=title, icon=icon, flush=flush)


@register.simple_block_tag
def dialog(content: str, id: str, title: str) -> SafeString:  # noqa: A002  the name it has in HTML
    """Wrap a dialog that `data-open="<id>"` opens."""
    return _wrap("dialog", content, id=id, title=title, kind="dialog")


@register.simple_block_tag
def sheet(content: str, id: str, title: str) -> SafeString:  # noqa: A002  the name it has in HTML
    """Wrap a dialog at the side of the page (at the bottom of a phone)."""
    return _wrap("dialog", content, id=id, title=title, kind="sheet")


@register.simple_block_tag
def menu(content: str, label: str, icon: str = "dots", *, text: bool = False) -> SafeString:
    """Draw a button that unfolds links and buttons of class `menu-item`; `text` shows the label."""
    return _wrap("menu", content, label=label, icon=icon, text=text)


@register.simple_block_tag
def alert(content: str, tone: str = "info", title: str = "") -> SafeString:
    """Draw a notice within the page; tones are info, success, warning and danger."""
    return _wrap("alert", content, tone=tone, title=title)


@register.simple_block_tag
def empty_state(content: str, picture: str, title: str, text: str = "") -> SafeString:
    """Say that there is nothing yet; the content is the next action."""
    return _wrap("empty_state", content, picture=picture, title=title, text=text)


@register.simple_block_tag
def filter_bar(content: str, action: str, target: str = "") -> SafeString:
    """Wrap a GET form of search box and filters; with `target` it swaps results on change."""
    return _wrap("filter_bar", content, action=action, target=target)


def _wrap(component: str, content: str, **values: Any) -> SafeString:
    return render_to_string(f"components/{component}.html", {"content": content, **values})
