"""Showing one masked field to staff: once, for a reason that stands in the grant, and recorded.

Packages above this one know people; each names in its `feature.py` what answers here. A field that
was shown is masked again on the next page.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _

from seatrobot.grants.feature import Action, Permission
from seatrobot.kernel import acting, features
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal


class MaskedField(NamedTuple):
    """A field of a person that holds something. name: for the journal. label: for people."""

    name: str
    label: str


class MaskedSource(ABC):
    """Answers about one kind of people, for the organization that is visited.

    kind: a word for addresses, as in `<uuid:guest>`.
    """

    kind: str

    @abstractmethod
    def fields(self, actor: Principal, pk: UUID) -> list[MaskedField]:
        """Return the masked fields of a person that hold something; Http404 for nobody."""

    @abstractmethod
    def value(self, actor: Principal, pk: UUID, name: str) -> str:
        """Return one field as it is; called where nothing is masked."""

    @abstractmethod
    def event_of(self, actor: Principal, pk: UUID) -> UUID | None:
        """Return the event that the person belongs to; Http404 for nobody."""


def sources() -> tuple[MaskedSource, ...]:
    """Return what answers for each kind of people."""
    return features.extensions(MaskedSource)


def fields(*, actor: Principal, kind: str, pk: UUID) -> list[MaskedField]:
    """Return the masked fields of a person; none where the visitor may not see the person."""
    source = _source(kind)
    try:
        if actor.may(Permission.FIELD_UNMASK, source.event_of(actor, pk)):
            return source.fields(actor, pk)
    except Http404:
        pass  # the person was removed by the page itself
    return []


def _source(kind: str) -> MaskedSource:
    """Return what answers for a kind of people; Http404 for a word that names none."""
    for found in sources():
        if found.kind == kind:
            return found
    raise Http404


def reveal(*, actor: Principal, kind: str, pk: UUID, name: str) -> tuple[str, str]:
    """Return label and value of one masked field; the access log names the field and the person.

    Call on a visit. Raises Http404 for a field that is not there or holds nothing.
    """
    source = _source(kind)
    event_id = source.event_of(actor, pk)
    actor.require(Permission.FIELD_UNMASK, event_id)
    field = next((each for each in source.fields(actor, pk) if each.name == name), None)
    if field is None:
        raise Http404
    journal.record(Action.FIELD_UNMASK, event_id=event_id, subject_id=pk, unmasked=[name])
    journal.shown([pk])
    with _without_masks():
        return field.label, source.value(actor, pk, name) or _("Nothing")


@contextmanager
def _without_masks() -> Iterator[None]:
    access = acting.current()
    access.masks = False
    try:
        yield
    finally:
        access.masks = True
