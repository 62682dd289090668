"""Recording what a party answers: one lock, places counted under it, one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.events.models import Activity
from seatrobot.guests import capacity, writing
from seatrobot.guests.feature import Action as GuestAction
from seatrobot.guests.feature import Permission as GuestPermission
from seatrobot.guests.guest_list import holds_special
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Facts, Reply
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.versions import ChangedMeanwhile
from seatrobot.replies.feature import Action, Permission
from seatrobot.replies.hooks import told
from seatrobot.replies.links import LinkHolder, Resolved
from seatrobot.replies.models import Answer, Attendance, Link, Waiting
from seatrobot.replies.reading import Closed, Invitation, Invited, load

QUICK = timedelta(minutes=3)
"""An answer within this time of sending may be that of a program that follows links in mail."""


class Late(Refused):
    """Nothing can be answered any more, or not yet."""

    status = 409


class Full(Refused):
    """Fewer places are free than the party wants, and nobody waits for one here."""

    status = 409


class CodeNeeded(Refused):
    """Something said before would change, for which a code that was mailed is asked."""

    status = 403


class WrongAnswer(Refused):
    """What was said cannot be; one sentence, beside its field."""

    status = 422


@dataclass(slots=True)
class Person:
    """What is said of one guest. first_name, last_name: of one whose name was not known."""

    comes: bool
    first_name: str = ""
    last_name: str = ""
    answers: dict[UUID, str] = field(default_factory=dict)
    attends: dict[UUID, bool] = field(default_factory=dict)

    @property
    def is_named(self) -> bool:
        return bool(self.first_name or self.last_name)


@dataclass(slots=True)
class Said:
    """What a party answers: of each of its guests, and whom it brings besides."""

    guests: Mapping[UUID, Person]
    brought: Sequence[Person] = ()


@dataclass(slots=True)
class _Change:
    """A guest before and after. facts_before: None of one who is new."""

    id: UUID
    record: GuestRecord
    facts: Facts
    facts_before: Facts | None
    is_rewritten: bool
    person: Person


def answer(  # noqa: PLR0913  who, what, how, and what they looked at
    *,
    actor: Principal,
    event_id: UUID,
    party_id: UUID,
    said: Said,
    seen: str,
    channel: Answer.Channel,
    link: Resolved | None = None,
) -> Answer:
    """Record what a party answers.

    Places are taken as far as there are some: whoever finds none waits, where the event has a
    waiting list. A link never overbooks. seen: the version of the invitation that was looked at.
    Raises Late, Full, WrongAnswer, CodeNeeded or ChangedMeanwhile.
    """
    permission = Permission.REPLY if link else GuestPermission.GUEST_CHANGE
    actor.require(permission, event_id)
    if link:
        _require_link(link)
    activity = capacity.lock_list(event_id)
    invitation = load(actor, event_id, party_id, for_update=True)
    if link and invitation.closed:
        raise Late(why_closed(invitation))
    if invitation.version != seen:
        raise ChangedMeanwhile(
            _("Something of your invitation changed meanwhile. Please look at it again.")
        )
    _check(invitation, said)
    if link and not (isinstance(actor, LinkHolder) and actor.has_code):
        _require_code(invitation, said)
    changes = _changes(invitation, said)
    waits = _place(invitation, activity, changes)
    _check_activities(invitation, changes)
    _write(invitation, changes)
    return _note(invitation, changes, channel=channel, link=link, actor=actor, waits=waits)


def why_closed(invitation: Invitation) -> str:
    """Say in one sentence why nothing can be answered."""
    match invitation.closed:
        case Closed.TOO_LATE:
            return _("The time to answer is over. Please ask your host.")
        case Closed.BEGUN:
            return _("The event has begun. Please ask your host.")
        case _:
            return _("Answers are not taken here at the moment. Please ask your host.")


def _require_link(link: Resolved) -> None:
    """Refuse a link that was replaced or withdrawn since the page was opened."""
    if not Link.objects.filter(pk=link.id, revoked_at=None).exists():
        raise Late(_("This link was replaced or withdrawn meanwhile. Please ask your host."))


def _check(invitation: Invitation, said: Said) -> None:
    """Raise WrongAnswer for what no party can answer."""
    known = {each.id for each in invitation.guests}
    if said.guests.keys() - known:
        raise WrongAnswer(_("Somebody in this answer is not part of your invitation."))
    if len(said.brought) > invitation.slots:
        raise WrongAnswer(
            ngettext(
                "Your invitation has room for %(count)s further person.",
                "Your invitation has room for %(count)s further people.",
                invitation.slots,
            )
            % {"count": invitation.slots}
        )
    comes = {pk: person.comes for pk, person in said.guests.items()}
    for each in invitation.guests:
        host = each.row.host_id
        if comes.get(each.id) and host in comes and not comes[host]:
            raise WrongAnswer(
                _("Whoever you bring can come only together with the person who was invited.")
            )
    leads = [each.id for each in invitation.guests if each.row.host_id is None]
    if said.brought and not any(comes.get(pk) for pk in leads):
        raise WrongAnswer(
            _("Whoever you bring can come only together with the person who was invited.")
        )


def _require_code(invitation: Invitation, said: Said) -> None:
    """Raise CodeNeeded where something that was said before would be another thing."""
    if any(_unsays(each, said.guests.get(each.id)) for each in invitation.guests):
        raise CodeNeeded(
            _("To change what you answered before, please prove first that this is you.")
        )


def _unsays(before: Invited, person: Person | None) -> bool:
    if person is None or before.has_arrived:
        return False
    if before.comes and not person.comes:
        return True
    if before.is_named and person.is_named and not _is_called(before.record, person):
        return True
    known = before.record.answers
    return any(known.get(key) not in (None, "", text) for key, text in person.answers.items())


def _is_called(record: GuestRecord, person: Person) -> bool:
    return (record.first_name, record.last_name) == (person.first_name, person.last_name)


def _changes(invitation: Invitation, said: Said) -> list[_Change]:
    """Return every guest as they will be, those who are new at the end."""
    found = []
    for each in invitation.guests:
        person = said.guests.get(each.id)
        if person is None or each.has_arrived:
            continue
        record = _recorded(each.record, person, may_name=not each.is_named)
        facts = _facts(each.row.facts, record, comes=person.comes)
        found.append(_Change(each.id, record, facts, each.row.facts, record != each.record, person))
    for person in said.brought:
        record = _recorded(GuestRecord(), person, may_name=True)
        facts = _facts(Facts(), record, comes=True)
        found.append(_Change(new_id(), record, facts, None, True, person))
    for change in found:
        if problems := list(change.record.check()):
            raise WrongAnswer(" ".join(problems))
    return found


def _recorded(before: GuestRecord, person: Person, *, may_name: bool) -> GuestRecord:
    answers = before.answers | person.answers
    record = msgspec.structs.replace(
        before, answers={key: text for key, text in answers.items() if text}
    )
    if may_name and person.is_named:
        record = msgspec.structs.replace(
            record, first_name=person.first_name, last_name=person.last_name
        )
    return record


def _facts(before: Facts, record: GuestRecord, *, comes: bool) -> Facts:
    """Return the facts after a yes or a no, as if there were a place for everybody."""
    if not comes:
        return before.with_reply(Reply.DECLINED.value)
    is_named = bool(record.first_name or record.last_name or record.email)
    return before.with_reply(Reply.CONFIRMED.value)._replace(held=not is_named)


def _place(invitation: Invitation, activity: Activity, changes: list[_Change]) -> bool:
    """Take places, or put those who find none on the waiting list; return whether any wait.

    Whoever has a place keeps it. All others of the party get theirs together or wait together, and
    never before another party that waits and for which there is room.
    """
    wanting = [each for each in changes if _takes(each.facts) and not _took(each)]
    if not wanting:
        return False
    leaving = sum(1 for each in changes if _took(each) and not _takes(each.facts))
    if not activity.capacity:
        return False
    free = activity.capacity - capacity.taken(activity) + leaving
    if len(wanting) <= free and not _somebody_fits(invitation, free):
        return False
    if not invitation.has_list:
        raise Full(
            _("All places are taken. Please ask your host.")
            if free <= 0
            else ngettext(
                "Only %(free)s place is left. Please ask your host.",
                "Only %(free)s places are left. Please ask your host.",
                free,
            )
            % {"free": free}
        )
    for each in wanting:
        each.facts = each.facts._replace(reply=Reply.WAITLISTED, held=False)
    return True


def _took(change: _Change) -> bool:
    return change.facts_before is not None and _takes(change.facts_before)


def _takes(facts: Facts) -> bool:
    return (facts.held and facts.reply != Reply.DECLINED) or facts.reply == Reply.CONFIRMED


def _somebody_fits(invitation: Invitation, free: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT replies_somebody_fits(%s, %s, %s)",
            [invitation.event.pk, free, invitation.party.pk],
        )
        return bool(cursor.fetchone()[0])


def _check_activities(invitation: Invitation, changes: Sequence[_Change]) -> None:
    """Raise Full when more people choose an activity than it has places."""
    limited = {each.pk: each for each in invitation.further if each.capacity}
    before = {each.id: each.attends for each in invitation.guests}
    for pk, activity in limited.items():
        more = sum(
            1
            for each in changes
            if each.person.attends.get(pk) and not before.get(each.id, {}).get(pk)
        )
        if not more:
            continue
        with connection.cursor() as cursor:
            cursor.execute("SELECT replies_attending(%s)", [pk])
            free = activity.capacity - int(cursor.fetchone()[0])
        if more > free:
            raise Full(
                _("“%(activity)s” has no room for all of you. Please choose again.")
                % {"activity": activity.sealed.title}
            )


def _write(invitation: Invitation, changes: Sequence[_Change]) -> None:
    event = invitation.event
    special = writing.special_fields(event.pk)
    old = [each for each in changes if each.facts_before is not None]
    new = [each for each in changes if each.facts_before is None]
    rewrites = [writing.Rewrite(each.id, each.record) for each in old if each.is_rewritten]
    if rewrites:
        writing.rewrite(event.organization_id, rewrites, special if holds_special() else None)
    if facts := {each.id: each.facts for each in old if each.facts != each.facts_before}:
        writing.set_facts(facts)
    if new:
        party_id = invitation.party.pk
        writing.insert(
            event,
            [writing.NewGuest(each.id, party_id, each.facts, each.record) for each in new],
            special,
        )
        hosts = [each.id for each in old if each.facts.reply != Reply.DECLINED]
        lead = next(
            (
                each.id
                for each in invitation.guests
                if each.row.host_id is None and each.id in hosts
            ),
            invitation.lead.id,
        )
        writing.set_hosts({each.id: lead for each in new})
    if invitation.further:
        _write_attendance(invitation, changes)


def _write_attendance(invitation: Invitation, changes: Sequence[_Change]) -> None:
    further = {each.pk for each in invitation.further}
    rows = [
        Attendance(
            organization_id=invitation.event.organization_id,
            event_id=invitation.event.pk,
            party_id=invitation.party.pk,
            guest_id=each.id,
            activity_id=pk,
            comes=comes,
        )
        for each in changes
        for pk, comes in each.person.attends.items()
        if pk in further
    ]
    Attendance.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["guest", "activity"],
        update_fields=["comes"],
    )


def _note(  # noqa: PLR0913  what is told of an answer
    invitation: Invitation,
    changes: Sequence[_Change],
    *,
    channel: Answer.Channel,
    link: Resolved | None,
    actor: Principal,
    waits: bool,
) -> Answer:
    """Keep that the party answered, and tell the journal and whoever mails guests."""
    event, party, moment = invitation.event, invitation.party, now()
    replies = [each.facts.reply for each in changes]
    seconds = max(0, int((moment - link.sent_at).total_seconds())) if link else None
    row = Answer(
        organization_id=event.organization_id,
        event_id=event.pk,
        party_id=party.pk,
        link=link.id if link else None,
        channel=channel,
        by=actor.account_id,
        at=moment,
        coming=replies.count(Reply.CONFIRMED),
        declined=replies.count(Reply.DECLINED),
        waiting=replies.count(Reply.WAITLISTED),
        seconds=seconds,
        is_quick=seconds is not None and seconds < QUICK.total_seconds(),
    )
    row.save(force_insert=True)
    journal.record(
        Action.ANSWER,
        event_id=event.pk,
        subject_id=party.pk,
        channel=str(channel),
        coming=row.coming,
        declined=row.declined,
        waiting=row.waiting,
        seconds=seconds,
    )
    for each in changes:
        action = GuestAction.GUEST_CREATE if each.facts_before is None else GuestAction.GUEST_REPLY
        if each.facts != each.facts_before or each.is_rewritten:
            journal.record(
                action,
                event_id=event.pk,
                subject_id=each.id,
                reply=each.facts.reply_word,
                channel=str(channel),
            )
    _turn(invitation, moment, waits=waits)
    if (
        any(_took(each) and not _takes(each.facts) for each in changes)
        and invitation.activity.capacity
    ):
        defer("replies.promote", once=f"replies.promote {event.pk}", event_id=str(event.pk))
    for hook in told():
        hook.recorded(party.pk, event_id=event.pk, answer_id=row.pk)
    return row


def _turn(invitation: Invitation, moment: datetime, *, waits: bool) -> None:
    """Give the party a turn on the waiting list, keep the one it has, or take it away."""
    party = invitation.party
    rows = Waiting.objects.filter(party_id=party.pk)
    if not waits:
        rows.delete()
    elif not rows.exists():
        Waiting.objects.create(
            organization_id=invitation.event.organization_id,
            event_id=invitation.event.pk,
            party_id=party.pk,
            since=moment,
        )
        journal.record(
            Action.PLACE_WAIT,
            event_id=invitation.event.pk,
            subject_id=party.pk,
            since=moment.timestamp(),
        )
