"""The columns of a guest list: added, renamed, retyped, moved, and removed with their answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.events.models import Choice, Event, Field, FieldRecord
from seatrobot.guests import capacity, writing
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.fields import OpenChoice, OpenField, WrongAnswer
from seatrobot.guests.guest_list import GuestList, open_list
from seatrobot.guests.reading import load_field
from seatrobot.guests.records import LONGEST_LABEL, GuestRecord
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.repeats import FormUsed, once
from seatrobot.kernel.versions import ChangedMeanwhile
from seatrobot.normalizing import fold

MOST_FIELDS = 200
MOST_CHOICES = 200
EXAMPLES = 3


class WrongField(Refused):
    """What cannot be a column."""

    status = 422


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """choices: the labels of a choice field, in their order. A diet is always special."""

    label: str
    type: Field.Type = Field.Type.TEXT
    choices: tuple[str, ...] = ()
    special: bool = False

    def __post_init__(self) -> None:
        if self.type == Field.Type.DIET:
            object.__setattr__(self, "special", True)


def add(
    *, actor: Principal, event: Event, facts: FieldFacts, field_id: UUID | None = None
) -> Field:
    """Add a column at the end; a form sent twice (`field_id`) adds one."""
    actor.require(Permission.GUEST_CHANGE, event.pk)
    if facts.special:
        actor.require(Permission.SPECIAL_VIEW, event.pk)
    capacity.lock_list(event.pk)
    if field_id is not None and not field_id.int:
        raise FormUsed
    key = field_id or new_id()
    again = Field.objects.filter(event=event, pk=key).first
    return once(again, lambda: create(event, facts, key))


def create(event: Event, facts: FieldFacts, field_id: UUID) -> Field:
    """Add a column for a service that has asked for permission and locked the list."""
    _check(facts)
    rows = Field.objects.filter(event=event)
    if rows.count() >= MOST_FIELDS:
        raise WrongField(_("A guest list has at most %(most)s columns.") % {"most": MOST_FIELDS})
    last = rows.aggregate(last=Max("position"))["last"]
    field = Field.objects.create(
        pk=field_id,
        organization_id=event.organization_id,
        event=event,
        type=facts.type,
        special=facts.special,
        position=0 if last is None else last + 1,
        sealed=FieldRecord({"": facts.label}, _choices(facts, [])),
    )
    journal.record(
        Action.FIELD_CREATE, event_id=event.pk, subject_id=field.pk, type=str(facts.type)
    )
    return field


def change(*, actor: Principal, event: Event, field_id: UUID, facts: FieldFacts, seen: str) -> int:
    """Change a column; return how many answers were written anew because of its new type.

    Raises WrongField when answers do not fit the new type, ChangedMeanwhile.
    """
    actor.require(Permission.GUEST_CHANGE, event.pk)
    capacity.lock_list(event.pk)
    field, version = load_field(actor, event.pk, field_id)
    if version != seen:
        raise ChangedMeanwhile(_("Somebody else changed this column meanwhile."))
    _check(facts)
    if facts.special or field.special:
        actor.require(Permission.SPECIAL_VIEW, event.pk)
    guests = open_list(actor, event.pk, Permission.GUEST_CHANGE)
    old = guests.fields_by_id[field_id]
    labels = {**field.sealed.labels, "": facts.label}
    record = FieldRecord(labels, _choices(facts, field.sealed.choices))
    answers = _answers(guests, old)
    if facts.type is Field.Type.CHOICE:
        record.choices += _missing(record.choices, answers)
    new = OpenField(
        field_id,
        old.position,
        facts.type.value,
        old.scope,
        facts.special,
        labels,
        [OpenChoice(choice.key, choice.labels) for choice in record.choices],
    )
    special = None
    if facts.special or field.special:
        special = guests.special_fields - {field_id} | ({field_id} if facts.special else set())
    rewritten = _retype(event, old, new, answers, special)
    field.type, field.special, field.sealed = facts.type, facts.special, record
    field.save()
    journal.record(
        Action.FIELD_CHANGE,
        event_id=event.pk,
        subject_id=field_id,
        type=str(facts.type),
        special=facts.special,
        count=rewritten,
    )
    return rewritten


def move(*, actor: Principal, event: Event, field_id: UUID, up: bool) -> None:
    """Exchange a column with the one before it, or after it."""
    actor.require(Permission.GUEST_CHANGE, event.pk)
    capacity.lock_list(event.pk)
    fields = list(Field.objects.filter(event=event).order_by("position", "id"))
    index = next((i for i, field in enumerate(fields) if field.pk == field_id), None)
    other = None if index is None else index + (-1 if up else 1)
    if index is None or other is None or not 0 <= other < len(fields):
        return
    fields[index], fields[other] = fields[other], fields[index]
    for position, field in enumerate(fields):
        if field.position != position:
            Field.objects.filter(pk=field.pk).update(position=position)
    journal.record(
        Action.FIELD_CHANGE, event_id=event.pk, subject_id=field_id, changed=["position"]
    )


def remove(*, actor: Principal, event: Event, field_id: UUID) -> int:
    """Remove a column with the answers of all guests; return how many were lost."""
    actor.require(Permission.GUEST_CHANGE, event.pk)
    capacity.lock_list(event.pk)
    field, _version = load_field(actor, event.pk, field_id)
    special = None
    if field.special:
        actor.require(Permission.SPECIAL_VIEW, event.pk)
        special = writing.special_fields(event.pk)

    def change(record: GuestRecord) -> bool:
        return record.answers.pop(field_id, None) is not None

    lost = len(writing.change_records(event, None, change, special))
    field.delete()
    journal.record(Action.FIELD_REMOVE, event_id=event.pk, subject_id=field_id, count=lost)
    return lost


def _check(facts: FieldFacts) -> None:
    if not facts.label or len(facts.label) > LONGEST_LABEL:
        raise WrongField(
            _("Give the column a name of 1 to %(most)s characters.") % {"most": LONGEST_LABEL},
            field="label",
        )
    if len(facts.choices) > MOST_CHOICES or any(len(c) > LONGEST_LABEL for c in facts.choices):
        raise WrongField(
            _("Give at most %(most)s choices, each on a line of its own.") % {"most": MOST_CHOICES},
            field="choices",
        )


def _choices(facts: FieldFacts, before: list[Choice]) -> list[Choice]:
    """Return the choices of these labels; one that was there keeps its key and translations."""
    known = {choice.labels[""]: choice for choice in before}
    return [
        known.get(label) or Choice(key=new_id().hex, labels={"": label})
        for label in dict.fromkeys(facts.choices)
    ]


def _missing(choices: list[Choice], answers: dict[UUID, str]) -> list[Choice]:
    """Return choices for the answers that have none yet, the most frequent first."""
    known = {fold(choice.labels[""]) for choice in choices}
    more: dict[str, Choice] = {}
    for text, _count in Counter(answers.values()).most_common():
        key = fold(text)
        if key not in known and key not in more:
            more[key] = Choice(key=new_id().hex, labels={"": text[:LONGEST_LABEL]})
    if len(choices) + len(more) > MOST_CHOICES:
        raise WrongField(
            _("The answers have %(count)s different values; a choice has at most %(most)s.")
            % {"count": len(more), "most": MOST_CHOICES},
            field="type",
        )
    return list(more.values())


def _answers(guests: GuestList, field: OpenField) -> dict[UUID, str]:
    """Return the answers to a field by guest, as words."""
    return {
        guest.id: field.written(answer)
        for guest in guests.guests.values()
        if (answer := guest.record.answers.get(field.id))
    }


def _retype(
    event: Event,
    old: OpenField,
    field: OpenField,
    answers: dict[UUID, str],
    special: AbstractSet[UUID] | None,
) -> int:
    """Write answers anew where the new type stores them differently; return how many.

    special: the special fields from now on, where this one is or was among them.
    """
    wrong: list[str] = []
    for text in answers.values():
        try:
            field.parse(text)
        except WrongAnswer:
            wrong.append(text)
    if wrong:
        raise WrongField(
            ngettext(
                "%(count)s answer does not fit this type: “%(examples)s”. Correct it first.",
                "%(count)s answers do not fit this type, such as “%(examples)s”. "
                "Correct them first.",
                len(wrong),
            )
            % {"count": len(wrong), "examples": "”, “".join(t[:40] for t in wrong[:EXAMPLES])},
            field="type",
        )

    def change(record: GuestRecord) -> bool:
        before = record.answers.get(field.id, "")
        if not before:
            return False
        after = field.parse(old.written(before))
        record.answers[field.id] = after
        return after != before

    return len(writing.change_records(event, list(answers), change, special))
