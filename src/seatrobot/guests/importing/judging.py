"""What becomes of one row, in the light of the rows above it and the guests already there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.guests.fields import OpenField
from seatrobot.guests.importing.mapping import Plan, RowFacts
from seatrobot.guests.importing.reports import (
    Arrived,
    Change,
    Create,
    Known,
    Operation,
    Outcome,
    Update,
)
from seatrobot.guests.records import LABELS, LIMITS, GuestRecord
from seatrobot.guests.statuses import (
    CONFIRMED,
    TAKES_PLACE,
    Delivery,
    Facts,
    Money,
    Reply,
    Status,
)
from seatrobot.normalizing import normalized_name, words

_SAME = {
    "r": gettext_lazy("The reference is the same as in row %(row)s."),
    "e": gettext_lazy("The name and the e-mail are the same as in row %(row)s."),
    "n": gettext_lazy("The name and company are the same as in row %(row)s."),
}


def name_key(record: GuestRecord) -> str:
    """Return what is equal for one name and company, empty for a record without a name."""
    if not record.first_name and not record.last_name:
        return ""
    name = normalized_name(f"{record.first_name} {record.last_name} {record.suffix}")
    return f"{name}\0{normalized_name(record.company)}"


def same_name(record: GuestRecord, other: GuestRecord) -> bool:
    """Whether two records can be of one person by their names; no name is anybody's."""
    if not (_has_name(record) and _has_name(other)):
        return True
    suffixes = {words(one.suffix) for one in (record, other) if one.suffix}
    if len(suffixes) > 1:
        return False
    return _plain(record) == _plain(other)


def _has_name(record: GuestRecord) -> bool:
    return bool(record.first_name or record.last_name)


def _plain(record: GuestRecord) -> str:
    return normalized_name(f"{record.first_name} {record.last_name}")


class Existing:
    """The guests an event has, found by reference, address or name.

    A guest without a reference is known by its identifier, as our own exports give it. Several
    guests may share an address; of several with one name and company the first is meant.
    """

    def __init__(self, guests: Iterable[Known]) -> None:
        self.by_reference: dict[str, Known] = {}
        self.by_email: dict[str, list[Known]] = {}
        self.by_name: dict[str, Known] = {}
        self._names: dict[str, dict[str, list[Known]]] = {}
        self.guests = list(guests)
        for guest in self.guests:
            record = guest.record
            self.by_reference.setdefault(record.reference or str(guest.id), guest)
            if record.email:
                self.by_email.setdefault(record.email.casefold(), []).append(guest)
            if key := name_key(record):
                self.by_name.setdefault(key, guest)

    def match(self, record: GuestRecord) -> Known | None:
        """Find the guest this row updates: by reference, or by address and name together."""
        if record.reference and (guest := self.by_reference.get(record.reference)):
            if not guest.record.reference:
                record.reference = ""
            return guest
        return self._of_address(record)

    def _of_address(self, record: GuestRecord) -> Known | None:
        """Find the guest of a record's address and name; no name is anybody's."""
        sharing = self.sharing(record)
        if len(sharing) <= 1 or not _has_name(record):
            return next((guest for guest in sharing if same_name(record, guest.record)), None)
        email = record.email.casefold()
        if email not in self._names:
            names: dict[str, list[Known]] = {}
            for guest in sharing:
                name = _plain(guest.record) if _has_name(guest.record) else ""
                names.setdefault(name, []).append(guest)
            self._names[email] = names
        named = self._names[email].get(_plain(record), ())
        exact = next((guest for guest in named if same_name(record, guest.record)), None)
        return exact or next(iter(self._names[email].get("", ())), None)

    def sharing(self, record: GuestRecord) -> list[Known]:
        """Return the guests with a record's address."""
        return self.by_email.get(record.email.casefold(), []) if record.email else []


def merge(
    old: GuestRecord, new: GuestRecord, fields: Mapping[UUID, OpenField]
) -> tuple[GuestRecord, list[Change]]:
    """Lay a row over a guest: empty cells erase nothing, tags are added, never taken away."""
    changes = [
        Change(field, str(LABELS[field]), was, now)
        for field in LIMITS
        if (now := getattr(new, field)) and now != (was := getattr(old, field))
    ]
    for field_id, now in new.answers.items():
        if now != (was := old.answers.get(field_id, "")):
            field = fields[field_id]
            changes.append(Change(field.key, field.label, field.shown(was), field.shown(now)))
    tags = list(dict.fromkeys([*old.tags, *new.tags]))
    if tags != old.tags:
        changes.append(Change("tags", str(LABELS["tags"]), "; ".join(old.tags), "; ".join(tags)))
    if not changes:
        return old, changes
    merged = {field: getattr(new, field) or getattr(old, field) for field in LIMITS}
    return GuestRecord(**merged, tags=tags, answers={**old.answers, **new.answers}), changes


class Verdict(NamedTuple):
    """The outcome of a row, with what is to be done or why nothing is.

    question: what somebody should look at although the row is imported. places: how many places
    it takes.
    """

    row: int
    record: GuestRecord
    outcome: Outcome
    sentences: Sequence[str] = ()
    changes: Sequence[Change] = ()
    operation: Operation | None = None
    question: str = ""
    places: int = 0


class Person(NamedTuple):
    """What of a row tells people of one address apart."""

    first_name: str
    last_name: str
    suffix: str

    @classmethod
    def of(cls, record: GuestRecord) -> Person:
        return cls(record.first_name, record.last_name, record.suffix)

    def key(self, email: str) -> str:
        """Return what is equal for one person of one address."""
        return f"{email.casefold()}\n{normalized_name(chr(10).join(self))}"


class Group(NamedTuple):
    """key: of the party that a row belongs to, "" for a guest alone."""

    key: str
    is_plus_one: bool


class Judge:
    """Judges the rows of one walk, which must come in order."""

    def __init__(self, plan: Plan, existing: Existing, default_status: Status) -> None:
        self.plan = plan
        self.existing = existing
        self.default_status = default_status
        self.fields = {field.id: field for _index, field in plan.fields}
        self.seen: dict[str, int] = {}
        self.addresses: dict[str, tuple[int, Person]] = {}
        self.sharing: dict[str, int] = {}
        self.first: dict[RowFacts, Facts] = {}
        self.taken: dict[UUID, int] = {}

    def judge(
        self, row: int, cells: Sequence[str], group: Group, found: tuple[GuestRecord, list[str]]
    ) -> tuple[Verdict, Known | None]:
        """Return the verdict on the next row, and the guest of the event whom it means."""
        record, problems = found
        said = RowFacts()
        try:
            said = self.plan.facts(cells)
        except ValueError as error:
            problems.append(str(error))
        if problems:
            return _verdict(row, record, Outcome.WRONG, *problems), None
        if twin := self._twin(record):
            return _verdict(row, record, Outcome.DUPLICATE, twin), None
        guest = self.existing.match(record)
        if guest:
            return self._known(row, record, said, guest)
        if _unidentified(record) and (guest := self.existing.by_name.get(name_key(record))):
            return self._same_name(row, record, said, guest)
        return self._new(row, record, said, group), None

    def _new(self, row: int, record: GuestRecord, said: RowFacts, group: Group) -> Verdict:
        facts = self._first_facts(said)
        if not _has_name(record) and group.is_plus_one:
            facts = facts._replace(held=True)
        if problem := _held_problem(record, facts):
            return _verdict(row, record, Outcome.WRONG, problem)
        create = Create(row, record, facts, group.key, group.is_plus_one, said.arrived)
        question = self._question(record, None)
        self._remember(row, record)
        return Verdict(
            row,
            record,
            Outcome.CREATED,
            operation=create,
            question=question,
            places=_places(facts, has_arrived=said.arrived is not None),
        )

    def _known(
        self, row: int, record: GuestRecord, said: RowFacts, guest: Known
    ) -> tuple[Verdict, Known | None]:
        if conflict := _two_references(record, guest):
            return _verdict(row, record, Outcome.DUPLICATE, conflict), None
        if guest.id in self.taken:
            sentence = _("This is the same guest as in row %(row)s.")
            twin = sentence % {"row": self.taken[guest.id]}
            return _verdict(row, record, Outcome.DUPLICATE, twin), None
        question = self._question(record, guest)
        self._remember(row, record)
        self.taken[guest.id] = row
        merged, changes = merge(guest.record, record, self.fields)
        facts = changed_facts(said, merged, guest)
        arrived = said.arrived if said.arrived and not guest.has_arrived else None
        problems = list(merged.check()) if changes else []
        if problem := _held_problem(merged, facts):
            problems.append(problem)
        if problems:
            return _verdict(row, record, Outcome.WRONG, *problems), guest
        written = merged if changes else None
        changes += _fact_changes(guest, facts, arrived)
        if not changes:
            return Verdict(row, record, Outcome.UNCHANGED, question=question), guest
        update = Update(guest.id, written, facts if facts != guest.facts else None, arrived)
        places = _places(facts, has_arrived=guest.has_arrived or arrived is not None)
        places -= _places(guest.facts, has_arrived=guest.has_arrived)
        verdict = Verdict(
            row, merged, Outcome.UPDATED, (), changes, update, question=question, places=places
        )
        return verdict, guest

    def _same_name(
        self, row: int, record: GuestRecord, said: RowFacts, guest: Known
    ) -> tuple[Verdict, Known | None]:
        merged, changes = merge(guest.record, record, self.fields)
        facts = changed_facts(said, merged, guest)
        has_arrived = said.arrived is not None and not guest.has_arrived
        if not changes and facts == guest.facts and not has_arrived:
            self._remember(row, record)
            return Verdict(row, record, Outcome.UNCHANGED), guest
        sentence = _(
            "The list already has %(name)s; without an e-mail or a reference the row "
            "cannot be told apart."
        )
        name = guest.record.full_name
        return _verdict(row, record, Outcome.DUPLICATE, sentence % {"name": name}), None

    def _first_facts(self, said: RowFacts) -> Facts:
        """Return the facts of a new guest; most rows of a list say the same few."""
        key = said._replace(arrived=None) if said.arrived else said
        if key not in self.first:
            self.first[key] = first_facts(key, self.default_status)
        return self.first[key]

    def _twin(self, record: GuestRecord) -> str:
        """Name the row above that is the same guest; empty if there is none."""
        key = _key(record)
        if key and key in self.seen:
            return _SAME[key[0]] % {"row": self.seen[key]}
        above = self.addresses.get(record.email.casefold()) if record.email else None
        if above is None or not _has_name(record):
            return ""
        self.sharing.setdefault(above[1].key(record.email), above[0])
        row = self.sharing.get(Person.of(record).key(record.email))
        return _SAME["e"] % {"row": row} if row else ""

    def _remember(self, row: int, record: GuestRecord) -> None:
        if key := _key(record):
            self.seen[key] = row
        if record.email:
            person, email = Person.of(record), record.email.casefold()
            if email in self.addresses:
                self.sharing.setdefault(person.key(email), row)
            else:
                self.addresses[email] = row, person

    def _question(self, record: GuestRecord, guest: Known | None) -> str:
        """Say who else has this row's address; empty if nobody has."""
        others = [
            other
            for other in self.existing.sharing(record)
            if guest is None or other.id != guest.id
        ]
        if guest and guest.record.email.casefold() == record.email.casefold():
            return ""
        if others:
            return _("The e-mail is also that of %(name)s, who is on the list; both are kept.") % {
                "name": others[0].record.full_name or record.email
            }
        if record.email and (above := self.addresses.get(record.email.casefold())):
            return _("The e-mail is also that of row %(row)s; both are kept.") % {"row": above[0]}
        return ""


def first_facts(said: RowFacts, default: Status) -> Facts:
    """Return the facts of a new guest: what the row says, else what the import says for all."""
    status = said.status or (default if said.reply is None else None)
    facts = Facts()
    if status is Status.ATTENDED:
        facts = CONFIRMED
    elif status is not None:
        facts = facts.with_status(status)
    return _with(facts, said)


def changed_facts(said: RowFacts, record: GuestRecord, guest: Known) -> Facts:
    """Return a known guest's facts as a row changes them; what it does not say stays.

    A status that already sums the guest up changes nothing. A held place that gets a name is
    confirmed.
    """
    facts = guest.facts
    status = None if said.status is facts.status(has_arrived=guest.has_arrived) else said.status
    reply = None if said.reply == facts.reply_word else said.reply
    if facts.held and _has_name(record):
        facts = facts._replace(held=False)
        is_open = facts.reply in {Reply.OUTSTANDING, Reply.TENTATIVE}
        if is_open and status is None and reply is None:
            facts = facts._replace(reply=Reply.CONFIRMED)
    if status is not None:
        facts = facts.with_status(status)
    return _with(facts, said._replace(reply=reply))


def _with(facts: Facts, said: RowFacts) -> Facts:
    if said.reply:
        facts = facts.with_reply(said.reply)
    if said.delivery:
        facts = facts._replace(delivery=said.delivery)
    return facts._replace(money=said.money) if said.money else facts


def _fact_changes(guest: Known, facts: Facts, arrived: Arrived | None) -> list[Change]:
    changes = []
    if facts.reply_word != guest.facts.reply_word:
        changes.append(Change("reply", _("Reply"), guest.facts.reply_word, facts.reply_word))
    if facts.held != guest.facts.held:
        words = ("", Status.HELD.value)
        changes.append(Change("held", _("Held"), words[guest.facts.held], words[facts.held]))
    if facts.delivery is not guest.facts.delivery:
        changes.append(Change("delivery", _("Mail delivery"), "", Delivery.BOUNCED.value))
    if facts.money is not guest.facts.money:
        changes.append(Change("money", _("Payment"), "", Money.REFUNDED.value))
    if arrived:
        changes.append(Change("arrived", _("Checked in"), "", Status.ATTENDED.value))
    return changes


def _held_problem(record: GuestRecord, facts: Facts) -> str:
    """Complain about a missing name; a held place is for somebody without one."""
    if _has_name(record) and facts.held:
        return _("Held keeps a place for somebody without a name; this guest has one.")
    if not _has_name(record) and not facts.held:
        return _("First name and last name are both empty.")
    return ""


def _two_references(record: GuestRecord, guest: Known) -> str:
    reference = guest.record.reference
    if not (record.reference and reference and record.reference != reference):
        return ""
    return _(
        "%(name)s with this e-mail is on the list under the reference “%(reference)s”; "
        "the row has another one."
    ) % {"name": guest.record.full_name, "reference": reference}


def _places(facts: Facts, *, has_arrived: bool) -> int:
    return int(facts.status(has_arrived=has_arrived) in TAKES_PLACE)


def _verdict(row: int, record: GuestRecord, outcome: Outcome, *sentences: str) -> Verdict:
    named = _("Row %(row)s: %(sentence)s")
    said = [named % {"row": row, "sentence": sentence} for sentence in sentences]
    return Verdict(row, record, outcome, said)


def _unidentified(record: GuestRecord) -> bool:
    return not record.reference and not record.email


def _key(record: GuestRecord) -> str:
    """Return what two rows of one guest have in common beside an address; empty for nothing."""
    if record.reference:
        return f"r{record.reference}"
    name = name_key(record) if _unidentified(record) else ""
    return f"n{name}" if name else ""
