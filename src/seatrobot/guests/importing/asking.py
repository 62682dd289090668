"""What is asked of a row: the question, the answers on offer, and the one that was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.guests.importing.dates import Written
from seatrobot.guests.importing.mapping import Companions
from seatrobot.guests.importing.matching import side_by_side, words_key
from seatrobot.guests.importing.names import Several, name_in_address
from seatrobot.guests.importing.reports import Answer, ExistingGuest, Kind, Option, Question
from seatrobot.guests.records import GuestRecord


class Answers:
    """What a person answered: "7:name" -> an answer to a question of row 7, "*:name" for all."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given

    def to(self, row: int, kind: Kind, options: Sequence[Option]) -> str:
        """Return the answer to a question: the row's own, or that for all where it means one."""
        own = self.given.get(f"{row}:{kind}", "")
        values = [option.value for option in options]
        if own in values:
            return own
        general = self.given.get(f"*:{kind}", "")
        meant = [value for value in values if value.partition(":")[0] == general]
        return meant[0] if general and len(meant) == 1 else ""


class Asking:
    """Makes the questions about rows, each with the answer that a person gave to it."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers

    def total(self, row: int, name: str) -> Question:
        """Ask whether a line with totals is a guest."""
        return self._line(row, name, _("“%(name)s” looks like a line with totals."))

    def heading(self, row: int, name: str) -> Question:
        """Ask whether a heading within the list, or a remark, is a guest."""
        return self._line(row, name, _("“%(name)s” looks like a heading or a remark."))

    def _line(self, row: int, name: str, sentence: str) -> Question:
        options = [
            Option(Answer.SKIP, _("Leave this row out")),
            Option(Answer.NEW, _("It is a guest")),
        ]
        answer = self.answers.to(row, Kind.TOTAL, options)
        named = sentence % {"name": name[:80]}
        return Question(Kind.TOTAL, named, options, answer)

    def several(self, row: int, name: str, several: Several) -> Question:
        """Ask whether a row names one guest or several."""
        options = []
        if several.is_clear:
            people = [name.text for name in several.people]
            if several.held:
                held = ngettext("%d place without a name", "%d places without a name", several.held)
                people.append(held % several.held)
            split = _("Split: %(people)s") % {"people": " · ".join(people)}
            options.append(Option(Answer.SPLIT, split))
        options += [
            Option(Answer.ONE, _("It is one guest")),
            Option(Answer.SKIP, _("Leave this row out")),
        ]
        sentence = _("“%(name)s” looks like several people.") % {"name": name[:80]}
        answer = self.answers.to(row, Kind.COUPLE, options)
        return Question(Kind.COUPLE, sentence, options, answer)

    def dates(self, row: int, dates: Sequence[tuple[str, Written]]) -> Question:
        """Ask which part of a date comes first; nothing in the file tells."""
        text, found = dates[0]
        options = [
            Option(Answer.DAY, _("The day first: %(date)s") % {"date": _day(found.day_first)}),
            Option(
                Answer.MONTH, _("The month first: %(date)s") % {"date": _day(found.month_first)}
            ),
            Option(Answer.SKIP, _("Leave this row out")),
        ]
        sentence = _("“%(text)s” can be read as two dates.") % {"text": text[:40]}
        return Question(Kind.DATE, sentence, options, self.answers.to(row, Kind.DATE, options))

    def nameless(self, row: int, record: GuestRecord, *, is_usual: bool) -> Question:
        """Ask what a guest is called of whom the row has an address alone.

        is_usual: the file has no names at all, so a place is held as long as nobody answers.
        """
        options = [Option(Answer.PLACE, _("Hold a place under this address; the name follows"))]
        if name := name_in_address(record.email):
            named = _("Name the guest as the address reads: %(name)s") % {"name": name.text}
            options.append(Option(Answer.NAMED, named))
        options.append(Option(Answer.SKIP, _("Leave this row out")))
        sentence = _("The row has the address %(email)s and no name.") % {"email": record.email}
        answer = self.answers.to(row, Kind.NAMELESS, options)
        return _usually(
            Question(Kind.NAMELESS, sentence, options, answer), Answer.PLACE if is_usual else None
        )

    def companion(self, row: int, companions: Companions) -> Question:
        """Ask who comes along where a cell says it in a word that nobody knows."""
        places = ngettext("Hold %d place", "Hold %d places", companions.offered)
        options = [
            Option(Answer.NOBODY, _("Nobody comes along")),
            Option(Answer.PLACE, places % companions.offered),
        ]
        if any(map(str.isalpha, companions.doubt)):
            named = _("Somebody called “%(name)s”") % {"name": companions.doubt[:80]}
            options.append(Option(Answer.NAMED, named))
        options.append(Option(Answer.SKIP, _("Leave this row out")))
        sentence = _("Who comes along? The row says “%(text)s”.") % {"text": companions.doubt[:80]}
        answer = self.answers.to(row, Kind.COMPANION, options)
        return Question(Kind.COMPANION, sentence, options, answer)

    def brought(self, row: int, there: Mapping[str, int]) -> Question:
        """Ask whether whom a row brings is somebody who is there already.

        there: their names -> the row above that has it, 0 for the list.
        """
        options = [
            Option(Answer.SAME, _("The same person: do not add them again")),
            Option(Answer.NEW, _("Somebody else: add a guest")),
            Option(Answer.SKIP, _("Leave this row out")),
        ]
        sentences = [
            (
                _("%(name)s comes along, and row %(row)s has the same name.")
                if above
                else _("%(name)s comes along, and the list has a guest of this name.")
            )
            % {"name": name[:80], "row": above}
            for name, above in there.items()
        ]
        answer = self.answers.to(row, Kind.BROUGHT, options)
        return Question(Kind.BROUGHT, " ".join(sentences), options, answer)

    def name(self, row: int, record: GuestRecord, named: Sequence[ExistingGuest]) -> Question:
        """Ask whether a row means one of the guests of its name."""
        options = self._same_or_new(record, named)
        same = [guest for guest in named if words_key(guest.record) == words_key(record)]
        both = any(record.email.casefold() == guest.record.email.casefold() for guest in same)
        if not same:
            sentence = _("The list has a guest whose name differs only in spaces or hyphens.")
        elif both and record.email:
            sentence = _("The list has a guest of this name and e-mail, with another reference.")
        else:
            sentence = ngettext(
                "The list has a guest of this name.",
                "The list has %(count)s guests of this name.",
                len(named),
            ) % {"count": len(named)}
        return Question(Kind.NAME, sentence, options, self.answers.to(row, Kind.NAME, options))

    def reference(self, row: int, record: GuestRecord, named: Sequence[ExistingGuest]) -> Question:
        """Ask whether a row means a guest of its reference who is called otherwise.

        An answer for all rows that speaks of names does not say so.
        """
        options = self._same_or_new(record, named)
        sentence = ngettext(
            "The list has a guest of this reference with another name.",
            "The list has %(count)s guests of this reference with other names.",
            len(named),
        ) % {"count": len(named)}
        answer = self.answers.given.get(f"{row}:{Kind.NAME}", "")
        known = {option.value for option in options}
        return Question(Kind.NAME, sentence, options, answer if answer in known else "")

    def address(
        self,
        row: int,
        record: GuestRecord,
        others: Sequence[ExistingGuest],
        *,
        are_alike: bool,
        declines: bool,
    ) -> Question:
        """Ask whether a row means one of the guests with its e-mail.

        are_alike: their names are alike. declines: the row says that somebody does not come who
        is expected. Otherwise both are kept as long as nobody answers.
        """
        options = [Option(Answer.NEW, _("Two people: keep both"))]
        options += [
            Option(
                f"{Answer.SAME}:{other.id}",
                _("The same person: change %(name)s on the list")
                % {"name": other.record.full_name},
                side_by_side(record, other.record),
            )
            for other in others
        ]
        options.append(Option(Answer.SKIP, _("Leave this row out")))
        name = others[0].record.full_name or others[0].record.email
        if are_alike:
            sentence = _(
                "The e-mail is also that of %(name)s, who is on the list under a like name."
            )
        elif declines:
            sentence = _(
                "The e-mail is also that of %(name)s, who is on the list and expected; this row "
                "says that somebody does not come."
            )
        else:
            sentence = _("The e-mail is also that of %(name)s, who is on the list; both are kept.")
        answer = self.answers.to(row, Kind.ADDRESS, options)
        question = Question(Kind.ADDRESS, sentence % {"name": name}, options, answer)
        return _usually(question, None if are_alike or declines else Answer.NEW)

    def shared(self, row: int, above: int) -> Question:
        """Say that a row has the e-mail of a row above, whose name is another."""
        options = [
            Option(Answer.NEW, _("Keep both")),
            Option(Answer.SKIP, _("Leave this row out")),
        ]
        sentence = _("The e-mail is also that of row %(row)s; both are kept.") % {"row": above}
        answer = self.answers.to(row, Kind.ADDRESS, options)
        return _usually(Question(Kind.ADDRESS, sentence, options, answer), Answer.NEW)

    def row(self, row: int, record: GuestRecord, twin: tuple[int, GuestRecord]) -> Question:
        """Ask whether a row means the person of a row above."""
        above, other = twin
        options = [
            Option(
                Answer.SKIP,
                _("The same person: leave this row out"),
                side_by_side(record, other),
            ),
            Option(Answer.NEW, _("Somebody else: add a guest")),
        ]
        if record.reference and record.reference == other.reference:
            sentence = _("The reference is the same as in row %(row)s.")
        elif not (record.first_name or record.last_name):
            sentence = _("The e-mail is the same as in row %(row)s.")
        elif record.email and record.email.casefold() == other.email.casefold():
            sentence = _("The name and the e-mail are the same as in row %(row)s.")
            if words_key(record) != words_key(other):
                sentence = _("The e-mail is the same as in row %(row)s, and the names are alike.")
        else:
            sentence = _("The name is the same as in row %(row)s.")
            if words_key(record) != words_key(other):
                sentence = _("The name differs from that in row %(row)s only in spaces or hyphens.")
        answer = self.answers.to(row, Kind.ROW, options)
        return Question(Kind.ROW, sentence % {"row": above}, options, answer)

    @staticmethod
    def _same_or_new(record: GuestRecord, named: Sequence[ExistingGuest]) -> list[Option]:
        options = [
            Option(
                f"{Answer.SAME}:{guest.id}",
                _("The same person: change %(name)s on the list")
                % {"name": _short(guest.record) if len(named) > 1 else guest.record.full_name},
                side_by_side(record, guest.record),
            )
            for guest in named
        ]
        options += [
            Option(Answer.NEW, _("Somebody else: add a guest")),
            Option(Answer.SKIP, _("Leave this row out")),
        ]
        return options


def _usually(question: Question, answer: Answer | None) -> Question:
    """Return a question with the answer that holds as long as nobody gives one, if there is one."""
    if question.answer or answer is None:
        return question
    return msgspec.structs.replace(question, answer=answer.value, is_usual=True)


def _day(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else ""


def _short(record: GuestRecord) -> str:
    more = record.email or record.company or record.phone or record.reference
    return f"{record.full_name} ({more})" if more else record.full_name
