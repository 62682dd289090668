"""How lists were mapped, remembered for the organization's next list with the same headings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from seatrobot.documents.reading import Sheet
from seatrobot.guests.feature import Permission
from seatrobot.guests.fields import OpenField
from seatrobot.guests.importing.headings import Target, plain
from seatrobot.guests.importing.layout import headings_of
from seatrobot.guests.importing.mapping import MANY, Mapping
from seatrobot.guests.models import Import, ImportMemory, MemoryRecord
from seatrobot.kernel.acting import current
from seatrobot.kernel.clock import now
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.vault import services as vault
from seatrobot.normalizing import fold

_LABEL = "label:"
_SPECIAL_LABEL = "special:"
"""Before the headings (`headings_of`) of columns that an import added, or found on its list."""


def remember(*, actor: Principal, upload: Import, own: Sequence[OpenField]) -> None:
    """Keep how a list was mapped; whoever does not see every event leaves nothing for others."""
    actor.require(Permission.GUEST_IMPORT, upload.event_id)
    if _is_narrow(actor):
        return
    labels = {field.key: name for name, field in zip(headings_of(own), own, strict=True)}
    said = upload.sealed
    columns = {
        heading: f"{_SPECIAL_LABEL}{heading}"
        if target == Target.SPECIAL
        else f"{_LABEL}{labels.get(target, heading)}"
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


def _is_narrow(actor: Principal) -> bool:
    return actor.events is not None or current().scope is not None


def recall(
    *,
    actor: Principal,
    event_id: UUID,
    sheet: Sheet,
    own: Sequence[OpenField],
    guessed: Mapping,
) -> tuple[Mapping, str] | None:
    """Return how a list with these headings was mapped last, and the status of rows without one.

    Headings are the same whatever their case and signs: "E-Mail" and "e_mail". guessed: the mapping
    that the sheet itself suggests, for headings of which the memory says nothing.
    """
    actor.require(Permission.GUEST_IMPORT, event_id)
    if not sheet.has_heading or _is_narrow(actor):
        return None
    index = _index(actor.organization_id, sheet.columns)
    memory = ImportMemory.objects.filter(headings_index=index).first()
    if memory is None:
        return None
    said = memory.sealed
    keys = {fold(name): field.key for name, field in zip(headings_of(own), own, strict=True)}
    alike = _by_plain(said.columns)
    columns: dict[str, str] = {}
    for heading in sheet.columns:
        suggested = guessed.columns[heading]
        target = said.columns.get(heading) or alike.get(plain(heading)) or suggested
        prefix = next((one for one in (_LABEL, _SPECIAL_LABEL) if target.startswith(one)), "")
        if prefix:
            target = keys.get(fold(target.removeprefix(prefix)), "")
            if not target:  # this list calls that column otherwise, or has none yet
                new = Target.SPECIAL if prefix == _SPECIAL_LABEL else Target.NEW
                target = suggested if suggested in {*keys.values(), Target.SPECIAL} else new
        taken = columns.values()
        choices = [target, suggested, Target.NEW]
        columns[heading] = next(one for one in choices if one in MANY or one not in taken)
    mapping = Mapping(columns, dict(said.values))
    return None if mapping.problems(sheet.columns, own) else (mapping, said.default_status)


def _by_plain(columns: dict[str, str]) -> dict[str, str]:
    """Return the targets by plain heading, without headings that would be one."""
    counts = Counter(map(plain, columns))
    return {plain(name): target for name, target in columns.items() if counts[plain(name)] == 1}


def index_of(memory: ImportMemory) -> bytes:
    """Return the blind index of a memory that came with an archive."""
    return _index(memory.organization_id, list(memory.sealed.columns))


def _index(organization_id: UUID, headings: Sequence[str]) -> bytes:
    words = sorted(plain(heading) for heading in headings)
    return vault.blind_index(organization_id, "\n".join(["headings", *words]))
