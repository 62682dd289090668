"""What can be done with many contacts at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import cast
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from seatrobot.contacts import services
from seatrobot.contacts.contact_list import open_contacts
from seatrobot.contacts.feature import Action, Permission
from seatrobot.contacts.models import LONGEST_TAG, MOST_TAGS, Contact, ContactRecord
from seatrobot.deletion import fingerprints
from seatrobot.deletion import services as deletion
from seatrobot.deletion.models import Kind
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import one_of
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.normalizing import clean_line, fold

ROWS = 1000
MOST_SUBJECTS = 5000
"""Identifiers that one journal entry lists; beyond, it says the count."""

_UPDATE = """
UPDATE contacts_contact SET sealed = new.sealed, changed_at = %s
FROM unnest(%s::uuid[], %s::bytea[]) AS new (id, sealed) WHERE contacts_contact.id = new.id
"""


def add_tag(*, actor: Principal, ids: Collection[UUID], tag: str) -> int:
    """Tag contacts; return how many did not have the tag. Raises WrongContact.

    A tag that there is in another spelling is taken as it is mostly written.
    """
    actor.require(Permission.CONTACT_CHANGE)
    typed = clean_tag(tag)
    key = fold(typed)
    written = open_contacts(actor).spelling.get(key, typed)

    def change(record: ContactRecord) -> bool:
        if len(record.tags) >= MOST_TAGS or key in map(fold, record.tags):
            return False
        record.tags = [*record.tags, written]
        return True

    return _tagged(actor, ids, change)


def remove_tag(*, actor: Principal, ids: Collection[UUID], tag: str) -> int:
    """Take a tag away from contacts, in any spelling; return how many had it."""
    actor.require(Permission.CONTACT_CHANGE)
    key = fold(clean_tag(tag))

    def change(record: ContactRecord) -> bool:
        kept = [other for other in record.tags if fold(other) != key]
        has_changed = len(kept) < len(record.tags)
        record.tags = kept
        return has_changed

    return _tagged(actor, ids, change)


def remove(*, actor: Principal, ids: Collection[UUID]) -> int:
    """Delete contacts; guests who pointed to them stay on their lists. Returns how many went."""
    actor.require(Permission.CONTACT_CHANGE)
    rows = Contact.objects.filter(pk__in=one_of(ids)).order_by("pk").select_for_update()
    gone = list(rows.values_list("pk", flat=True))
    if not gone:
        return 0
    removed = {"contacts_contact": gone}
    deletion.record_gone(
        by=actor,
        kind=Kind.CONTACT,
        subject_id=gone[0],
        gone=removed,
        fingerprints=fingerprints.of_rows(removed),
    )
    _record(Action.CONTACT_REMOVE, gone)
    for start in range(0, len(gone), ROWS):
        Contact.objects.filter(pk__in=one_of(gone[start : start + ROWS])).delete()
    return len(gone)


def rewrite(
    *,
    actor: Principal,
    ids: Collection[UUID],
    change: Callable[[UUID, ContactRecord], ContactRecord],
) -> int:
    """Change contacts with their addresses, locked and as they are now; return how many changed.

    change: returns the new record, the same one where nothing changes. Raises WrongContact.
    """
    actor.require(Permission.CONTACT_CHANGE)
    field, organization_id = services.sealed_field(), actor.organization_id
    rows = Contact.objects.filter(pk__in=one_of(ids)).order_by("pk")
    locked = rows.select_for_update(no_key=True).values_list("pk", "sealed")
    changed: list[tuple[UUID, bytes]] = []
    readdressed: dict[UUID, ContactRecord] = {}
    for pk, raw in locked:
        before = field.open_record(pk, organization_id, cast("bytes", raw))
        after = change(pk, before)
        if after == before:
            continue
        services.check(after)
        changed.append((pk, field.seal_record(pk, organization_id, after)))
        if after.emails != before.emails:
            readdressed[pk] = after
    _update(changed)
    services.readdress(organization_id, readdressed)
    return len(changed)


def change_records(
    organization_id: UUID, ids: Collection[UUID], change: Callable[[ContactRecord], bool]
) -> list[UUID]:
    """Change the records of contacts, locked and as they are now; return whose records changed.

    change: changes a record in place, all but its addresses, and returns whether it did.
    """
    field = services.sealed_field()
    rows = Contact.objects.filter(pk__in=one_of(ids)).order_by("pk")
    locked = rows.select_for_update(no_key=True).values_list("pk", "sealed")
    changed: list[tuple[UUID, bytes]] = []
    for pk, raw in locked:
        record = field.open_record(pk, organization_id, cast("bytes", raw))
        if change(record):
            changed.append((pk, field.seal_record(pk, organization_id, record)))
    _update(changed)
    return [pk for pk, _sealed in changed]


def _update(changed: Sequence[tuple[UUID, bytes]]) -> None:
    for start in range(0, len(changed), ROWS):
        keys, sealed = zip(*changed[start : start + ROWS], strict=True)
        with connection.cursor() as cursor:
            cursor.execute(_UPDATE, [now(), list(keys), list(sealed)])


def clean_tag(text: str) -> str:
    """Return the text as one tag; raise WrongContact when it cannot be one."""
    tag = clean_line(text.translate(str.maketrans(";,|", "   ")))
    if not tag or len(tag) > LONGEST_TAG:
        raise services.WrongContact(
            _("Type a tag of 1 to %(most)s characters; nothing was changed.")
            % {"most": LONGEST_TAG},
            field="tag",
        )
    return tag


def split_tags(text: str) -> list[str]:
    """Return the tags that are typed with semicolons or commas between them, each once."""
    typed = (clean_line(part) for part in text.replace(",", ";").replace("|", ";").split(";"))
    return list({fold(tag): tag for tag in typed if tag}.values())


def _tagged(
    actor: Principal, ids: Collection[UUID], change: Callable[[ContactRecord], bool]
) -> int:
    changed = change_records(actor.organization_id, ids, change)
    _record(Action.CONTACT_TAG, changed)
    return len(changed)


def _record(action: Action, ids: Sequence[UUID]) -> None:
    if not ids:
        return
    one = ids[0] if len(ids) == 1 else None
    listed = [str(pk) for pk in ids] if 1 < len(ids) <= MOST_SUBJECTS else []
    journal.shown(ids)
    journal.record(action, subject_id=one, count=len(ids), subjects=listed)
