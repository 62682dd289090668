"""A mapping made ready for speed: from the cells of a row to a record."""

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from seatrobot.guests.importing.cleaning import clean_line, clean_text
from seatrobot.guests.importing.headings import Target
from seatrobot.guests.importing.mapping import Mapping
from seatrobot.guests.importing.names import split_name
from seatrobot.guests.records import LIMITS, GuestRecord
from seatrobot.guests.statuses import STATUSES, Status

_LINES = tuple(Target(name) for name in LIMITS if name != Target.NOTES)
_BETWEEN_TAGS = re.compile(r"[;,|]")
_LONGEST_NAME_TO_SPLIT = 400


class Plan:
    """Which cell goes where; `mapping` must have no problems with the headings."""

    def __init__(self, headings: Sequence[str], mapping: Mapping) -> None:
        places = {name: index for index, name in enumerate(headings)}
        where = {target: places[name] for name, target in mapping.columns.items()}
        self.lines = [(where[target], target.value) for target in _LINES if target in where]
        self.extra = [
            (places[name], clean_line(name))
            for name, target in mapping.columns.items()
            if target is Target.EXTRA
        ]
        self.notes = where.get(Target.NOTES)
        self.tags = where.get(Target.TAGS)
        self.full_name = where.get(Target.FULL_NAME)
        self.status = where.get(Target.STATUS)
        self.group = where.get(Target.GROUP)
        self.host = where.get(Target.HOST)

    def record(self, cells: Sequence[str]) -> GuestRecord:
        """Return what the row says of a guest; empty cells leave a field empty."""
        record = GuestRecord()
        for index, field in self.lines:
            if cells[index]:
                setattr(record, field, clean_line(cells[index]))
        if self.notes is not None:
            record.notes = clean_text(cells[self.notes])
        if self.tags is not None:
            record.tags = split_tags(cells[self.tags])
        for index, name in self.extra:
            if cells[index] and (value := clean_line(cells[index])):
                record.extra[name] = value
        if self.full_name is not None:
            _fill_name(record, clean_line(cells[self.full_name]))
        if record.email[:7].lower() == "mailto:":
            record.email = record.email[7:]
        return record

    def status_of(self, cells: Sequence[str]) -> Status | None:
        """Return the status of the row, None for an empty cell; raises ValueError (sentence)."""
        text = clean_line(cells[self.status]) if self.status is not None else ""
        if not text:
            return None
        status = STATUSES.get(text.casefold())
        if status is None:
            raise ValueError(
                _("Status “%(value)s” is unknown; known are %(known)s.")
                % {"value": text[:40], "known": ", ".join(STATUSES)}
            )
        return status


def split_tags(text: str) -> list[str]:
    """Split at ; , and |, each tag once, in the order given."""
    if not text:
        return []
    tags = (clean_line(tag) for tag in _BETWEEN_TAGS.split(text))
    return list(dict.fromkeys(tag for tag in tags if tag))


def _fill_name(record: GuestRecord, text: str) -> None:
    if not text or record.first_name or record.last_name:
        return
    if len(text) > _LONGEST_NAME_TO_SPLIT:
        record.last_name = text
        return
    name = split_name(text)
    record.first_name, record.last_name = name.first_name, name.last_name
    record.title = record.title or name.title
    record.suffix = record.suffix or name.suffix
