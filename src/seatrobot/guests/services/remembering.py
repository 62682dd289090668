"""How lists were mapped, remembered for the organization's next list with the same headings."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from seatrobot.documents.reading import Sheet
from seatrobot.guests.feature import Permission
from seatrobot.guests.fields import OpenField
from seatrobot.guests.importing.headings import Target, plain
from seatrobot.guests.importing.mapping import Mapping
from seatrobot.guests.models import Import, ImportMemory, MemoryRecord
from seatrobot.kernel.acting import current
from seatrobot.kernel.clock import now
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.vault import services as vault
from seatrobot.normalizing import fold

_LABEL = "label:"


def remember(*, actor: Principal, upload: Import, own: Sequence[OpenField]) -> None:
    """Keep how a list was mapped; a narrow actor, who sees one event, leaves nothing for others."""
    actor.require(Permission.GUEST_IMPORT, upload.event_id)
    if current().scope is not None:
        return
    labels = {field.key: field.label for field in own}
    said = upload.sealed
    columns = {
        heading: f"{_LABEL}{labels.get(target, heading)}"
        if target in labels or target == Target.NEW
        else target
        for heading, target in said.columns.items()
    }
    index = _index(upload.organization_id, list(said.columns))
    before = ImportMemory.objects.filter(headings_index=index).first()
    memory = before or ImportMemory(organization_id=upload.organization_id, headings_index=index)
    memory.sealed = MemoryRecord(columns, said.values, said.default_status, said.reading.sheet)
    memory.used_at = now()
    memory.save()


def recall(
    *, actor: Principal, event_id: UUID, sheet: Sheet, own: Sequence[OpenField]
) -> tuple[Mapping, str] | None:
    """Return how a list with these headings was mapped last, and the status of rows without one."""
    actor.require(Permission.GUEST_IMPORT, event_id)
    if not sheet.has_heading:
        return None
    index = _index(actor.organization_id, sheet.columns)
    memory = ImportMemory.objects.filter(headings_index=index).first()
    if memory is None:
        return None
    keys = {fold(field.label): field.key for field in own}
    said = memory.sealed
    columns: dict[str, str] = {}
    for heading in sheet.columns:
        target = said.columns.get(heading, Target.NEW)
        if target.startswith(_LABEL):
            key = keys.get(fold(target.removeprefix(_LABEL)), "")
            target = key if key and key not in columns.values() else Target.NEW
        columns[heading] = target
    mapping = Mapping(columns, dict(said.values))
    return None if mapping.problems(sheet.columns, own) else (mapping, said.default_status)


def _index(organization_id: UUID, headings: Sequence[str]) -> bytes:
    words = sorted(plain(heading) for heading in headings)
    return vault.blind_index(organization_id, "\n".join(["headings", *words]))
