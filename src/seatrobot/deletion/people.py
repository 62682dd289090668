"""One person of the organization: everything that is known of them, and its erasure.

A request after the GDPR (articles 15 to 17 and 20) is about a person, who may be a contact, several
guests, and somebody to whom mail was sent. Each package that knows people names in its `feature.py`
what answers (`knowing.KnowsPeople`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _

from seatrobot.deletion import fingerprints, requests, services
from seatrobot.deletion.feature import Action, Permission
from seatrobot.deletion.knowing import Known, KnowsPeople, Person
from seatrobot.deletion.models import Deletion, Kind
from seatrobot.kernel import features
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused


def load(principal: Principal, subject_id: UUID) -> tuple[Person, list[Known]]:
    """Return whom an identifier means and all that is known of them; Http404 for nobody's."""
    principal.require(Permission.PERSON_VIEW)
    for source in features.extensions(KnowsPeople):
        if person := source.person(principal, subject_id):
            return person, everything(principal, person)
    raise Http404


def everything(principal: Principal, person: Person) -> list[Known]:
    """Return all that the organization knows of a person, the certain first."""
    principal.require(Permission.PERSON_VIEW)
    principal.hold_keys()
    found = [
        known
        for source in features.extensions(KnowsPeople)
        for known in source.known(principal, person)
    ]
    if not all(known.is_certain for known in found):  # somebody else has the address, too
        found = [replace(known, is_certain=False) if known.by_address else known for known in found]
    return sorted(found, key=lambda known: not known.is_certain)


def erase(*, actor: Principal, subject_id: UUID, keys: Collection[str]) -> Deletion:
    """Erase chosen rows about a person everywhere; return the deletion with its receipt to come.

    keys: `Known.key` of what was shown and chosen. Raises Refused where nothing was.
    """
    actor.require(Permission.PERSON_ERASE)
    _person, found = load(actor, subject_id)
    ids: dict[str, list[UUID]] = {}
    for known in found:
        if known.key in keys:
            ids.setdefault(known.table, []).append(known.id)
    if not ids:
        raise Refused(_("Choose at least one thing to erase."))
    parts = fingerprints.of_rows(ids)
    gone: dict[str, list[UUID]] = {}
    for source in features.extensions(KnowsPeople):
        for table, erased in source.erase(actor, ids).items():
            gone.setdefault(table, []).extend(erased)
    went = [each for ids in gone.values() for each in ids]
    if not went:
        raise Refused(_("It was erased meanwhile."))
    subject_id = subject_id if subject_id in went else went[0]  # whoever was not chosen stays
    requests.forget(actor, set(went))
    journal.record(Action.PERSON_ERASE, subject_id=subject_id, count=len(went))
    deletion = services.record_gone(
        by=actor, kind=Kind.PERSON, subject_id=subject_id, gone=gone, fingerprints=parts
    )
    assert deletion is not None
    return deletion


def for_them(found: Iterable[Known], keys: Collection[str]) -> list[Known]:
    """Return what was chosen to be handed to the person; raises Refused where nothing was.

    Not everything that is found: what has their address and another name may be of a relative.
    """
    chosen = [known for known in found if known.key in keys]
    if not chosen:
        raise Refused(_("Choose at least one thing to hand out."))
    return chosen


def archive(person: Person, found: Iterable[Known]) -> dict[str, Any]:
    """Return what is handed to the person, as JSON can say it."""
    return {
        "format": "seatrobot person v1",
        "name": person.name,
        "addresses": sorted(person.emails),
        "known": [
            {
                "what": known.title,
                "id": str(known.id),
                "facts": [{"label": str(label), "text": text} for label, text in known.facts],
            }
            for known in found
        ],
    }
