"""Two contacts become one, and two again when somebody takes it back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _

from seatrobot.contacts import delivery, services
from seatrobot.contacts.extensions import PointsToContacts
from seatrobot.contacts.feature import Action, Permission
from seatrobot.contacts.models import (
    LIMITS,
    Contact,
    ContactMerge,
    ContactRecord,
    ContactRelation,
    MergeRecord,
    RelationRecord,
    StateRecord,
)
from seatrobot.contacts.services import WrongContact
from seatrobot.kernel import features
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import one_of
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.versions import ChangedMeanwhile
from seatrobot.normalizing import fold

KEPT_DAYS = 30
"""How long a merge can be undone."""
CHOSEN = tuple(name for name in LIMITS if name != "notes")
"""Fields of which one of the two values is taken; all others are joined."""
_MERGES = "merges"
_MAIL = ("delivery", "delivery_at", "delivery_source")
_CONSENT = ("consent", "consent_at", "consent_source")


class MergedMeanwhile(Refused):
    """One of two contacts is there no more: somebody merged or removed it."""


class Side(NamedTuple):
    """One field of two contacts. taken: which of them the merged one has, "kept" or "gone"."""

    name: str
    kept: str
    gone: str
    taken: str

    @property
    def differs(self) -> bool:
        return self.kept != self.gone and bool(self.kept) and bool(self.gone)


def sides(kept: ContactRecord, gone: ContactRecord) -> list[Side]:
    """Return the fields of which one value is taken, with what is taken unless somebody says so."""
    found = []
    for name in CHOSEN:
        mine, theirs = getattr(kept, name), getattr(gone, name)
        found.append(Side(name, mine, theirs, "gone" if theirs and not mine else "kept"))
    return found


def merged_record(
    kept: ContactRecord, gone: ContactRecord, taken: Mapping[str, str]
) -> ContactRecord:
    """Return what becomes of two records. taken: field -> "kept" or "gone", else as in `sides`.

    Addresses and tags of both stay, those of the kept contact first; so do the notes of both.
    """
    said: dict[str, Any] = {}
    for side in sides(kept, gone):
        choice = taken.get(side.name, side.taken)
        said[side.name] = side.gone if choice == "gone" else side.kept
    notes = [kept.notes, gone.notes if gone.notes != kept.notes else ""]
    return ContactRecord(
        **said,
        notes="\n\n".join(filter(None, notes)),
        emails=_joined(kept.emails, gone.emails),
        tags=_joined(kept.tags, gone.tags),
    )


def merge(
    *,
    actor: Principal,
    kept_id: UUID,
    gone_id: UUID,
    seen: tuple[str, str],
    taken: Mapping[str, str],
) -> ContactMerge:
    """Make one contact of two: what pointed to the one that goes points to the other afterwards.

    seen: the versions of both that the person looked at, the kept one's first. Raises
    MergedMeanwhile where one is there no more (of A into B while B goes into A the second is
    refused), ChangedMeanwhile, WrongContact where both together are too much for one.
    """
    actor.require(Permission.CONTACT_CHANGE)
    if kept_id == gone_id:
        raise WrongContact(_("These are one contact already."))
    kept, gone = _locked(kept_id, gone_id)
    if (kept.version, gone.version) != seen:
        raise ChangedMeanwhile(_("Somebody else changed one of these contacts meanwhile."))
    record = merged_record(kept.sealed, gone.sealed, taken)
    services.check(record)
    before = _relations(kept_id, gone_id)
    moved = {part.name: part.move(gone_id, kept_id) for part in _pointing()}
    moved[_MERGES] = _move_merges(gone_id, kept_id)
    done = ContactMerge.objects.create(
        organization_id=actor.organization_id,
        contact=kept,
        account_id=actor.account_id,
        merged_at=now(),
        sealed=MergeRecord(
            gone_id,
            kept.sealed,
            gone.sealed,
            record,
            _state(kept),
            _state(gone),
            gone.created_at,
            moved,
            before,
        ),
    )
    for names, values in _both_states(_state(kept), _state(gone)).items():
        _set(kept, names, values)
    gone.delete()
    _write(kept, record)
    _relate(actor, _after(before, kept_id, gone_id))
    journal.shown([kept_id, gone_id])
    journal.record(
        Action.CONTACT_MERGE,
        subject_id=kept_id,
        gone=str(gone_id),
        moved=sum(map(len, moved.values())),
    )
    return done


def undo(*, actor: Principal, merge_id: UUID) -> UUID:
    """Make two contacts again of one; return the one that comes back.

    What was changed since then stays with the contact that was kept: a field that still is as the
    merge made it becomes what it was before. What was said of mail since then counts for both. What
    points to contacts goes back where it pointed, unless it points elsewhere by now. Merges of one
    contact are undone newest first. Raises Http404 where there is no such merge, or it was undone
    already.
    """
    actor.require(Permission.CONTACT_CHANGE)
    row = ContactMerge.objects.filter(pk=merge_id).first()
    if row is None:
        raise Http404
    kept, version = services.load_contact(actor, row.contact_id, for_update=True)
    del version  # what it was like is compared field by field
    done = ContactMerge.objects.filter(pk=merge_id, contact=kept).first()
    if done is None:
        raise Http404
    newest = ContactMerge.objects.filter(contact=kept).order_by("-merged_at", "-pk").first()
    if newest != done:
        raise Refused(_("This contact was merged again since then; undo the later merge first."))
    said = done.sealed
    gone = Contact(
        id=said.gone_id,
        organization_id=kept.organization_id,
        sealed=said.gone,
        created_at=said.gone_created_at,
        changed_at=now(),
    )
    for names, merged in _both_states(said.kept_state, said.gone_state).items():
        is_as_merged = _get(kept, names) == merged
        _set(gone, names, _get(said.gone_state if is_as_merged else kept, names))
        _set(kept, names, _get(said.kept_state if is_as_merged else kept, names))
    gone.save(force_insert=True)
    services.index_addresses(kept.organization_id, [gone])
    for part in _pointing():
        part.move(kept.pk, gone.pk, said.moved.get(part.name, []))
    done.delete()
    _move_merges(kept.pk, gone.pk, said.moved.get(_MERGES, []))
    _write(kept, _parted(kept.sealed, said))
    _part_relations(actor, said, kept.pk)
    journal.shown([kept.pk, gone.pk])
    journal.record(Action.CONTACT_PART, subject_id=kept.pk, back=str(gone.pk))
    return gone.pk


def merges_of(contact_id: UUID) -> list[ContactMerge]:
    """Return the merges into a contact that can be undone, the newest first."""
    return list(ContactMerge.objects.filter(contact=contact_id).order_by("-merged_at", "-pk"))


def pointing(contact_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many rows of other packages point to each contact."""
    found = dict.fromkeys(contact_ids, 0)
    for part in _pointing():
        for pk, count in part.counts(contact_ids).items():
            found[pk] += count
    return found


def _pointing() -> list[PointsToContacts]:
    return list(features.extensions(PointsToContacts))


def _locked(kept_id: UUID, gone_id: UUID) -> tuple[Any, Any]:
    """Lock both in one order, whichever way round they are merged."""
    rows = services.with_version(Contact.objects.filter(pk__in=one_of([kept_id, gone_id])))
    found = {row.pk: row for row in rows.order_by("pk").select_for_update()}
    if len(found) != 2:  # noqa: PLR2004  two contacts
        raise MergedMeanwhile(
            _("One of these contacts is not there any more: it was merged or removed.")
        )
    return found[kept_id], found[gone_id]


def _move_merges(old: UUID, new: UUID, ids: Collection[UUID] | None = None) -> list[UUID]:
    rows = ContactMerge.objects.filter(contact=old)
    if ids is not None:
        rows = rows.filter(pk__in=one_of(ids))
    moved = list(rows.values_list("pk", flat=True))
    rows.update(contact=new)
    return moved


def _part_relations(actor: Principal, said: MergeRecord, kept_id: UUID) -> None:
    """Give relations back as they were, but for those that somebody ended since the merge."""
    gone_id = said.gone_id
    images = {(each.contact, each.assistant) for each in _after(said.relations, kept_id, gone_id)}
    still: set[tuple[UUID, UUID]] = set()
    pair = Q(contact=kept_id) | Q(assistant=kept_id)
    for relation in ContactRelation.objects.filter(pair):
        key = (relation.contact_id, relation.assistant_id)
        if key in images:
            still.add(key)
            relation.delete()
    back = []
    for each in said.relations:
        image = _after([each], kept_id, gone_id)
        if not image or (image[0].contact, image[0].assistant) in still:
            back.append(each)
    _relate(actor, back)


def _both_states(
    kept: StateRecord, gone: StateRecord
) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    """Return what two contacts together have: the stronger reason against mail, the later consent.

    By the names of the columns.
    """
    stronger = delivery.stronger(kept, gone)
    later = max((kept, gone), key=lambda each: (each.consent_at is not None, each.consent_at))
    return {_MAIL: _get(stronger, _MAIL), _CONSENT: _get(later, _CONSENT)}


def _get(holder: object, names: Collection[str]) -> tuple[Any, ...]:
    return tuple(getattr(holder, name) for name in names)


def _set(contact: Contact, names: Collection[str], values: Collection[Any]) -> None:
    for name, value in zip(names, values, strict=True):
        setattr(contact, name, value)


def _state(contact: Contact) -> StateRecord:
    return StateRecord(**{name: getattr(contact, name) for name in StateRecord.__struct_fields__})


def _write(contact: Contact, record: ContactRecord) -> None:
    contact.sealed = record
    contact.changed_at = now()
    contact.save()
    contact.addresses.all().delete()
    services.index_addresses(contact.organization_id, [contact])


def _parted(record: ContactRecord, said: MergeRecord) -> ContactRecord:
    """Return the kept record without what the merge brought, but with what was changed since."""
    back: dict[str, Any] = {
        name: getattr(said.kept, name)
        for name in LIMITS
        if getattr(record, name) == getattr(said.merged, name)
    }
    for name in ("emails", "tags"):
        brought = set(getattr(said.merged, name)) - set(getattr(said.kept, name))
        back[name] = [text for text in getattr(record, name) if text not in brought]
    parted = msgspec.structs.replace(record, **back)
    return said.kept if next(parted.check(), None) else parted


def _relations(*ids: UUID) -> list[RelationRecord]:
    rows = ContactRelation.objects.filter(Q(contact__in=ids) | Q(assistant__in=ids))
    return [
        RelationRecord(row.contact_id, row.assistant_id, row.copies, row.answers)
        for row in rows.order_by("pk")
    ]


def _after(
    relations: Collection[RelationRecord], kept_id: UUID, gone_id: UUID
) -> list[RelationRecord]:
    """Return the relations that the kept contact has of both; none to itself, none twice."""
    found: dict[tuple[UUID, UUID], RelationRecord] = {}
    for each in relations:
        contact = kept_id if each.contact == gone_id else each.contact
        assistant = kept_id if each.assistant == gone_id else each.assistant
        if contact == assistant:
            continue
        same = found.setdefault(
            (contact, assistant), RelationRecord(contact, assistant, copies=False, answers=False)
        )
        same.copies |= each.copies
        same.answers |= each.answers
    return list(found.values())


def _relate(actor: Principal, relations: Collection[RelationRecord]) -> None:
    """Note relations between contacts that are there."""
    ids = {each.contact for each in relations} | {each.assistant for each in relations}
    there = set(Contact.objects.filter(pk__in=one_of(ids)).values_list("pk", flat=True))
    for each in relations:
        if each.contact in there and each.assistant in there:
            ContactRelation.objects.update_or_create(
                organization_id=actor.organization_id,
                contact_id=each.contact,
                assistant_id=each.assistant,
                defaults={"copies": each.copies, "answers": each.answers},
                create_defaults={
                    "copies": each.copies,
                    "answers": each.answers,
                    "created_at": now(),
                },
            )


def _joined(mine: Collection[str], theirs: Collection[str]) -> list[str]:
    """Return the texts of both, those that differ by case or accents once."""
    found: dict[str, str] = {}
    for text in (*mine, *theirs):
        found.setdefault(fold(text), text)
    return list(found.values())
