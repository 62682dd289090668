"""A form that carries the version it shows: what others saved meanwhile is shown beside it.

The hidden field `seen` holds the version of the row and a short digest of each field as it was
shown. A service compares the version under its lock and raises `ChangedMeanwhile`; `merge` then
compares field by field: what the person did not touch takes over what is saved now, what they typed
stays, and both are listed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from seatrobot.kernel.refusal import Refused

DIGEST = 10


class ChangedMeanwhile(Refused):
    """Somebody else changed what the person looked at."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that somebody else changed. typed: as it was sent. taken: whether `saved` is in it.

    input: the name of the field on the page. values: what to put there for `saved`, as JSON.
    """

    label: str
    input: str
    saved: str
    typed: str
    taken: bool
    values: str


class VersionedForm(forms.Form):
    """Give `seen` the version of the row as its initial value; `clean_seen` returns that alone."""

    not_compared: ClassVar[frozenset[str]] = frozenset()
    """Fields that show nothing of the row, such as a tick that asks for something."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    differences: Sequence[Difference] = ()
    _shown: dict[str, str]

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        initial = super().get_initial_for_field(field, field_name)
        if field_name != "seen" or not initial:
            return initial
        digests = (f"{b.name}:{_digest(values_of(b.field, b.value()))}" for b in self._compared())
        return " ".join([str(initial), *digests])

    def clean_seen(self) -> str:
        version, *digests = self.cleaned_data["seen"].split(" ")
        pairs = (digest.rpartition(":") for digest in digests)
        self._shown = {name: digest for name, _sign, digest in pairs}
        return str(version)

    def is_said(self, name: str) -> bool:
        """Return whether the sent form says anything about a field."""
        bound = self[name]
        omitted = bound.field.widget.value_omitted_from_data(self.data, self.files, bound.html_name)
        return not omitted

    def merge(self, now: VersionedForm) -> bool:
        """Compare a valid form with one of the row as it is now; return whether anything differs.

        Afterwards the form says the version that it was compared with.
        """
        assert isinstance(self.data, QueryDict)
        data, found = self.data.copy(), []
        for bound in self._compared():
            name = bound.name
            if name not in now.fields or not self.is_said(name):
                continue
            saved = values_of(now.fields[name], now[name].value())
            typed = values_of(bound.field, bound.field.clean(bound.data))
            shown = self._shown.get(name)
            if saved == typed or shown == _digest(saved):
                continue
            taken = shown == _digest(typed)
            if taken:
                _put(data, bound, saved)
            found.append(
                Difference(
                    label=str(bound.label),
                    input=bound.html_name,
                    saved=shown_as(now.fields[name], saved),
                    typed=shown_as(bound.field, typed),
                    taken=taken,
                    values=json.dumps(saved),
                )
            )
        seen = now["seen"].value()
        data[self.add_prefix("seen")] = seen
        self.data, self.differences = data, found
        self.cleaned_data["seen"] = str(seen).partition(" ")[0]
        return bool(found)

    def _compared(self) -> Iterator[forms.BoundField]:
        for name in self.fields:
            bound = self[name]
            if not bound.is_hidden and name not in self.not_compared:
                yield bound


def version_of(*facts: object) -> str:
    """Return a version of facts whose row has none of its own."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def values_of(field: forms.Field, value: Any) -> list[str]:
    """Return what the page sends for a value of a field, none for an unticked box."""
    if isinstance(field.widget, forms.CheckboxInput):
        return ["on"] if value else []
    if isinstance(field, forms.MultipleChoiceField):
        return sorted(str(each) for each in value or ())
    written = field.widget.format_value(field.prepare_value(value))
    if isinstance(written, list):
        written = written[0] if written else ""
    return ["\n".join(str(written or "").strip().splitlines())]


def shown_as(field: forms.Field, values: Sequence[str]) -> str:
    """Return values of a field as a person reads them."""
    if isinstance(field.widget, forms.CheckboxInput):
        return _("Yes") if values else _("No")
    labels = dict(_flat(getattr(field, "choices", ())))
    return "; ".join(labels.get(value, value) for value in values)


def _flat(choices: Any) -> Iterator[tuple[str, str]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield str(value), str(label)


def _put(data: Any, bound: forms.BoundField, values: list[str]) -> None:
    if values:
        data.setlist(bound.html_name, values)
    else:
        data.pop(bound.html_name, None)


def _digest(values: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(values).encode()).hexdigest()[:DIGEST]
