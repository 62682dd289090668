"""What becomes of one row, in the light of the rows above it and the guests already there."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.guests.importing.existing import Existing, Guest, merge, name_key
from seatrobot.guests.importing.parties import Parties
from seatrobot.guests.importing.plan import Plan
from seatrobot.guests.importing.reports import Change, Create, Operation, Outcome, Update
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Status

_SAME = {
    "r": gettext_lazy("The reference is the same as in row %(row)s."),
    "e": gettext_lazy("The e-mail is the same as in row %(row)s."),
    "n": gettext_lazy("The name and company are the same as in row %(row)s."),
}


class Verdict(NamedTuple):
    """The outcome of a row, with what is to be done or why nothing is."""

    row: int
    record: GuestRecord
    outcome: Outcome
    sentences: Sequence[str] = ()
    changes: Sequence[Change] = ()
    operation: Operation | None = None


class Judge:
    """Judges the rows of one walk, which must come in order."""

    def __init__(
        self, plan: Plan, existing: Existing, parties: Parties, default_status: Status
    ) -> None:
        self.plan = plan
        self.existing = existing
        self.parties = parties
        self.default_status = default_status
        self.seen: dict[str, int] = {}
        self.taken: dict[UUID, int] = {}

    def judge(self, row: int, cells: Sequence[str]) -> Verdict:
        """Return the verdict on the next row."""
        record = self.plan.record(cells)
        problems = list(record.check())
        status = None
        try:
            status = self.plan.status_of(cells)
        except ValueError as error:
            problems.append(str(error))
        problems += _no_name(record, status or self.default_status)
        if problems:
            return _verdict(row, record, Outcome.WRONG, *problems)
        if twin := self._twin(record):
            return _verdict(row, record, Outcome.DUPLICATE, twin)
        self.seen.update((key, row) for key in _keys(record))
        group = self.parties.group_of(cells, record)
        guest = self.existing.match(record)
        if guest:
            return self._known(row, record, status, guest, group)
        if _unidentified(record) and (guest := self.existing.by_name.get(name_key(record))):
            return self._same_name(row, record, guest, group)
        plus_one = self.parties.is_plus_one(cells, record)
        create = Create(row, record, status or self.default_status, group, plus_one)
        return Verdict(row, record, Outcome.CREATED, operation=create)

    def _twin(self, record: GuestRecord) -> str:
        """Name the row above that is the same guest; empty if there is none."""
        for key in _keys(record):
            if key in self.seen:
                return _SAME[key[0]] % {"row": self.seen[key]}
        return ""

    def _known(
        self, row: int, record: GuestRecord, status: Status | None, guest: Guest, group: str
    ) -> Verdict:
        guest_id, old, old_status = guest
        if conflict := self._conflict(record, guest):
            return _verdict(row, record, Outcome.DUPLICATE, conflict)
        if guest_id in self.taken:
            sentence = _("This is the same guest as in row %(row)s.")
            return _verdict(
                row, record, Outcome.DUPLICATE, sentence % {"row": self.taken[guest_id]}
            )
        self.taken[guest_id] = row
        self.parties.join(group, guest)
        merged, changes = merge(old, record)
        if status and status != old_status:
            changes.append(Change("status", old_status, status))
        if not changes:
            return Verdict(row, record, Outcome.UNCHANGED)
        if problems := list(merged.check()):
            return _verdict(row, record, Outcome.WRONG, *problems)
        update = Update(guest_id, merged, status or old_status)
        return Verdict(row, merged, Outcome.UPDATED, (), changes, update)

    def _conflict(self, record: GuestRecord, guest: Guest) -> str:
        """Say which other guest has this row's e-mail; empty if none has."""
        other = self.existing.by_email.get(record.email.casefold()) if record.email else None
        same = other is None or other[0] == guest[0]
        reference = guest[1].reference
        if same and not (record.reference and reference and record.reference != reference):
            return ""
        name = (guest if other is None else other)[1].full_name
        return _("E-mail “%(email)s” already belongs to the guest %(name)s.") % {
            "email": record.email,
            "name": name,
        }

    def _same_name(self, row: int, record: GuestRecord, guest: Guest, group: str) -> Verdict:
        if not merge(guest[1], record)[1]:
            self.parties.join(group, guest)
            return Verdict(row, record, Outcome.UNCHANGED)
        sentence = _(
            "The list already has %(name)s; without an e-mail or a reference the row "
            "cannot be told apart."
        )
        name = guest[1].full_name
        return _verdict(row, record, Outcome.DUPLICATE, sentence % {"name": name})


def _verdict(row: int, record: GuestRecord, outcome: Outcome, *sentences: str) -> Verdict:
    named = _("Row %(row)s: %(sentence)s")
    said = [named % {"row": row, "sentence": sentence} for sentence in sentences]
    return Verdict(row, record, outcome, said)


def _no_name(record: GuestRecord, status: Status) -> Iterator[str]:
    """Complain about a missing name; a held place is for somebody yet unnamed."""
    if not record.first_name and not record.last_name and status is not Status.HELD:
        yield _("First name and last name are both empty.")


def _unidentified(record: GuestRecord) -> bool:
    return not record.reference and not record.email


def _keys(record: GuestRecord) -> list[str]:
    """Return what two rows of one guest have in common."""
    if _unidentified(record):
        name = name_key(record)
        return [f"n{name}"] if name else []
    keys = [f"r{record.reference}"] if record.reference else []
    return [*keys, f"e{record.email.casefold()}"] if record.email else keys
