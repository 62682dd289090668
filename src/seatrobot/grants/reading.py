"""Grants as people read them: those of an organization, and those that staff hold or review."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.accounts import services as accounts
from seatrobot.accounts.factors import statements, webauthn
from seatrobot.accounts.factors.services import fingerprint
from seatrobot.accounts.models import StaffMember
from seatrobot.grants.feature import Action, Permission
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
from seatrobot.kernel.promises import reading as promises
from seatrobot.kernel.promises.statements import Keys, KnownKey, key_of
from seatrobot.kernel.retention import Kept, Retained
from seatrobot.organizations.log.entries import Ground, Grounds

STATEMENT = "support-access"
"""Kind of the statements that are signed about grants."""
SIGNED_WITHIN = timedelta(minutes=6)
"""Between the moment that a statement names and its decision: a challenge counts five minutes."""
MOST_PAST = 100
RECORDINGS_ON_PAGE, BEGINNING = 10, 2000
"""Commands on the page of a grant, and how many signs it shows of each."""
SIGNS_OF_PART = 20_000
"""Signs of one command on a page of its own."""
NEXT = timedelta(minutes=1)
"""Within so much time a job notes that a grant is over; until then its clock says so."""


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A grant as a page shows it. state: by the clock, also before a job has noted it.

    who: the holder. reviewer, ended_by, decided_by: names, "" for nobody or the clock. signed:
    whether the decision bears a signature by a passkey that was the person's then; None for a
    decision without one. passkey: its fingerprint, as the person's own page shows it.
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
    decided_by_id: UUID | None
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
    passkey: str = ""

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
    def was_opened_by_staff(self) -> bool:
        """Whether a second member of the staff opened it, without the organization."""
        return self.is_emergency and self.opens_at is not None

    @property
    def why_ended(self) -> str:
        """Why access that was open is over, in a sentence to the organization; "" while it is."""
        if self.state == State.WITHDRAWN:
            return _("%(who)s of your organization ended it.") % {"who": self.ended_by}
        return str(WHY_ENDED.get(self.state, ""))

    @property
    def is_review_overdue(self) -> bool:
        due = self.review_due_at
        return due is not None and self.reviewed_at is None and due < now()


WHY_ENDED = {
    State.ENDED: gettext_lazy("They ended it themself."),
    State.EXPIRED: gettext_lazy("Its time was over."),
    State.CLOSED: gettext_lazy(
        "It was closed, because they did not fulfil every condition of access any more."
    ),
}


def state_of(row: StaffGrant) -> State:
    """Return what a grant is at this moment, whatever a job has still to note."""
    moment = now()
    if row.state == State.LIVE and row.expires_at is not None and row.expires_at <= moment:
        return State.EXPIRED
    if row.state == State.ASKED and row.asked_at + LAPSES_AFTER <= moment:
        return State.LAPSED
    return State(row.state)


def of_organization(actor: Principal, before: UUID | None = None) -> list[GrantLine]:
    """Return an organization's grants: every open one first, then MOST_PAST of those that are over.

    Whoever asks often hides nothing: what is open is counted by nobody. before: the last grant of
    the page before this one.
    """
    actor.require(Permission.GRANT_VIEW)
    rows = StaffGrant.objects.filter(organization_id=actor.organization_id).order_by("-id")
    found = lines(rows.filter(state__in=OPEN_STATES), with_decisions=True)
    past = rows.exclude(state__in=OPEN_STATES)
    past = past.filter(pk__lt=before) if before else past
    found += lines(past[:MOST_PAST], with_decisions=True)
    return sorted(found, key=lambda line: not line.is_open)


def grants_before(actor: Principal, before: UUID | None, most: int) -> list[GrantLine]:
    """Return so many grants of an organization, for a file, the newest first.

    before: the grant before which they were asked for; None: the newest.
    """
    actor.require(Permission.GRANT_VIEW)
    rows = StaffGrant.objects.filter(organization_id=actor.organization_id)
    rows = rows.filter(pk__lt=before) if before else rows
    return lines(rows.order_by("-id")[:most], with_decisions=True)


def of_organization_one(actor: Principal, grant_id: UUID) -> GrantLine:
    """Return one grant of an organization; Http404 when there is none."""
    actor.require(Permission.GRANT_VIEW)
    rows = StaffGrant.objects.filter(organization_id=actor.organization_id, pk=grant_id)
    found = lines(rows, with_decisions=True)
    if not found:
        raise Http404
    return found[0]


@dataclass(frozen=True, slots=True)
class RecordingLine:
    """A part of what a command showed. said: how it was called, or what was typed.

    signs: how many it showed in all. is_cut: whether there is more of it than this part has.
    """

    id: UUID
    command: str
    at: datetime
    said: str
    shown: str
    signs: int
    is_cut: bool


def recordings(
    actor: Principal, grant_id: UUID, before: UUID | None = None
) -> tuple[list[RecordingLine], UUID | None]:
    """Return how each command began that showed something by a grant, the newest first, by page.

    And the identifier for the next page, None on the last one.
    """
    actor.require(Permission.GRANT_VIEW)
    rows = Recording.objects.filter(organization_id=actor.organization_id, grant_id=grant_id)
    rows = rows.filter(pk__lt=before) if before else rows
    page = list(rows.order_by("-id")[: RECORDINGS_ON_PAGE + 1])
    older = page[RECORDINGS_ON_PAGE - 1].pk if len(page) > RECORDINGS_ON_PAGE else None
    return [_recording(row, 0, BEGINNING) for row in page[:RECORDINGS_ON_PAGE]], older


def recording(
    actor: Principal, grant_id: UUID, recording_id: UUID, part: int
) -> tuple[RecordingLine, int] | None:
    """Return one part of what a command showed, and how many parts there are.

    None where it is not kept (any more); Http404 for a part that it does not have.
    """
    actor.require(Permission.GRANT_VIEW)
    rows = Recording.objects.filter(organization_id=actor.organization_id, grant_id=grant_id)
    row = rows.filter(pk=recording_id).first()
    if row is None:
        return None
    longest = max(len(row.sealed.said), len(row.sealed.shown))
    parts = max(1, -(-longest // SIGNS_OF_PART))
    if not 1 <= part <= parts:
        raise Http404
    return _recording(row, (part - 1) * SIGNS_OF_PART, SIGNS_OF_PART), parts


def _recording(row: Recording, start: int, signs: int) -> RecordingLine:
    record, end = row.sealed, start + signs
    return RecordingLine(
        id=row.pk,
        command=row.command,
        at=row.at,
        said=record.said[start:end],
        shown=record.shown[start:end],
        signs=len(record.shown),
        is_cut=max(len(record.said), len(record.shown)) > end,
    )


def proofs(
    actor: Principal, after: UUID | None, most: int
) -> tuple[list[dict[str, object]], UUID | None]:
    """Return so many decisions of an organization with their signed statements, for a file.

    And the last of them. after: the decision after which they were made; None: the first.
    """
    actor.require(Permission.GRANT_VIEW)
    rows = Decision.objects.filter(organization_id=actor.organization_id)
    rows = rows.filter(pk__gt=after) if after else rows
    found = list(rows.order_by("id").select_related("grant__text")[:most])
    keys = promises.keys_of(row.account_id for row in found)
    written: list[dict[str, object]] = [
        {
            "grant": str(row.grant_id),
            "decision": row.kind,
            "by": str(row.account_id),
            "at": row.at.isoformat(),
            "statement": row.sealed.signed or None,
            "passkey": _passkey(row, keys) if row.sealed.signed else None,
        }
        for row in found
    ]
    return written, found[-1].pk if found else None


def _passkey(row: Decision, keys: Keys) -> dict[str, str | None] | None:
    """Return what was noted of the passkey that signed a decision; None for one of nobody's."""
    key = passkey_of(row, keys)
    return key and {
        "sha256": key.key_hash,
        "enrolled_at": key.at.isoformat(),
        "removed_at": key.removed_at.isoformat() if key.removed_at else None,
    }


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


def row_of(grant_id: UUID) -> StaffGrant:
    """Return a grant with nothing of it opened; Http404 when there is none."""
    row = StaffGrant.objects.select_related("text").filter(pk=grant_id).first()
    if row is None:
        raise Http404
    return row


def for_staff(grant_id: UUID) -> GrantLine:
    """Return one grant as staff read it; Http404 when there is none."""
    found = lines(StaffGrant.objects.filter(pk=grant_id))
    if not found:
        raise Http404
    return found[0]


def reviewers_left(grant: GrantLine) -> int:
    """Return how many of the staff may review a grant: neither its holder nor who opened it.

    Where it is 0, administrators of the organization are asked; they may review any grant.
    """
    took_part = [grant.account_id]
    if grant.was_opened_by_staff and grant.decided_by_id:
        took_part.append(grant.decided_by_id)
    staff = StaffMember.objects.filter(is_enabled=True).exclude(pk__in=took_part)
    return sum(not member.has_ended for member in staff)


def log_of_staff(organization_id: UUID) -> str:
    """Return the page of an organization's access log with what staff saw and did."""
    page = reverse("organizations:log", args=[organization_id])
    return f"{page}?show=everything&account=staff"


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


def _signed(ids: set[UUID]) -> dict[UUID, tuple[bool, str]]:
    """Return for each grant whose decisions are or should be signed whether all verify.

    And the fingerprint of the passkey of the last one.
    """
    rows = list(Decision.objects.filter(grant_id__in=ids).select_related("grant__text"))
    keys = promises.keys_of(row.account_id for row in rows)
    found: dict[UUID, tuple[bool, str]] = {}
    for row in rows:
        if not row.sealed.signed and not lacks_signature(row, keys):
            continue
        key = passkey_of(row, keys)
        well, _earlier = found.get(row.grant_id, (True, ""))
        found[row.grant_id] = well and key is not None, fingerprint(key.key_hash) if key else ""
    return found


def verifies(row: Decision) -> bool:
    """Return whether a decision was signed, as it is, by a passkey that was its person's then."""
    return passkey_of(row, promises.keys_of([row.account_id])) is not None


def lacks_signature(row: Decision, keys: Keys) -> bool:
    """Return whether a decision is not signed though its person had a passkey for this address."""
    if row.sealed.signed:
        return False
    account, rp_id = str(row.account_id), webauthn.rp_id()
    return any(
        key.rp_id == rp_id and key.signs_at(row.at)
        for (owner, _hash), known in keys.items()
        if owner == account
        for key in known
    )


def passkey_of(row: Decision, keys: Keys) -> KnownKey | None:
    """Return the passkey that signed a decision; None unless the statement says what the row says.

    keys: what was noted of the passkeys of its person. A key that they had not enrolled by then, or
    had removed, signs nothing for them, and neither does one at another address.
    """
    try:
        signed = statements.unpack(row.sealed.signed)
        statements.verify(signed)
        facts = signed.facts
        wanted = {**statement_of(row.grant, row.kind), "account": str(row.account_id)}
        stated_at = datetime.fromisoformat(str(facts.get("at")))
        is_then = stated_at <= row.at <= stated_at + SIGNED_WITHIN
    except (statements.NotSigned, ValueError, TypeError):
        return None
    return key_of(signed, keys) if is_then and wanted.items() <= facts.items() else None


def statement_of(row: StaffGrant, decision: str) -> statements.Facts:
    """Return what a person signs who decides about a grant."""
    return {
        "kind": STATEMENT,
        "decision": decision,
        "grant": str(row.pk),
        "organization": str(row.organization_id),
        "staff": str(row.account_id),
        "minutes": row.minutes,
        "may_change": row.may_change,
        "events": ",".join(map(str, row.event_ids)) if row.event_ids is not None else "all",
        "reason": row.text.sealed.reason,
    }


def _line(
    row: StaffGrant, names: dict[UUID, str], signed: Mapping[UUID, tuple[bool, str]]
) -> GrantLine:
    def name(pk: UUID | None) -> str:
        return names.get(pk, _("a person who is gone")) if pk else ""

    state, text = state_of(row), row.text.sealed
    well, passkey = signed.get(row.pk, (None, ""))
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
        decided_by_id=row.decided_by,
        opens_at=row.opens_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at or (row.expires_at if state == State.EXPIRED else None),
        ended_by=name(row.ended_by),
        review_due_at=row.review_due_at,
        reviewed_at=row.reviewed_at,
        reviewer=name(row.reviewed_by),
        review=str(Review(row.review).label) if row.review else "",
        review_note=text.review_note,
        signed=well,
        passkey=passkey,
    )


class GrantsRetained(Retained):
    """What commands showed; the grants themselves stay."""

    def kept(self) -> Iterable[Kept]:
        what = _("What commands of the staff showed")
        yield Kept("recordings", what, RECORDINGS_DAYS, Recording.objects.all(), "at")


class GrantGrounds(Grounds):
    """Tells the access log why staff saw something, and whose access it was."""

    recorded = (Action.COMMAND_BEGIN, Action.COMMAND_RUN)

    def known(self, grant_ids: Collection[UUID]) -> dict[UUID, Ground]:
        found = lines(StaffGrant.objects.filter(pk__in=grant_ids))
        return {
            line.id: Ground(
                line.reason, line.who, reverse("grants:one", args=[line.organization_id, line.id])
            )
            for line in found
        }
