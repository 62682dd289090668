"""Template tags of the product's components; `docs/add-a-page.md` shows each in use."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.core.paginator import Page
from django.forms import BoundField, Form, widgets
from django.template.context import RequestContext
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.safestring import SafeString

from seatrobot.web.templatetags import geometry, statuses
from seatrobot.web.templatetags.ui_blocks import register

Context = dict[str, Any]

CONTROL_CLASSES: tuple[tuple[type[widgets.Widget], str], ...] = (
    (widgets.CheckboxInput, "form-check-input"),
    (widgets.RadioSelect, "choices"),
    (widgets.CheckboxSelectMultiple, "choices"),
    (widgets.Select, "form-select"),
    (widgets.HiddenInput, ""),
)


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """Draw one icon of the sprite; without a label screen readers pass over it."""
    return _icon(name, str(label), size)


@lru_cache(maxsize=1024)
def _icon(name: str, label: str, size: str) -> SafeString:
    href = f"{static('vendor/icons.svg')}#{name}"
    context = {"href": href, "label": label, "size": size}
    return render_to_string("components/icon.html", context)


@register.inclusion_tag("components/field.html")
def field(bound: BoundField) -> Context:
    """Draw label, control, help and errors of one form field."""
    return {"field": bound, "is_check": isinstance(bound.field.widget, widgets.CheckboxInput)}


@register.simple_tag
def control(bound: BoundField) -> SafeString:
    """Draw the bare control of a form field, with the classes its widget needs."""
    widget = bound.field.widget
    own = next((css for kind, css in CONTROL_CLASSES if isinstance(widget, kind)), "form-control")
    invalid = "is-invalid" if bound.errors else ""
    given = str(widget.attrs.get("class", ""))
    return bound.as_widget(attrs={"class": " ".join(filter(None, (own, given, invalid)))})


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: Form) -> Context:
    """Draw the errors of a form that belong to no single field."""
    return {"errors": form.non_field_errors(), "differences": getattr(form, "differences", ())}


@register.simple_tag
def status_badge(status: object) -> SafeString:
    """Draw a guest status as word, icon and colour."""
    look = statuses.look_of(status)
    return _status_badge(str(look.label), look.icon, look.tone)


@lru_cache(maxsize=256)
def _status_badge(label: str, icon: str, tone: str) -> SafeString:
    context = {"label": label, "icon": icon, "tone": tone}
    return render_to_string("components/status_badge.html", context)


@register.inclusion_tag("components/badge.html")
def badge(text: str, tone: str = "grey", icon: str = "") -> Context:
    """Draw a small word in a tone: green, amber, red, violet, sky, plum, slate, grey or solid."""
    return {"text": text, "tone": tone, "icon": icon}


@register.inclusion_tag("components/avatar.html")
def avatar(name: str, size: str = "") -> Context:
    """Draw the initials of a person on a colour of their own."""
    return {"letters": geometry.initials(name), "tone": geometry.tone_of(name), "size": size}


@register.inclusion_tag("components/chip.html")
def chip(text: str, href: str = "", remove_url: str = "", icon: str = "") -> Context:
    """Draw a tag; `href` makes it a link, `remove_url` adds a link that takes it away."""
    return {"text": text, "href": href, "remove_url": remove_url, "icon": icon}


@register.inclusion_tag("components/chips.html")
def chips(texts: Sequence[str]) -> Context:
    """Draw a row of tags."""
    return {"texts": texts}


@register.inclusion_tag("components/meter.html")
def meter(taken: int, capacity: int, label: str = "", held: int = 0) -> Context:
    """Draw the places taken of a capacity; `held` places follow in a lighter colour."""
    filled = geometry.share(taken, capacity)
    return {
        "taken": taken,
        "capacity": capacity,
        "held": held,
        "label": label,
        "filled": filled,
        "held_share": min(geometry.share(held, capacity), 100 - filled),
        "is_over": taken + held > capacity,
    }


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(points: Sequence[tuple[str, int]], label: str) -> Context:
    """Draw counts over time, oldest first, and the same as a table for screen readers."""
    return {
        "bars": geometry.bars(points),
        "label": label,
        "width": geometry.CHART_WIDTH,
        "height": geometry.CHART_HEIGHT,
        "top": max((value for _, value in points), default=0),
    }


@register.inclusion_tag("components/stat.html")
def stat(label: str, value: object, note: str = "", icon: str = "", href: str = "") -> Context:
    """Draw one number with its name; put several in `<dl class="stats">`."""
    return {"label": label, "value": value, "note": note, "icon": icon, "href": href}


@register.inclusion_tag("components/tabs.html")
def tabs(items: Sequence[Context], label: str) -> Context:
    """Link sibling pages; items are dicts of label, url, icon, active and count."""
    return {"items": items, "label": label}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: RequestContext, page: Page[Any], target: str = "") -> Context:
    """Link the pages around this one, keeping the rest of the query string."""
    pages = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "request": context["request"],
        "page": page,
        "pages": list(pages),
        "ellipsis": page.paginator.ELLIPSIS,
        "target": target,
    }


@register.inclusion_tag("components/progress.html")
def progress(done: int, total: int, text: str, poll: str = "", state: str = "running") -> Context:
    """Draw the progress of long work; while running it asks `poll` each second and replaces itself.

    `state` is running, done or failed; `total` 0 draws a bar without an end.
    """
    return {
        "done": done,
        "total": total,
        "text": text,
        "poll": poll if state == "running" else "",
        "state": state,
    }


@register.inclusion_tag("components/search_box.html")
def search_box(
    label: str, name: str = "q", value: str = "", url: str = "", target: str = ""
) -> Context:
    """Draw a search field that finds as you type; "/" puts the cursor in it.

    Give `url` and `target` (a CSS selector) to swap results; inside a filter bar neither.
    """
    return {"label": label, "name": name, "value": value, "url": url, "target": target}
