"""What becomes of one row, in the light of the rows above it and the guests already there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.guests.importing.asking import Answers, Asking
from seatrobot.guests.importing.dates import Order
from seatrobot.guests.importing.likeness import are_alike
from seatrobot.guests.importing.lines import is_heading, is_total
from seatrobot.guests.importing.mapping import Companions, Plan, RowFacts, UnknownWord
from seatrobot.guests.importing.matching import (
    CANDIDATES,
    Existing,
    can_be_one,
    fact_changes,
    has_name,
    letters_keys,
    merge,
    words_key,
)
from seatrobot.guests.importing.names import (
    Name,
    Several,
    name_in_address,
    split_name,
    titles_of,
)
from seatrobot.guests.importing.reports import (
    Answer,
    Change,
    Create,
    ExistingGuest,
    Kind,
    Operation,
    Option,
    Outcome,
    Question,
    Update,
)
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import CONFIRMED, TAKES_PLACE, Facts, Reply, Status
from seatrobot.normalizing import normalized_name


class Verdict(NamedTuple):
    """The outcome of a row, with what is to be done or why nothing is.

    question: what is asked of the row, or was. places: how many places it takes. companions: who
    is added with the guest. guest_id: the guest of the event whom the row means. name: what the row
    is shown as, where that is not the name of the record.
    """

    row: int
    record: GuestRecord
    outcome: Outcome
    sentences: Sequence[str] = ()
    changes: Sequence[Change] = ()
    operation: Operation | None = None
    question: Question | None = None
    places: int = 0
    companions: Sequence[Create] = ()
    guest_id: UUID | None = None
    name: str = ""


class Belonging(NamedTuple):
    """key: of the party that a row belongs to, "" for a guest alone.

    host: "row 7" or "guest <identifier>", whose plus-one the row is. question: whose, where the
    row names somebody of whom there are several.
    """

    key: str = ""
    host: str = ""
    question: Question | None = None


class RowMatcher:
    """Judges the rows of one walk, which must come in order.

    known_rows: which guests of the list the rows mean, as far as that is known.
    """

    def __init__(
        self,
        plan: Plan,
        existing: Existing,
        default_status: Status,
        answers: Answers,
        known_rows: Mapping[int, ExistingGuest],
    ) -> None:
        self.plan = plan
        self.existing = existing
        self.default_status = default_status
        self.known_rows = known_rows
        self.ask = Asking(answers)
        self.fields = {field.id: field for _index, field in plan.fields}
        self.above: dict[str, tuple[int, GuestRecord]] = {}
        self.more_above: dict[str, list[tuple[int, GuestRecord]]] = {}
        self.above_letters: dict[str, tuple[int, GuestRecord]] = {}
        self.references: dict[str, int] = {}
        self.addresses: dict[str, list[tuple[int, GuestRecord]]] = {}
        self.first: dict[RowFacts, Facts] = {}
        self.taken: dict[UUID, int] = {}

    def judge(
        self,
        row: int,
        cells: Sequence[str],
        belonging: Belonging,
        found: tuple[GuestRecord, list[str]],
    ) -> Verdict:
        """Return the verdict on the next row; one that may be no guest is shown as it stands."""
        verdict = self._judge(row, cells, belonging, found)
        question = verdict.question
        if question is None or question.kind not in {Kind.TOTAL, Kind.COUPLE}:
            return verdict
        is_added = verdict.operation is not None
        return verdict if is_added else verdict._replace(name=self.plan.whole_name(cells))

    def _judge(
        self,
        row: int,
        cells: Sequence[str],
        belonging: Belonging,
        found: tuple[GuestRecord, list[str]],
    ) -> Verdict:
        record, problems = found
        heading = (
            self.ask.heading(row, self._shown(cells, record))
            if self.plan.repeats_headings(cells)
            else None
        )
        if heading and heading.answer != Answer.NEW:
            return self._settled(row, record, heading)
        dates = self.ask.dates(row, doubts) if (doubts := self.plan.open_dates(cells)) else None
        if dates and dates.answer == Answer.SKIP:
            return self._settled(row, record, dates)
        order = Order(dates.answer) if dates and dates.answer else None
        if order:
            self.plan.answer_dates(record, cells, order)
        said = RowFacts()
        word = ""
        try:
            said = self.plan.facts(cells, order)
        except UnknownWord as error:
            word = str(error)
        except ValueError as error:
            problems.append(str(error))
        if problems:
            return _verdict(row, record, Outcome.WRONG, *problems)
        if word:
            return _asked(row, record, Question(Kind.WORD, word, []))
        for question in (dates, belonging.question):
            if question and not question.answer:
                return _asked(row, record, question)
        row_read = _RowRead(row, cells, record, said, belonging)
        return self._with_its_companions(row_read, belonging.question or dates)

    def _with_its_companions(self, it: _RowRead, question: Question | None) -> Verdict:
        """Judge a row that is read, after asking who comes along where it does not say plainly."""
        companions = self.plan.companions(it.cells)
        if companions.doubt and self._is_coming(it.said):
            question = self.ask.companion(it.row, companions)
            if question.answer in {"", Answer.SKIP}:
                return self._settled(it.row, it.record, question)
            companions = _as_said(companions, question.answer)
        return self._person(it, companions, question)

    def _is_coming(self, said: RowFacts) -> bool:
        return self._first_facts(said).status(has_arrived=False) not in _NOT_COMING

    def _person(  # noqa: C901, PLR0912  the questions in their order
        self, it: _RowRead, companions: Companions, question: Question | None
    ) -> Verdict:
        """Judge who is meant by a row."""
        row, cells, record, said, belonging = it
        own = self._own(cells)
        key = words_key(record)
        if own is None and (line := self._line(row, cells, record, key)):
            if line.answer != Answer.NEW:
                return self._settled(row, record, line)
            question = line
        guest = own or self.existing.match(record, key, self.taken)
        is_place = not has_name(record) and self.plan.placeholder(cells) is not None
        if guest is None and not (has_name(record) or record.email or record.reference):
            guest = self._free_place(record, belonging.host, is_place=is_place)
        elif guest is None and not is_place and _has_only_address(it):
            question = self.ask.nameless(row, record, is_usual=not self.plan.names)
            if question.answer in {"", Answer.SKIP}:
                return self._settled(row, record, question)
            is_place = question.answer == Answer.PLACE
            if not is_place:
                record = _named_as_address(record)
                key = words_key(record)
                guest = self.existing.match(record, key, self.taken)
        if not is_place and not (guest and (own or words_key(guest.record) == key)):
            several = self._several(cells, record, companions)
            if several is not None:
                question = self.ask.several(row, self._shown(cells, record), several)
                if question.answer not in {Answer.SPLIT, Answer.ONE}:
                    return self._settled(row, record, question)
                if question.answer == Answer.SPLIT:
                    record, companions = _split(record, several, companions)
                    key = words_key(record)
                    guest = self.existing.match(record, key, self.taken)
        is_couple = bool(question and question.kind is Kind.COUPLE)
        if guest is None:
            same = self._same(row, record, key, said)
            if same is not None and same.answer != Answer.NEW:
                kind, _colon, identifier = same.answer.partition(":")
                if kind != Answer.SAME:
                    return self._settled(row, record, same)
                guest = self.existing.by_id[UUID(identifier)]
            question = same or question
        if companions.names and self._is_coming(said):
            companions, brought = self._without_doubles(row, key, companions, guest)
            if brought is not None and brought.answer in {"", Answer.SKIP}:
                return self._settled(row, record, brought)
            question = brought or question
        row_facts = _Row(row, record, said, belonging, question, is_place)
        verdict = self._known(row_facts, guest) if guest else self._new(row_facts)
        if verdict.outcome is not Outcome.WRONG:
            self._remember(row, record, key)
            verdict = self._with_companions(verdict, row_facts, companions, guest, is_couple)
            for create in verdict.companions:
                self._remember(row, create.record, words_key(create.record))
        return verdict

    def _without_doubles(
        self, row: int, own_key: str, companions: Companions, guest: ExistingGuest | None
    ) -> tuple[Companions, Question | None]:
        """Ask about companions of whose name somebody is there; those are not added twice.

        own_key: the `words_key` of whom they come with. guest: whom the row means on the list; who
        is in a party with them is no double.
        """
        members = self.existing.by_party.get(guest.party_id, []) if guest else []
        ours = {letters for member in members for letters in letters_keys(member.record)}
        there: dict[str, int] = {}
        for name in companions.names:
            record = _of_name(name)
            key = words_key(record)
            if " " not in key or ours.intersection(letters_keys(record)[:1]):
                continue
            if key == own_key:
                there[name.text] = row
            elif twin := self._twin(record, key):
                there[name.text] = twin[0]
            elif self.existing.of_name(record, key, ()):
                there[name.text] = 0
        if not there:
            return companions, None
        question = self.ask.brought(row, there)
        if question.answer == Answer.SAME:
            names = [name for name in companions.names if name.text not in there]
            companions = companions._replace(names=names)
        return companions, question

    def _shown(self, cells: Sequence[str], record: GuestRecord) -> str:
        return self.plan.whole_name(cells) or record.full_name

    def _own(self, cells: Sequence[str]) -> ExistingGuest | None:
        """Return the guest whose identifier a row has, who is not taken by a row above."""
        identifier = self.plan.identifier_of(cells)
        guest = self.existing.by_id.get(identifier) if identifier else None
        return None if guest is None or guest.id in self.taken else guest

    def _several(
        self, cells: Sequence[str], record: GuestRecord, companions: Companions
    ) -> Several | None:
        """Return the people of a row; a family with a number of people is one guest and places."""
        several = self.plan.several(cells, record)
        if several is not None and not several.is_clear and companions.held:
            return several._replace(held=companions.held, is_clear=True)
        return several

    def _line(
        self, row: int, cells: Sequence[str], record: GuestRecord, key: str
    ) -> Question | None:
        """Ask whether a row is a guest that looks like a total, a heading or a remark."""
        if self.plan.identifier_of(cells):
            return None
        if is_total(record):
            return self.ask.total(row, self._shown(cells, record))
        if is_heading(record):
            return self.ask.heading(row, self._shown(cells, record))
        if not self.plan.stands_alone(cells) or not has_name(record):
            return None
        is_known = self.existing.of_name(record, key, self.taken)
        if is_known or self.plan.several(cells, record):
            return None
        return self.ask.heading(row, self._shown(cells, record))

    def _free_place(
        self, record: GuestRecord, host: str, *, is_place: bool
    ) -> ExistingGuest | None:
        """Return the held place of the list that a row without a name means, so that none doubles.

        That is one of the same host; without a host one of which the list says all that the row
        says.
        """
        kind, _blank, number = host.partition(" ")
        if kind == "guest":
            host_id: UUID | None = UUID(number)
        elif kind == "row":
            known = self.known_rows.get(int(number))
            if known is None:
                return None
            host_id = known.id
        elif is_place:
            host_id = None
        else:
            return None
        for guest in self.existing.places.get(host_id, ()):
            if guest.id in self.taken:
                continue
            if host_id or not merge(guest.record, record, self.fields)[1]:
                return guest
        return None

    def _same(  # noqa: PLR0911  one for each kind of question
        self, row: int, record: GuestRecord, key: str, said: RowFacts
    ) -> Question | None:
        """Ask whether a row means somebody on the list, or a row above; None where nobody is."""
        if shared := self.existing.of_reference(record, self.taken)[:CANDIDATES]:
            return self.ask.reference(row, record, shared)
        named = self.existing.of_name(record, key, self.taken)
        if len(named) == 1 and self._adds_nothing(record, named[0]):
            options = [Option(f"{Answer.SAME}:{named[0].id}", "")]
            return Question(Kind.NAME, "", options, options[0].value)
        if named:
            return self.ask.name(row, record, named)
        if twin := self._twin(record, key):
            return self.ask.row(row, record, twin)
        above = self.addresses.get(record.email.casefold(), []) if record.email else []
        if above and not has_name(record):
            return self.ask.row(row, record, (above[0][0], GuestRecord(email=record.email)))
        if has_name(record) and (question := self._of_address(row, record, said)):
            return question
        for place, other in above:
            if has_name(other) and can_be_one(record, other) and are_alike(record, other):
                return self.ask.row(row, record, (place, other))
        return self.ask.shared(row, above[0][0]) if above else None

    def _of_address(self, row: int, record: GuestRecord, said: RowFacts) -> Question | None:
        """Ask whether a row means somebody of the list who has its address and another name."""
        sharing = islice(self.existing.sharing(record), _MOST_COMPARED)
        free = [guest for guest in sharing if guest.id not in self.taken]
        alike = [
            guest
            for guest in free
            if can_be_one(record, guest.record) and are_alike(record, guest.record)
        ]
        if not free:
            return None
        expected = [
            guest
            for guest in free
            if guest.facts.status(has_arrived=guest.has_arrived) not in _NOT_COMING
        ]
        declines = bool(expected) and not self._is_coming(said)
        others = alike or (expected if declines else free)
        return self.ask.address(
            row, record, others[:CANDIDATES], are_alike=bool(alike), declines=declines
        )

    def _adds_nothing(self, record: GuestRecord, guest: ExistingGuest) -> bool:
        if record.email or record.reference:
            return False
        return not merge(guest.record, record, self.fields)[1]

    def _twin(self, record: GuestRecord, key: str) -> tuple[int, GuestRecord] | None:
        """Return the row above that may be of the same person."""
        if record.reference and (above := self.references.get(record.reference)):
            return above, GuestRecord(reference=record.reference)
        if not key:
            return None
        found = [self.above[key]] if key in self.above else []
        found += self.more_above.get(key, ())
        letters = letters_keys(record)
        if letters and (near := self.above_letters.get(letters[0])) and near not in found:
            found.append(near)
        for row, other in found:
            is_told_apart = (
                record.email and other.email and record.email.casefold() != other.email.casefold()
            ) or (
                record.company
                and other.company
                and normalized_name(record.company) != normalized_name(other.company)
            )
            if can_be_one(record, other) and not is_told_apart:
                return row, other
        return None

    def _remember(self, row: int, record: GuestRecord, key: str) -> None:
        if record.reference:
            self.references.setdefault(record.reference, row)
        if record.email:
            known = self.addresses.setdefault(record.email.casefold(), [])
            if len(known) < _MOST_COMPARED:
                known.append((row, record))
        if not key:
            return
        for letters in letters_keys(record):
            self.above_letters.setdefault(letters, (row, record))
        if key not in self.above:
            self.above[key] = row, record
        elif len(self.more_above.setdefault(key, [])) < _MOST_TWINS:
            self.more_above[key].append((row, record))

    def _settled(self, row: int, record: GuestRecord, question: Question) -> Verdict:
        if question.answer == Answer.SKIP:
            return Verdict(row, record, Outcome.LEFT_OUT, [question.sentence], question=question)
        return _asked(row, record, question)

    def _new(self, it: _Row) -> Verdict:
        row, record, said = it.row, it.record, it.said
        facts = self._first_facts(said)
        if not has_name(record) and (it.belonging.host or it.is_place):
            facts = facts._replace(held=True)
        if problem := _held_problem(record, facts):
            return _verdict(row, record, Outcome.WRONG, problem)
        belonging = it.belonging
        create = Create(row, record, facts, belonging.key, belonging.host, said.arrived)
        places = _places(facts, has_arrived=said.arrived is not None)
        return Verdict(
            row,
            record,
            Outcome.CREATED,
            operation=create,
            question=it.shown_question,
            places=places,
        )

    def _known(self, it: _Row, guest: ExistingGuest) -> Verdict:
        row, record, said = it.row, it.record, it.said
        self.taken[guest.id] = row
        merged, changes = merge(guest.record, record, self.fields)
        facts = changed_facts(said, merged, guest)
        arrived = said.arrived if said.arrived and not guest.has_arrived else None
        problems = list(merged.check()) if changes else []
        if problem := _held_problem(merged, facts):
            problems.append(problem)
        if problems:
            return _verdict(row, record, Outcome.WRONG, *problems)
        written = merged if changes else None
        changes += fact_changes(guest, facts, arrived)
        question = it.shown_question
        if not changes:
            return Verdict(
                row, guest.record, Outcome.UNCHANGED, question=question, guest_id=guest.id
            )
        update = Update(guest.id, written, facts if facts != guest.facts else None, arrived)
        places = _places(facts, has_arrived=guest.has_arrived or arrived is not None)
        places -= _places(guest.facts, has_arrived=guest.has_arrived)
        return Verdict(
            row,
            merged,
            Outcome.UPDATED,
            (),
            changes,
            update,
            question=question,
            places=places,
            guest_id=guest.id,
        )

    def _with_companions(  # noqa: C901  one for each column
        self,
        verdict: Verdict,
        it: _Row,
        companions: Companions,
        guest: ExistingGuest | None,
        is_couple: bool,  # noqa: FBT001  of one call
    ) -> Verdict:
        """Add whom a guest brings; those who are on the list already are not added again."""
        if companions.note:
            verdict = verdict._replace(sentences=[*verdict.sentences, companions.note])
        if not companions.names and not companions.held:
            return verdict
        facts = self._facts_of(verdict, guest)
        if facts.status(has_arrived=False) in _NOT_COMING:
            return verdict
        members = self.existing.by_party.get(guest.party_id, []) if guest else []
        there = {letters for member in members for letters in letters_keys(member.record)}
        key = it.belonging.key or f"row {it.row}"
        host = "" if is_couple else f"row {it.row}"
        made = []
        for name in companions.names:
            record = _of_name(name)
            if not there.intersection(letters_keys(record)[:1]):
                made.append(Create(it.row, record, facts._replace(held=False), key, host))
        held = companions.held
        if guest is not None:
            held -= self.existing.plus_ones[guest.id]
            if it.said_nothing_of_names:
                held -= len(members) - 1 - self.existing.plus_ones[guest.id]
        place = Create(it.row, GuestRecord(), facts._replace(held=True), key, f"row {it.row}")
        made += [place] * max(held, 0)
        if not made:
            return verdict
        operation = verdict.operation
        if isinstance(operation, Create):
            operation = msgspec.structs.replace(operation, group=key)
        places = sum(_places(create.facts, has_arrived=False) for create in made)
        outcome = verdict.outcome
        changes = list(verdict.changes)
        if guest is not None:
            outcome = Outcome.UPDATED
            changes.append(Change("companions", _("Comes with"), "", listed(made)))
        return verdict._replace(
            outcome=outcome,
            changes=changes,
            operation=operation,
            companions=made,
            places=verdict.places + places,
        )

    def _facts_of(self, verdict: Verdict, guest: ExistingGuest | None) -> Facts:
        operation = verdict.operation
        facts = operation.facts if operation is not None else None
        if facts is None:
            facts = guest.facts if guest else CONFIRMED
        return Facts(facts.reply, facts.withdrawal)

    def _first_facts(self, said: RowFacts) -> Facts:
        """Return the facts of a new guest; most rows of a list say the same few."""
        key = said._replace(arrived=None) if said.arrived else said
        if key not in self.first:
            self.first[key] = first_facts(key, self.default_status)
        return self.first[key]


class _RowRead(NamedTuple):
    """What a row says, before anybody is looked for whom it means."""

    row: int
    cells: Sequence[str]
    record: GuestRecord
    said: RowFacts
    belonging: Belonging


class _Row(NamedTuple):
    row: int
    record: GuestRecord
    said: RowFacts
    belonging: Belonging
    question: Question | None
    is_place: bool

    @property
    def shown_question(self) -> Question | None:
        return self.question if self.question and self.question.sentence else None

    @property
    def said_nothing_of_names(self) -> bool:
        return not self.belonging.key


_MOST_TWINS = 20
_MOST_COMPARED = 100
"""With how many guests or rows of one address a name is compared at most."""
_NOT_COMING = frozenset({Status.DECLINED, Status.MOVED, Status.REFUNDED})


def first_facts(said: RowFacts, default: Status) -> Facts:
    """Return the facts of a new guest: what the row says, else what the import says for all."""
    status = said.status or (default if said.reply is None else None)
    facts = Facts()
    if status is Status.ATTENDED:
        facts = CONFIRMED
    elif status is not None:
        facts = facts.with_status(status)
    return _with(facts, said)


def changed_facts(said: RowFacts, record: GuestRecord, guest: ExistingGuest) -> Facts:
    """Return a known guest's facts as a row changes them; what it does not say stays.

    A status that already sums the guest up changes nothing. A held place that gets a name is
    confirmed.
    """
    facts = guest.facts
    status = None if said.status is facts.status(has_arrived=guest.has_arrived) else said.status
    reply = None if said.reply == facts.reply_word else said.reply
    if facts.held and has_name(record):
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


def _held_problem(record: GuestRecord, facts: Facts) -> str:
    """Complain about a missing name; a held place is for somebody without one."""
    if has_name(record) and facts.held:
        return _("Held keeps a place for somebody without a name; this guest has one.")
    if not has_name(record) and not facts.held:
        return _("First name and last name are both empty.")
    return ""


def _split(
    record: GuestRecord, several: Several, companions: Companions
) -> tuple[GuestRecord, Companions]:
    titles = titles_of(record.title, len(several.people))
    people = several.people
    if len(titles) == len(people) and not any(person.title for person in people):
        people = [one._replace(title=text) for one, text in zip(people, titles, strict=True)]
    first, *others = people
    kept = titles[0] if len(titles) == 1 and not any(person.title for person in people) else ""
    mine = msgspec.structs.replace(
        record,
        title=first.title or kept,
        first_name=first.first_name,
        last_name=first.last_name,
        suffix=first.suffix,
    )
    named = [*others, *companions.names]
    held = max(several.held, companions.held - len(others))
    return mine, Companions(named, held, companions.note)


def _has_only_address(it: _RowRead) -> bool:
    """Whether a row has an address, and neither a name nor a reason to have none."""
    if has_name(it.record) or not it.record.email or it.said.status is Status.HELD:
        return False
    return not it.belonging.host


def _named_as_address(record: GuestRecord) -> GuestRecord:
    name = name_in_address(record.email)
    if name is None:
        return record
    return msgspec.structs.replace(record, first_name=name.first_name, last_name=name.last_name)


def _as_said(companions: Companions, answer: str) -> Companions:
    """Return who comes along by what was answered about a word that nobody knew."""
    if answer == Answer.PLACE:
        return companions._replace(held=companions.held + companions.offered)
    if answer == Answer.NAMED:
        return companions._replace(
            names=[*companions.names, split_name(companions.doubt.strip("? "))]
        )
    return companions


def listed(companions: Sequence[Create]) -> str:
    """Return whom a guest brings as a person reads it: the names, then how many places are held."""
    names = [create.record.full_name for create in companions if has_name(create.record)]
    if held := len(companions) - len(names):
        names.append(
            ngettext("a held place", "%d held places", held) % ((held,) if held > 1 else ())
        )
    return ", ".join(names)


def _of_name(name: Name) -> GuestRecord:
    return GuestRecord(
        title=name.title, first_name=name.first_name, last_name=name.last_name, suffix=name.suffix
    )


def _places(facts: Facts, *, has_arrived: bool) -> int:
    return int(facts.status(has_arrived=has_arrived) in TAKES_PLACE)


def _asked(row: int, record: GuestRecord, question: Question) -> Verdict:
    return Verdict(row, record, Outcome.ASKED, [question.sentence], question=question)


def _verdict(row: int, record: GuestRecord, outcome: Outcome, *sentences: str) -> Verdict:
    named = _("Row %(row)s: %(sentence)s")
    said = [named % {"row": row, "sentence": sentence} for sentence in sentences]
    return Verdict(row, record, outcome, said)
