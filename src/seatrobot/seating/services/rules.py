"""What can be done with rules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from seatrobot.events.models import Activity, Field
from seatrobot.guests.fields import column_of
from seatrobot.guests.models import Guest
from seatrobot.kernel.ids import one_of
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.repeats import inserting
from seatrobot.kernel.versions import ChangedMeanwhile, version_of
from seatrobot.seating import floor as floors
from seatrobot.seating.columns import BUILT_IN
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.floor import Floor, NotInRoom
from seatrobot.seating.models import Room, Rule, RuleRecord

WISH_ONLY = frozenset({Rule.Kind.MIX, Rule.Kind.NEAR})
"""An even spread and nearness are matters of degree; a must is not."""
ABOUT_TABLES = frozenset({Rule.Kind.AT_TABLE, Rule.Kind.NOT_AT_TABLE})
FEWEST = 2
"""Guests of a rule about guests alone."""
HEAVIEST = 100
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What a person says about a rule; weight counts for a wish, 1 to 100."""

    kind: str
    strength: str = Rule.Strength.WISH
    weight: int = 3
    guest_ids: tuple[UUID, ...] = ()
    table_ids: tuple[UUID, ...] = ()
    column: str = ""
    note: str = ""


def add_rule(
    *, actor: Principal, activity: Activity, facts: RuleFacts, new_id: UUID | None = None
) -> Rule:
    """Add a rule; raise Refused with a sentence when it makes no sense.

    new_id: of the rule, from the form; the same form sent again adds nothing.
    """
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity)
    if new_id and (made := Rule.objects.filter(room=floor.room, pk=new_id).first()):
        return made
    rule = Rule(organization_id=actor.organization_id, event_id=activity.event_id, room=floor.room)
    rule.pk = new_id or rule.pk
    _fill(rule, facts, floor)
    with inserting():
        rule.save(force_insert=True)
    floors.bump(floor.room)
    journal.record(
        Action.SEATING_RULE_CREATE, event_id=activity.event_id, subject_id=rule.pk, kind=rule.kind
    )
    return rule


def version(rule: Rule) -> str:
    """Return what changes with what the form of a rule shows."""
    record = rule.sealed
    named = (sorted(rule.guest_ids), sorted(rule.table_ids))
    said = (str(rule.kind), str(rule.strength), rule.weight)
    return version_of(said, named, record.column, record.note)


def change_rule(
    *, actor: Principal, activity: Activity, rule_id: UUID, facts: RuleFacts, seen: str
) -> Rule:
    """Change a rule; raise Refused with a sentence when it makes no sense.

    seen: the version that the person looked at.
    """
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity)
    rule = _find(floor, rule_id)
    if version(rule) != seen:
        raise ChangedMeanwhile(_("Somebody else changed this rule meanwhile."))
    _fill(rule, facts, floor)
    rule.save()
    floors.bump(floor.room)
    journal.record(
        Action.SEATING_RULE_CHANGE, event_id=activity.event_id, subject_id=rule_id, kind=rule.kind
    )
    return rule


def remove_rule(*, actor: Principal, activity: Activity, rule_id: UUID) -> None:
    """Remove a rule."""
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity)
    rule = _find(floor, rule_id)
    rule.delete()
    floors.bump(floor.room)
    journal.record(
        Action.SEATING_RULE_REMOVE, event_id=activity.event_id, subject_id=rule_id, kind=rule.kind
    )


def forget(event_id: UUID, guest_ids: Collection[UUID]) -> None:
    """Take guests who are removed for good out of all rules; a rule that says nothing then goes.

    The rooms stay locked, so that no form with one of them is saved meanwhile.
    """
    rooms = {room.pk: room for room in Room.objects.select_for_update().filter(event_id=event_id)}
    gone = set(guest_ids)
    removed = RawSQL("%s::uuid[]", [list(gone)])  # one parameter for any number of guests
    naming = Rule.objects.filter(event_id=event_id, guest_ids__overlap=removed)
    for rule in naming:
        rule.guest_ids = [guest for guest in rule.guest_ids if guest not in gone]
        if len(rule.guest_ids) < (1 if rule.kind in ABOUT_TABLES else FEWEST):
            journal.record(
                Action.SEATING_RULE_REMOVE, event_id=event_id, subject_id=rule.pk, kind=rule.kind
            )
            rule.delete()
        else:
            rule.save(update_fields=["guest_ids"])
        if room := rooms.pop(rule.room_id, None):
            floors.bump(room)


def _find(floor: Floor, rule_id: UUID) -> Rule:
    rule = Rule.objects.filter(room=floor.room, pk=rule_id).first()
    if rule is None:
        raise NotInRoom(_("This rule is no longer there; reload the page."))
    return rule


def _fill(rule: Rule, facts: RuleFacts, floor: Floor) -> None:
    _check(facts)
    guests = list(dict.fromkeys(facts.guest_ids)) if facts.kind != Rule.Kind.MIX else []
    tables = list(dict.fromkeys(facts.table_ids)) if facts.kind in ABOUT_TABLES else []
    known = Guest.objects.filter(pk__in=one_of(guests), event_id=floor.room.event_id).count()
    if known < len(guests):
        raise NotInRoom(_("A guest of this rule is no longer in the list; choose again."))
    for table_id in tables:
        floor.table(table_id)
    column = facts.column if facts.kind == Rule.Kind.MIX else ""
    if column and not _is_column(floor, column):
        raise Refused(_("This column is no longer there; choose another."), field="column")
    rule.kind, rule.guest_ids, rule.table_ids = facts.kind, guests, tables
    rule.strength = Rule.Strength.WISH if facts.kind in WISH_ONLY else facts.strength
    rule.weight = facts.weight
    rule.sealed = RuleRecord(column, facts.note.strip())


def _is_column(floor: Floor, key: str) -> bool:
    field_id = column_of(key)
    if field_id is None:
        return key in BUILT_IN
    fields = Field.objects.filter(event_id=floor.room.event_id, scope=Field.Scope.PERSON)
    return fields.filter(pk=field_id, special=False).exists()


def _check(facts: RuleFacts) -> None:
    if facts.kind not in Rule.Kind.values or facts.strength not in Rule.Strength.values:
        raise Refused(_("Choose what the rule says."))
    if not 1 <= facts.weight <= HEAVIEST:
        raise Refused(_("A wish weighs between 1 and %(most)s.") % {"most": HEAVIEST})
    if len(facts.note.strip()) > LONGEST_NOTE:
        raise Refused(_("A note has at most %(most)s characters.") % {"most": LONGEST_NOTE})
    if facts.kind == Rule.Kind.MIX:
        if not facts.column:
            raise Refused(_("Choose the column to mix by."))
    elif facts.kind in ABOUT_TABLES:
        if not facts.guest_ids:
            raise Refused(_("Choose at least one guest."))
        if not facts.table_ids:
            raise Refused(_("Choose at least one table."))
    elif len(set(facts.guest_ids)) < FEWEST:
        raise Refused(_("Choose at least two guests."))
