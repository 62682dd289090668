"""What a party is told of its own data: what is known, who saw it, and until when it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.accounts import services as accounts
from seatrobot.deletion.models import SubjectRequest
from seatrobot.guests.models import Guest
from seatrobot.kernel import features
from seatrobot.kernel.actor import ActorKind
from seatrobot.kernel.journal.actions import Kind
from seatrobot.kernel.journal.reading import seen_by
from seatrobot.kernel.principals import Operator
from seatrobot.replies.forms import title_of
from seatrobot.replies.hooks import told
from seatrobot.replies.links import Resolved
from seatrobot.replies.models import Answer
from seatrobot.replies.reading import Invitation

REQUESTS: dict[str, Promise] = {
    SubjectRequest.Kind.CORRECTION.value: gettext_lazy("Something is wrong: please correct it"),
    SubjectRequest.Kind.ERASURE.value: gettext_lazy("Please erase everything about me"),
}
MOST_ENTRIES = 400
LABELS: dict[str, Promise] = {
    "title": gettext_lazy("Title"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "suffix": gettext_lazy("Suffix"),
    "email": gettext_lazy("E-mail"),
    "delivery_email": gettext_lazy("Mail is sent to"),
    "phone": gettext_lazy("Phone"),
    "company": gettext_lazy("Company"),
    "reference": gettext_lazy("Reference"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """How often somebody of the organization saw or changed data of the party, and when last."""

    who: str
    looked: int
    changed: int
    exported: int
    last: datetime


def known(invitation: Invitation) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return of each guest what is known, as label and text; special answers not without a code.

    Notes and tags are the team's own, and asked for from the host like all that is not here.
    """
    found = []
    for each in invitation.guests:
        facts = [
            (str(label), getattr(each.record, name))
            for name, label in LABELS.items()
            if getattr(each.record, name)
        ]
        facts += [
            (open_field.label, open_field.shown(each.record.answers[open_field.id]))
            for open_field in invitation.fields
            if each.record.answers.get(open_field.id)
        ]
        found.append((title_of(each, invitation), facts))
    return found


def kept_until(invitation: Invitation) -> date | None:
    day: date | None = invitation.event.delete_on
    return day


def answers(party_id: UUID) -> list[tuple[datetime, str]]:
    """Return when the party answered, and by which way, the newest first."""
    words = {
        Answer.Channel.LINK: _("By this link"),
        Answer.Channel.ASSISTANT: _("By the link of your assistant"),
        Answer.Channel.PHONE: _("By phone"),
        Answer.Channel.MAIL: _("By letter or e-mail"),
        Answer.Channel.PERSON: _("In person"),
        Answer.Channel.LIST: _("From the waiting list"),
    }
    rows = Answer.objects.filter(party_id=party_id).order_by("-at")[:50]
    return [(row.at, words[Answer.Channel(row.channel)]) for row in rows]


def seen(link: Resolved) -> list[Seen]:
    """Return who of the organization saw the party's data, by what the access log says.

    In a unit of work of its own, because no link sees the log: what leaves it is names, counts and
    times that concern this party.
    """
    actor = Operator.service(link.organization_id, "replies")
    found: dict[tuple[str, UUID | None], list[tuple[datetime, Kind]]] = {}
    with actor.acting():
        rows = Guest.objects.filter(event_id=link.event_id, party_id=link.party_id)
        entries = {
            entry.pk: entry
            for guest in rows
            for entry in seen_by(
                link.organization_id,
                link.event_id,
                guest.pk,
                added=guest.created_at,
                before=None,
                size=MOST_ENTRIES,
            )
        }
        for entry in entries.values():
            if entry.actor_kind == ActorKind.LINK:
                continue
            action = features.actions().get(entry.action)
            kind = action.kind if action else Kind.READING
            found.setdefault((entry.actor_kind, entry.actor_id), []).append((entry.at, kind))
        people = accounts.people(
            actor_id for kind, actor_id in found if actor_id and kind == ActorKind.MEMBER
        )
        return sorted(
            (
                _summed(_name(kind, actor_id, people), each)
                for (kind, actor_id), each in found.items()
            ),
            key=lambda each: each.last,
            reverse=True,
        )


def _name(kind: str, actor_id: UUID | None, people: dict[UUID, accounts.AccountRecord]) -> str:
    if kind == ActorKind.MEMBER and actor_id in people:
        return people[actor_id].name
    if kind == ActorKind.MEMBER:
        return _("A former member of the team")
    if kind == ActorKind.STAFF:
        return _("Support staff, with the host's consent")
    return _("The service itself, automatically")


def _summed(who: str, acts: Sequence[tuple[datetime, Kind]]) -> Seen:
    kinds = [kind for _at, kind in acts]
    looked, exported = kinds.count(Kind.READING), kinds.count(Kind.EXPORTING)
    changed = len(kinds) - looked - exported
    return Seen(who, looked, changed, exported, max(at for at, _kind in acts))


def stop_mail(link: Resolved) -> str:
    """Return the address of the page on which the party stops mail; empty without one."""
    urls = (each.stop_mail_url(link.party_id, event_id=link.event_id) for each in told())
    return next(filter(None, urls), "")
