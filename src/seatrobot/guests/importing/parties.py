"""Which rows of a file belong to one party, by a group column or by "guest of"."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from seatrobot.guests.importing.cleaning import clean_line
from seatrobot.guests.importing.existing import Existing, Guest
from seatrobot.guests.importing.plan import Plan
from seatrobot.guests.records import GuestRecord, fold


class Parties:
    """Names the group of each row; "" is a guest alone.

    With a group column, rows with the same value are one group. With a host column, a row belongs
    to the group of the host it names, and the host's own row does too, wherever it stands.
    `joined` collects the groups that have an existing guest, whose party new guests join.
    """

    def __init__(
        self, plan: Plan, rows: Iterable[tuple[int, Sequence[str]]], existing: Existing
    ) -> None:
        self.group = plan.group
        self.host = plan.host
        self.joined: dict[str, UUID] = {}
        self.hosts: set[str] = set()
        if self.host is not None:
            self.hosts = {_key(cells[self.host]) for _row, cells in rows} - {""}
            self._find_hosts(existing)

    def group_of(self, cells: Sequence[str], record: GuestRecord) -> str:
        """Return the group of a row."""
        if self.group is not None and (key := _key(cells[self.group])):
            return f"group {key}"
        if self.host is None:
            return ""
        if key := _key(cells[self.host]):
            return f"host {key}"
        return next((f"host {name}" for name in _names(record) if name in self.hosts), "")

    def is_plus_one(self, cells: Sequence[str], record: GuestRecord) -> bool:
        """Whether a row names a host other than itself."""
        key = _key(cells[self.host]) if self.host is not None else ""
        return key != "" and key not in _names(record)

    def join(self, group: str, guest: Guest) -> None:
        """Note that an existing guest belongs to this group."""
        if group:
            self.joined.setdefault(group, guest[0])

    def _find_hosts(self, existing: Existing) -> None:
        for guest in existing.guests:
            for name in _names(guest[1]):
                if name in self.hosts:
                    self.joined.setdefault(f"host {name}", guest[0])


def _key(text: str) -> str:
    return fold(clean_line(text)) if text else ""


def _names(record: GuestRecord) -> Iterable[str]:
    """Return what a "guest of" cell may call a host."""
    plain = f"{record.first_name} {record.last_name}".strip()
    names = (record.reference, record.email, record.full_name, plain, record.sort_name)
    return [fold(name) for name in names if name]
