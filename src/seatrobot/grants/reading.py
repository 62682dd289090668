"""Grants as people read them: those of an organization, and those that staff hold or review."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from seatrobot.accounts import services as accounts
from seatrobot.accounts.factors import statements
from seatrobot.grants.feature import Permission
from seatrobot.grants.models import (
    LAPSES_AFTER,
    OPEN_STATES,
    RECORDINGS_DAYS,
    Category,
    Decision,
    GrantText,
    Mode,
    Recording,
    Review,
    Rule,
    StaffGrant,
    State,
)
from seatrobot.kernel import features
from seatrobot.kernel.clock import now
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.retention import Kept, Retained
from seatrobot.organizations.log.entries import Grounds

MOST_PAST = 100
NEXT = timedelta(minutes=1)
"""Within so much time a job notes that a grant is over; until then its clock says so."""


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A grant as a page shows it. state: by the clock, also before a job has noted it.

    who: the holder. reviewer, ended_by, decided_by: names, "" for nobody or the clock. signed:
    whether the decision bears a signature that verifies; None for a decision without one.
    """

    id: UUID
    organization_id: UUID
    account_id: UUID
    who: str
    category: str
    reason: str
    ticket: str
    state: State
    is_emergency: bool
    may_change: bool
    event_ids: Sequence[UUID] | None
    minutes: int
    asked_at: datetime
    answer_by: datetime
    decided_at: datetime | None
    decided_by: str
    opens_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    review_due_at: datetime | None
    reviewed_at: datetime | None
    reviewer: str
    review: str
    review_note: str
    signed: bool | None = None

    @property
    def hours(self) -> str:
        """How long it is to last, or lasts, in words."""
        if self.minutes % 60:
            return _("%(minutes)d minutes") % {"minutes": self.minutes}
        hours = self.minutes // 60
        return _("1 hour") if hours == 1 else _("%(hours)d hours") % {"hours": hours}

    @property
    def state_to_staff(self) -> str:
        """What the state is called on pages of staff; its label is for the organization."""
        if self.state == State.WITHDRAWN:
            return _("Ended by the organization")
        return str(State(self.state).label)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_review_overdue(self) -> bool:
        due = self.review_due_at
        return due is not None and self.reviewed_at is None and due < now()


def state_of(row: StaffGrant) -> State:
    """Return what a grant is at this moment, whatever a job has still to note."""
    moment = now()
    if row.state == State.LIVE and row.expires_at is not None and row.expires_at <= moment:
        return State.EXPIRED
    if row.state == State.ASKED and row.asked_at + LAPSES_AFTER <= moment:
        return State.LAPSED
    return State(row.state)


def of_organization(actor: Principal) -> list[GrantLine]:
    """Return an organization's grants: every open one first, then the newest that are over.

    Whoever asks often hides nothing: what is open is counted by nobody.
    """
    actor.require(Permission.GRANT_VIEW)
    rows = StaffGrant.objects.filter(organization_id=actor.organization_id).order_by("-id")
    found = lines(rows.filter(state__in=OPEN_STATES), with_decisions=True)
    found += lines(rows.exclude(state__in=OPEN_STATES)[:MOST_PAST], with_decisions=True)
    return sorted(found, key=lambda line: not line.is_open)


def all_of_organization(actor: Principal) -> list[GrantLine]:
    """Return every grant of an organization, for a file, the newest first."""
    actor.require(Permission.GRANT_VIEW)
    rows = StaffGrant.objects.filter(organization_id=actor.organization_id)
    return lines(rows.order_by("-id"), with_decisions=True)


def of_organization_one(actor: Principal, grant_id: UUID) -> GrantLine:
    """Return one grant of an organization; Http404 when there is none."""
    actor.require(Permission.GRANT_VIEW)
    rows = StaffGrant.objects.filter(organization_id=actor.organization_id, pk=grant_id)
    found = lines(rows, with_decisions=True)
    if not found:
        raise Http404
    return found[0]


def recordings(actor: Principal, grant_id: UUID) -> list[Recording]:
    """Return what commands showed by a grant, the newest first."""
    actor.require(Permission.GRANT_VIEW)
    rows = Recording.objects.filter(organization_id=actor.organization_id, grant_id=grant_id)
    return list(rows.order_by("-id")[:MOST_PAST])


def proofs(actor: Principal) -> list[dict[str, object]]:
    """Return every decision of an organization with its signed statement, for a file."""
    actor.require(Permission.GRANT_VIEW)
    rows = Decision.objects.filter(organization_id=actor.organization_id).order_by("id")
    return [
        {
            "grant": str(row.grant_id),
            "decision": row.kind,
            "by": str(row.account_id),
            "at": row.at.isoformat(),
            "statement": row.sealed.signed or None,
        }
        for row in rows
    ]


def mode_of(organization_id: UUID) -> Mode:
    """Return whether an organization is told of access, or asked; staff may read it, too."""
    rule = Rule.objects.filter(organization_id=organization_id).first()
    return Mode(rule.mode) if rule else Mode.NOTIFY


def of_staff(account_id: UUID) -> list[GrantLine]:
    """Return the grants that a staff member asked for, the newest first."""
    rows = StaffGrant.objects.filter(account_id=account_id).order_by("-id")
    found = lines(rows.filter(state__in=OPEN_STATES))
    return found + lines(rows.exclude(state__in=OPEN_STATES)[:MOST_PAST])


def emergencies(account_id: UUID) -> list[GrantLine]:
    """Return the emergencies that this staff member may approve, the oldest first."""
    rows = StaffGrant.objects.filter(is_emergency=True, state=State.ASKED).order_by("id")
    return [line for line in lines(rows.exclude(account_id=account_id)) if line.is_open]


def to_review(account_id: UUID) -> list[GrantLine]:
    """Return the grants that this staff member may review, those due first."""
    rows = StaffGrant.objects.filter(reviewed_at=None, review_due_at__isnull=False)
    rows = rows.exclude(account_id=account_id).exclude(state__in=OPEN_STATES, expires_at__gt=now())
    own = Q(is_emergency=True, decided_by=account_id)
    return lines(rows.exclude(own).order_by("review_due_at")[:MOST_PAST])


def for_staff(grant_id: UUID) -> GrantLine:
    """Return one grant as staff read it; Http404 when there is none."""
    found = lines(StaffGrant.objects.filter(pk=grant_id))
    if not found:
        raise Http404
    return found[0]


def uses_of(grant_id: UUID) -> list[tuple[str, int]]:
    """Return what a grant that is over was used for: what entries say, and how many, most first."""
    text = GrantText.objects.filter(pk=grant_id).first()
    uses = text.sealed.uses if text else {}
    return sorted(
        ((features.sentence_of(action), count) for action, count in uses.items()),
        key=lambda use: (-use[1], use[0]),
    )


def lines(
    rows: QuerySet[StaffGrant] | Iterable[StaffGrant], *, with_decisions: bool = False
) -> list[GrantLine]:
    """Return grants as lines, with the names of everybody in them by one query."""
    if isinstance(rows, QuerySet):
        rows = rows.select_related("text")
    found = list(rows)
    people = accounts.people(
        pk
        for row in found
        for pk in (row.account_id, row.decided_by, row.ended_by, row.reviewed_by)
        if pk
    )
    names = {pk: person.name for pk, person in people.items()}
    signed = _signed({row.pk for row in found}) if with_decisions and found else {}
    return [_line(row, names, signed) for row in found]


def _signed(ids: set[UUID]) -> dict[UUID, bool]:
    """Return for each grant with signed decisions whether every signature verifies."""
    found: dict[UUID, bool] = {}
    for row in Decision.objects.filter(grant_id__in=ids):
        if row.sealed.signed:
            found[row.grant_id] = found.get(row.grant_id, True) and verifies(row)
    return found


def verifies(row: Decision) -> bool:
    """Return whether a decision's statement is signed, and says what the row says."""
    try:
        signed = statements.unpack(row.sealed.signed)
        statements.verify(signed)
    except statements.NotSigned:
        return False
    facts = signed.facts
    return (
        facts.get("grant") == str(row.grant_id)
        and facts.get("decision") == row.kind
        and facts.get("account") == str(row.account_id)
    )


def _line(row: StaffGrant, names: dict[UUID, str], signed: dict[UUID, bool]) -> GrantLine:
    def name(pk: UUID | None) -> str:
        return names.get(pk, _("a person who is gone")) if pk else ""

    state, text = state_of(row), row.text.sealed
    return GrantLine(
        id=row.pk,
        organization_id=row.organization_id,
        account_id=row.account_id,
        who=name(row.account_id),
        category=str(Category(row.category).label),
        reason=text.reason,
        ticket=text.ticket,
        state=state,
        is_emergency=row.is_emergency,
        may_change=row.may_change,
        event_ids=row.event_ids,
        minutes=row.minutes,
        asked_at=row.asked_at,
        answer_by=row.asked_at + LAPSES_AFTER,
        decided_at=row.decided_at,
        decided_by=name(row.decided_by),
        opens_at=row.opens_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at or (row.expires_at if state == State.EXPIRED else None),
        ended_by=name(row.ended_by),
        review_due_at=row.review_due_at,
        reviewed_at=row.reviewed_at,
        reviewer=name(row.reviewed_by),
        review=str(Review(row.review).label) if row.review else "",
        review_note=text.review_note,
        signed=signed.get(row.pk),
    )


class GrantsRetained(Retained):
    """What commands showed; the grants themselves stay."""

    def kept(self) -> Iterable[Kept]:
        what = _("What commands of the staff showed")
        yield Kept("recordings", what, RECORDINGS_DAYS, Recording.objects.all(), "at")


class GrantGrounds(Grounds):
    """Tells the access log why staff saw something."""

    def reasons(self, grant_ids: Collection[UUID]) -> dict[UUID, str]:
        rows = StaffGrant.objects.filter(pk__in=grant_ids).select_related("text")
        return {row.pk: row.text.sealed.reason for row in rows}
