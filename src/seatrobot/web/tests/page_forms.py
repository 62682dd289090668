"""Forms as a browser would send them, read from the text of a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class PageForm:
    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.form: PageForm | None = None
        self.select = self.area = ""
        self.options: list[tuple[str, bool]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = PageForm(said.get("action", ""), said.get("method", "get"))
            self.forms.append(self.form)
        if self.form is None:
            return
        name = said.get("name", "")
        if tag == "input" and name and "disabled" not in said:
            if said.get("type") not in {"checkbox", "radio"}:
                self.form.values.setdefault(name, []).append(said.get("value", ""))
            elif "checked" in said:
                self.form.values.setdefault(name, []).append(said.get("value", "on"))
        elif tag == "select":
            self.select, self.options = name, []
        elif tag == "option" and self.select:
            self.options.append((said.get("value", ""), "selected" in said))
        elif tag == "textarea":
            self.area, self.text = name, []

    def handle_data(self, data: str) -> None:
        if self.area:
            self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select" and self.form is not None and self.select:
            chosen = [value for value, is_chosen in self.options if is_chosen]
            first = [value for value, _chosen in self.options][:1]
            self.form.values[self.select] = chosen or first
            self.select = ""
        elif tag == "textarea" and self.form is not None and self.area:
            self.form.values[self.area] = ["".join(self.text).removeprefix("\n")]
            self.area = ""


def forms_of(html: str) -> list[PageForm]:
    """Return the forms of a page with the values that they would send unchanged."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms
