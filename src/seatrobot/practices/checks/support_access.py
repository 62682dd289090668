"""Trying, as staff, what no grant allows, and comparing what staff did with the grants they had.

What is tried here happens in one transaction that is taken back: members of staff, their sessions
and grants are real rows to the database, to the vault and to the pages, and to nobody else ever.
The web server, which sees no such rows, is asked over HTTP as the account of staff that is kept for
this (`probe.as_enabled_staff`).
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import connection, transaction
from django.test import Client
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from seatrobot.accounts import assurance
from seatrobot.accounts.models import (
    Account,
    AccountRecord,
    BackgroundCheck,
    CheckRecord,
    StaffMember,
)
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.accounts.staff.sessions import StaffSessionStore
from seatrobot.contacts.models import Contact, ContactRecord
from seatrobot.events.models import Activity, ActivityRecord, Event, EventRecord
from seatrobot.grants import reading
from seatrobot.grants.feature import Action
from seatrobot.grants.known import WHY_NOT
from seatrobot.grants.models import (
    EMERGENCY_REVIEWED_WITHIN,
    LONGEST,
    Category,
    Decision,
    GrantRecord,
    GrantText,
    Mode,
    StaffGrant,
    State,
)
from seatrobot.grants.terms import TERMS, mark_of_values
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import SERVICES, Actor, ActorKind
from seatrobot.kernel.clock import now
from seatrobot.kernel.feature import Action as KernelAction
from seatrobot.kernel.ids import AFTER_TIME, first_id, new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.staff.standing import GrantRefused
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import KeyringRefused
from seatrobot.organizations.models import Organization
from seatrobot.practices.checks import duties
from seatrobot.practices.checks.browser import Browser
from seatrobot.practices.checks.probe import ProbeOrganization, account_of, as_enabled_staff

PERIOD = timedelta(days=30)
PAGE = "/staff/visit/{grant}/o/{organization}/events/"
STAFF_PAGE = "/staff/"
NOT_THERE = HTTPStatus.NOT_FOUND
LACKING = "You may not see Customer Data now."
"""How the sentence begins to somebody who lacks a condition."""
GRANTED = """
    WITH noted AS MATERIALIZED (
        SELECT organization_id, e.id, at, action, actor_kind, actor_id, subject_id
        FROM journal_entry e JOIN organizations_organization o ON o.id = e.organization_id
        WHERE e.id >= %(noted)s AND e.action = ANY(%(known)s)
    ), opened AS MATERIALIZED (
        SELECT n.*, g.id AS grant_id, g.account_id, g.opens_at, g.is_emergency, g.review_due_at,
            least(g.expires_at, g.opens_at + make_interval(mins => g.minutes),
                coalesce(g.ended_at, g.expires_at)) AS closes_at,
            n.action = %(approve)s AND n.actor_kind = 'staff' AS is_approved_by_staff
        FROM noted n LEFT JOIN grants_staff_grant g
            ON g.organization_id = n.organization_id AND g.account_id = n.subject_id
            AND abs(extract(epoch FROM g.opens_at - n.at)) < 60
            AND n.actor_id = coalesce(g.decided_by, g.account_id)
        WHERE n.action = ANY(%(opening)s)
    )
"""
"""What the journals know of grants, with the rows that say the same: how each statement begins."""

STAFF_ACTS = """
    SELECT count(*), count(*) FILTER (WHERE ungranted),
        coalesce(max(at) FILTER (WHERE ungranted)::text, '')
    FROM (
        SELECT e.at, NOT (e.action LIKE 'support:%%' AND e.opened <= CASE
            WHEN e.action = %(review)s THEN 1 ELSE 0 END) AND NOT EXISTS (
            SELECT FROM opened o
            WHERE o.organization_id = e.organization_id AND o.account_id = e.actor_id
              AND o.opens_at <= e.at AND e.at <= o.closes_at + interval '1 second'
              AND NOT EXISTS (
                SELECT FROM noted n
                WHERE n.action = ANY(%(ending)s) AND n.organization_id = o.organization_id
                  AND n.subject_id = o.account_id AND n.id > o.id
                  AND n.at < e.at - interval '1 second')) AS ungranted
        FROM journal_entry e JOIN organizations_organization o ON o.id = e.organization_id
        WHERE e.actor_kind = %(staff)s AND e.id >= %(since)s
          AND (e.organization_id, e.actor_id) IS DISTINCT FROM (%(place)s::uuid, %(own)s::uuid)
    ) AS acts
"""
"""Acts about grants need none; a review opens the words of its grant, which are the platform's."""

UNKNOWN = """
    SELECT g.id, 'the journal knows no opening of grant ' || g.id
    FROM grants_staff_grant g JOIN organizations_organization o ON o.id = g.organization_id
    WHERE g.opens_at >= %(from)s AND g.id NOT IN (
        SELECT grant_id FROM opened WHERE grant_id IS NOT NULL
          AND (NOT is_approved_by_staff OR is_emergency))
    UNION ALL
    SELECT id, 'the grant is gone that entry ' || id || ' opened' FROM opened
    WHERE grant_id IS NULL AND at >= %(from)s
"""
GRANTS = f"""
    SELECT {", ".join(f"g.{column}" for column in TERMS)}
    FROM grants_staff_grant g JOIN organizations_organization o ON o.id = g.organization_id
    WHERE g.state IN ('asked', 'live') OR coalesce(g.opens_at, g.asked_at) >= %s
"""  # noqa: S608  our own names
ASKED_FOR = """
    SELECT organization_id, actor_id, subject_id FROM journal_entry
    WHERE organization_id = ANY(%s) AND action = %s
"""
RULES = """
    SELECT o.id FROM organizations_organization o
    LEFT JOIN grants_rule r ON r.organization_id = o.id
    WHERE coalesce(r.mode, %(notify)s) <> coalesce((
        SELECT CASE action WHEN %(approve)s THEN %(mode)s ELSE %(notify)s END FROM journal_entry
        WHERE organization_id = o.id AND action = ANY(%(ruling)s) ORDER BY id DESC LIMIT 1
    ), %(notify)s)
"""
"""Organizations that are asked before access opens, or are not, other than they have decided."""
UNNAMED = """
    SELECT actor_kind || ' “' || actor_name || '”', count(*)
    FROM journal_entry e JOIN organizations_organization o ON o.id = e.organization_id
    WHERE e.actor_kind = ANY(%s) AND e.id >= %s AND actor_name <> ALL(%s) GROUP BY 1
"""
OF_THIS_BUILD = timedelta(days=2)
"""So long acts of the service are looked at: a build may do without a job of the last one."""
UNDECIDED = """
    SELECT e.organization_id, e.id, e.actor_id
    FROM journal_entry e JOIN organizations_organization o ON o.id = e.organization_id
    WHERE e.actor_kind = 'member' AND e.id >= %s AND e.action = ANY(%s)
"""
OF_PEOPLE = "SELECT organization_id, id, account_id FROM grants_decision WHERE id >= %s"
A_MINUTE = 60_000
"""Milliseconds; a decision and its entry are made in one transaction, not in one moment."""
UNREVIEWED = """
    SELECT count(*) + (
        SELECT count(*) FROM grants_staff_grant
        WHERE is_emergency AND reviewed_at IS NULL AND review_due_at < now()
          AND opens_at < %(from)s
    ) FROM (
        SELECT coalesce(g.organization_id, o.organization_id) AS organization_id,
            coalesce(g.account_id, o.subject_id) AS account_id,
            coalesce(g.opens_at, o.at) AS opens_at, g.reviewed_at,
            coalesce(o.actor_id, g.decided_by) AS approved_by
        FROM (SELECT * FROM grants_staff_grant
              WHERE is_emergency AND opens_at IS NOT NULL AND opens_at >= %(from)s) AS g
        FULL JOIN (SELECT * FROM opened WHERE is_approved_by_staff) AS o ON o.grant_id = g.id
    ) AS emergencies
    WHERE opens_at >= %(from)s AND opens_at < now() - %(within)s AND NOT EXISTS (
        SELECT FROM noted n
        WHERE n.action = %(review)s AND n.organization_id = emergencies.organization_id
          AND n.subject_id = emergencies.account_id
          AND abs(extract(epoch FROM n.at - emergencies.reviewed_at)) < 60
          AND n.actor_id NOT IN (emergencies.account_id, emergencies.approved_by))
"""
DECISIONS = """
    SELECT organization_id, id FROM grants_decision
    WHERE id >= %(lately)s OR id >= %(since)s AND right(id::text, 1) = %(slice)s
    ORDER BY organization_id
"""
"""The newest decisions, and a sixteenth of those of the last 30 days."""
LATELY = timedelta(hours=2)
TURN_SECONDS = 1800
OPENING = [Action.GRANT_OPEN, Action.GRANT_APPROVE]
ENDING = [Action.GRANT_END, Action.GRANT_EXPIRE, Action.GRANT_CLOSE, Action.GRANT_WITHDRAW]
SETTINGS = ("organization", "account", "staff", "grant")


@dataclass(slots=True)
class Tried:
    """opened, unexplained: the tries that showed something, and those refused for a wrong reason.

    control: how many rows a live grant showed. beyond: what a grant for one event showed of others.
    """

    tries: int = 0
    opened: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    control: int = 0
    beyond: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Past:
    """Acts of staff in journals of organizations. last: the newest that no grant covers.

    unknown: sentences on grants of which row and journal do not say the same. unruled: on
    organizations whose rule the journal has otherwise. unnamed: acts of the service under a name
    that no part of it has; by: who acted so.
    """

    entries: int
    ungranted: int
    last: str
    unknown: list[str]
    unreviewed: int
    unruled: list[str]
    unnamed: int
    by: list[str]


@dataclass(frozen=True, slots=True)
class Case:
    """A try: somebody of the staff, an organization, a grant, and why it must open nothing.

    in_database: whether the database alone must refuse it; conditions of people are not there.
    """

    name: str
    staff: Account
    organization_id: UUID
    grant_id: UUID | None
    why: str
    in_database: bool = True


def tried(organization_id: UUID, member: Actor) -> Tried:
    """Try every case in every way with an organization that is kept for this."""
    found = Tried()
    sealed = _sealed_name(organization_id, member)
    with _taken_back():
        holder, late, sent_away = (staff_member(name) for name in ("one", "two", "three"))
        live = store_grant(organization_id, holder, since=timedelta())
        cases = [
            Case(_("without a grant"), holder, organization_id, None, "no-grant"),
            Case(
                _("with an expired grant"),
                late,
                organization_id,
                store_grant(organization_id, late, since=timedelta(hours=2)).pk,
                "expired",
            ),
            Case(
                _("with a grant that was ended"),
                sent_away,
                organization_id,
                _ended(organization_id, sent_away).pk,
                "withdrawn",
            ),
            Case(_("with another person's grant"), late, organization_id, live.pk, "foreign"),
            Case(_("in another organization"), holder, _other(organization_id), live.pk, "foreign"),
            Case(
                _("without fulfilling every condition"),
                holder,
                organization_id,
                live.pk,
                "condition",
                in_database=False,
            ),
        ]
        for case in cases:
            _try(case, sealed, found)
        found.control = _rows(holder, organization_id, live.pk)
        found.beyond = _beyond(organization_id, holder, live)
    return found


def past(examiner: psycopg.Connection, probe: ProbeOrganization | None = None) -> Past:
    """Compare, as the examiner, what staff did in organizations with the grants that they had.

    What the account kept for this could open in the organization kept for this is left out: the
    examination that opened it has counted it, and its grants are gone. A grant counts as far as the
    organization's journal has its opening by whoever decided, and no ending since; an emergency and
    its review are what the journal has, whatever its row says.
    """
    since = now() - PERIOD
    values = {
        "staff": ActorKind.STAFF,
        "since": first_id(since),
        "from": since,
        "noted": first_id(since - 2 * LONGEST),
        "opening": OPENING,
        "ending": ENDING,
        "review": Action.GRANT_REVIEW,
        "known": [*OPENING, *ENDING, Action.GRANT_REVIEW],
        "approve": Action.GRANT_APPROVE,
        "within": EMERGENCY_REVIEWED_WITHIN,
        "place": probe.organization_id if probe else None,
        "own": probe.staff_id if probe else None,
    }
    acts = examiner.execute((GRANTED + STAFF_ACTS).encode(), values).fetchone() or (0, 0, "")
    unknown: dict[UUID, str] = dict(
        examiner.execute((GRANTED + UNKNOWN).encode(), values).fetchall()
    )
    unreviewed = examiner.execute((GRANTED + UNREVIEWED).encode(), values).fetchone() or (0,)
    strange = _unnamed(examiner)
    return Past(
        entries=int(acts[0]),
        ungranted=int(acts[1]),
        last=str(acts[2]),
        unknown=[
            *(_unasked_for(examiner, since) | unknown).values(),
            *_undecided(examiner, since),
        ],
        unreviewed=int(unreviewed[0]),
        unruled=_unruled(examiner),
        unnamed=sum(strange.values()),
        by=[f"{who} acted in an organization {count} times" for who, count in strange.items()],
    )


def _unasked_for(examiner: psycopg.Connection, since: datetime) -> dict[UUID, str]:
    """Return the grants that their holder never asked for, or not so, each with a sentence."""
    rows = examiner.execute(GRANTS.encode(), [since]).fetchall()
    places = list({row[TERMS.index("organization_id")] for row in rows})
    known = set(examiner.execute(ASKED_FOR, [places, Action.GRANT_ASK]).fetchall())
    return {
        pk: f"the journal knows no request for grant {pk} as it is"
        for pk, place, holder, *others in rows
        if (place, holder, mark_of_values([pk, place, holder, *others])) not in known
    }


def _undecided(examiner: psycopg.Connection, since: datetime) -> list[str]:
    """Return a sentence for each decision of a person that a journal has and that is gone."""
    kept: dict[tuple[UUID, UUID], list[int]] = {}
    earlier = first_id(since - timedelta(minutes=1))
    for place, pk, person in examiner.execute(OF_PEOPLE, [earlier]):
        kept.setdefault((place, person), []).append(pk.int >> AFTER_TIME)
    deciding = [Action.GRANT_APPROVE, Action.GRANT_DENY, Action.GRANT_WITHDRAW]
    return [
        f"the decision of entry {pk} is gone"
        for place, pk, person in examiner.execute(UNDECIDED, [first_id(since), deciding])
        if not any(
            abs(each - (pk.int >> AFTER_TIME)) <= A_MINUTE for each in kept.get((place, person), [])
        )
    ]


def _unruled(examiner: psycopg.Connection) -> list[str]:
    values = {
        "approve": Action.SETTING_APPROVE,
        "ruling": [Action.SETTING_APPROVE, Action.SETTING_NOTIFY],
        "mode": Mode.APPROVE.value,
        "notify": Mode.NOTIFY.value,
    }
    rows = examiner.execute(RULES, values)
    return [f"the journal knows another rule of organization {pk}" for (pk,) in rows]


def _unnamed(examiner: psycopg.Connection) -> dict[str, int]:
    """Return how often somebody acted in organizations as the service under an unknown name."""
    names = [*SERVICES, *app.tasks]
    kinds = [ActorKind.SYSTEM.value, ActorKind.JOB.value]
    return dict(
        examiner.execute(UNNAMED, [kinds, first_id(now() - OF_THIS_BUILD), names]).fetchall()
    )


OverHttp = tuple[str, UUID, UUID, Sequence[object]]
"""A name, a grant, an organization, and what each right refusal says or answers."""


def asked_over_http(probe: ProbeOrganization, found: Tried) -> None:
    """Ask the running web server, as enabled staff, for a page that no grant of theirs opens.

    That nobody is asked to sign in shows that staff are known; each refusal must be for its reason.
    """
    place, staff = probe.organization_id, Account(pk=probe.staff_id)
    with as_enabled_staff(probe) as browser:
        if browser.get(STAFF_PAGE).status != HTTPStatus.OK:
            found.unexplained.append(_("the staff area does not open to enabled staff"))
        expired = store_grant(place, staff, since=timedelta(hours=2))
        cases: list[OverHttp] = [
            (_("without a grant"), new_id(), place, [NOT_THERE]),
            (_("with an expired grant"), expired.pk, place, [WHY_NOT[State.EXPIRED]]),
        ]
        _over_http(browser, cases, found)
        _over(expired, State.EXPIRED)
        ended = _ended(place, staff)
        live = store_grant(place, staff, since=timedelta())
        foreign = store_grant(place, account_of(probe.owner), since=timedelta())
        lacking: list[object] = [
            _(LACKING),
            WHY_NOT[State.CLOSED],
        ]  # the sweep of the minute may close it
        cases = [
            (_("with a grant that was ended"), ended.pk, place, [WHY_NOT[State.WITHDRAWN]]),
            (_("with another person's grant"), foreign.pk, place, [NOT_THERE]),
            (_("in another organization"), live.pk, probe.foreign.organization_id, [NOT_THERE]),
            (_("without fulfilling every condition"), live.pk, place, lacking),
        ]
        _over_http(browser, cases, found)


def _over_http(browser: Browser, cases: Sequence[OverHttp], found: Tried) -> None:
    for name, grant_id, organization_id, reasons in cases:
        found.tries += 1
        answer = browser.get(PAGE.format(grant=grant_id, organization=organization_id))
        words = html.unescape(answer.text)
        is_refused = answer.status == HTTPStatus.FORBIDDEN
        is_right = any(
            answer.status == each if isinstance(each, HTTPStatus) else str(each) in words
            for each in reasons
        )
        if answer.status == HTTPStatus.OK:
            found.opened.append(f"{name}: {_('a page over HTTP')}")
        elif not is_right or not (is_refused or NOT_THERE in reasons):
            found.unexplained.append(f"{name}: {_('a page over HTTP')} ({answer.status})")


@dataclass(slots=True)
class Signatures:
    """looked_at: decisions. forged: of them those that no passkey of their person has signed."""

    looked_at: int = 0
    forged: list[str] = field(default_factory=list)


def decided(examiner: psycopg.Connection) -> Signatures:
    """Compare the signatures of people's decisions with the passkeys that the journal knows."""
    found, moment = Signatures(), now()
    values = {
        "lately": first_id(moment - LATELY),
        "since": first_id(moment - PERIOD),
        "slice": f"{int(moment.timestamp() // TURN_SECONDS) % 16:x}",
    }
    with acting(ACTOR):
        keys = duties.enrolled(examiner)
    of_place: dict[UUID, list[UUID]] = {}
    for organization_id, pk in examiner.execute(DECISIONS.encode(), values):
        of_place.setdefault(organization_id, []).append(pk)
    for organization_id, ids in of_place.items():
        if not vault.has_keyring(organization_id):
            continue
        with acting(ACTOR, organization_id) as access:
            for row in Decision.objects.filter(pk__in=ids).select_related("grant__text"):
                found.looked_at += 1
                is_signed = reading.passkey_of(row, keys) is not None
                if not is_signed and (row.sealed.signed or reading.lacks_signature(row, keys)):
                    found.forged.append(str(row.pk))
            journal.record(KernelAction.VAULT_CHECK, values=access.opened)
    return found


def _try(case: Case, sealed: bytes, found: Tried) -> None:
    if case.in_database:
        found.tries += 1
        if _rows(case.staff, case.organization_id, case.grant_id):
            found.opened.append(f"{case.name}: {_('rows of the database')}")
    for way, attempt in {
        _("a unit of work"): lambda: _act(case),
        _("keys of the vault"): lambda: _open(case, sealed),
        _("a blind index of the vault"): lambda: _find_address(case),
        _("inside it, as a member"): lambda: _open(case, sealed, inner=Actor.member(new_id())),
    }.items():
        found.tries += 1
        why = _refusal(attempt)
        if why is None:
            found.opened.append(f"{case.name}: {way}")
        elif why != case.why:
            found.unexplained.append(f"{case.name}: {way} ({why})")
    found.tries += 1
    if _shows_a_page(case):
        found.opened.append(f"{case.name}: {_('a page')}")


def _refusal(attempt: Callable[[], None]) -> str | None:
    """Return why an attempt was refused; None when it was not."""
    try:
        with _taken_back():
            attempt()
    except GrantRefused as refusal:
        return refusal.why
    except KeyringRefused:
        return "no-grant"
    return None


def _act(case: Case) -> None:
    """See rows as the pages do, or open the name of the organization where there is no grant."""
    staff = Actor.staff(case.staff.pk)
    with acting(staff, case.organization_id, grant=case.grant_id):
        for row in Organization.objects.filter(pk=case.organization_id):
            assert row.sealed.name
        if case.grant_id is None:
            vault.require(case.organization_id)


def _open(case: Case, sealed: bytes, *, inner: Actor | None = None) -> None:
    """Open a value that is at hand, with a grant that no unit of work has asked about."""
    with _unasked(case):
        actor = inner or Actor.staff(case.staff.pk)
        with acting(actor, case.organization_id):
            organization = Organization._meta.get_field("sealed")
            organization.open_record(case.organization_id, case.organization_id, sealed)


def _find_address(case: Case) -> None:
    with _unasked(case):
        vault.blind_index(case.organization_id, "somebody@nowhere.test")


@contextmanager
def _unasked(case: Case) -> Iterator[None]:
    """Act as staff with a grant that is put there past the question whether it is live."""
    with acting(Actor.staff(case.staff.pk), case.organization_id) as access:
        access.grant_id = case.grant_id
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('seatrobot.grant', %s, true)", [str(case.grant_id or "")]
            )
        yield


def _rows(staff: Account, organization_id: UUID, grant_id: UUID | None) -> int:
    """Return how many rows the database shows to a statement in which staff act, past Python."""
    with _settings(organization_id, staff, grant_id) as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM organizations_organization)"
            " + (SELECT count(*) FROM organizations_membership)"
        )
        return int(cursor.fetchone()[0])


def _shows_a_page(case: Case) -> bool:
    """Open a page of the customer as staff do, through everything that a request passes."""
    store = StaffSessionStore()
    store[SESSION_KEY] = str(case.staff.pk)
    store[assurance.KEY] = {"methods": [Method.PASSKEY], "at": now().isoformat()}
    store.save()
    address = urlsplit(settings.BASE_URL)
    browser = Client(raise_request_exception=False, headers={"host": address.netloc})
    browser.cookies[settings.STAFF_COOKIE_NAME] = store.session_key or ""
    grant_id = case.grant_id or new_id()
    page = PAGE.format(grant=grant_id, organization=case.organization_id)
    answer = browser.get(page, secure=address.scheme == "https")
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise RuntimeError(f"a page of a visit answers {answer.status_code}")
    return answer.status_code == HTTPStatus.OK


def _beyond(organization_id: UUID, holder: Account, live: StaffGrant) -> list[str]:
    """Return what a grant for one event shows of another one, past Python and by a kept list.

    A grant for all events must show both, as a control.
    """
    with acting(ACTOR, organization_id):
        first, second = (_event(organization_id) for _each in range(2))
        Contact.objects.create(
            organization_id=organization_id,
            created_at=now(),
            changed_at=now(),
            sealed=ContactRecord(last_name="Probe"),
        )
    narrow = staff_member("four")
    grant = store_grant(organization_id, narrow, since=timedelta(), event_ids=[first])
    seen = {
        who.pk: _counts(who, organization_id, by.pk, second)
        for who, by in ((holder, live), (narrow, grant))
    }
    found = [f"{table}: {count}" for table, count in seen[narrow.pk].items() if count]
    found += [f"{table}: none as a control" for table, n in seen[holder.pk].items() if not n]
    return found


def _event(organization_id: UUID) -> UUID:
    moment = now()
    row = Event.objects.create(
        organization_id=organization_id,
        sealed=EventRecord(title="Probe"),
        starts_at=moment,
        ends_at=moment + timedelta(hours=1),
        created_at=moment,
    )
    Activity.objects.create(organization_id=organization_id, event=row, sealed=ActivityRecord())
    return row.pk


def _counts(
    staff: Account, organization_id: UUID, grant_id: UUID, event_id: UUID
) -> dict[str, int]:
    """Return how many rows of an event, and of what belongs to none, a statement of staff sees."""
    asked = {
        "events_event": "id = %s",
        "events_activity": "event_id = %s",
        "contacts_contact": "%s::uuid IS NOT NULL",
    }
    with _settings(organization_id, staff, grant_id) as cursor:
        found = {}
        for table, where in asked.items():
            cursor.execute(f"SELECT count(*) FROM {table} WHERE {where}", [event_id])  # noqa: S608  our own names
            found[table] = int(cursor.fetchone()[0])
    return found


@contextmanager
def _settings(organization_id: UUID, staff: Account, grant_id: UUID | None) -> Iterator[Any]:
    """Give a cursor whose statements are those of staff to the database, past Python."""
    values = [str(each or "") for each in (organization_id, staff.pk, staff.pk, grant_id)]
    with transaction.atomic(), connection.cursor() as cursor:
        for name, value in zip(SETTINGS, values, strict=True):
            cursor.execute("SELECT set_config(%s, %s, true)", [f"seatrobot.{name}", value])
        yield cursor
        for name in SETTINGS:
            cursor.execute("SELECT set_config(%s, '', true)", [f"seatrobot.{name}"])


@contextmanager
def _taken_back() -> Iterator[None]:
    """Undo whatever the block does, however it ends."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def staff_member(name: str) -> Account:
    """Make a member of staff whose background check two people recorded, and who has no passkey."""
    with acting(ACTOR):
        account = Account(
            email_index=new_id().bytes,
            sealed=AccountRecord(f"staff-{name}@nowhere.test", f"Probe ({name})"),
            created_at=now(),
        )
        account.set_unusable_password()
        account.save(force_insert=True)
        member = StaffMember.objects.create(account=account, is_enabled=False, created_at=now())
        check = BackgroundCheck.objects.create(
            account=account,
            on=now().date(),
            passed=True,
            recorded_at=now(),
            sealed=CheckRecord("probe"),
        )
        other = StaffMember.objects.filter(is_enabled=True).first()
    if other is not None:
        with acting(ACTOR, person_id=other.pk):
            BackgroundCheck.objects.filter(pk=check.pk).update(
                confirmed_by=other.pk, confirmed_at=now()
            )
    with acting(ACTOR):
        StaffMember.objects.filter(pk=member.pk).update(is_enabled=True)
    return account


def store_grant(
    organization_id: UUID,
    staff: Account,
    *,
    since: timedelta,
    event_ids: list[UUID] | None = None,
) -> StaffGrant:
    """Store a grant of an hour that was opened some time ago, in an organization that is told."""
    moment = now() - since
    with acting(ACTOR, organization_id):
        row = StaffGrant.objects.create(
            organization_id=organization_id,
            account_id=staff.pk,
            category=Category.FAULT,
            minutes=60,
            asked_at=moment,
            event_ids=event_ids,
        )
        GrantText.objects.create(grant=row, sealed=GrantRecord("Tried by an examination"))
        row.state, row.opens_at, row.expires_at = State.LIVE, moment, moment + timedelta(hours=1)
        row.review_due_at = moment + timedelta(days=30)
        row.save()
    return row


def _ended(organization_id: UUID, staff: Account) -> StaffGrant:
    row = store_grant(organization_id, staff, since=timedelta())
    return _over(row, State.WITHDRAWN)


def _over(row: StaffGrant, state: State) -> StaffGrant:
    with acting(ACTOR, row.organization_id):
        row.state, row.ended_at = state, now()
        row.save(update_fields=["state", "ended_at"])
    return row


def _sealed_name(organization_id: UUID, member: Actor) -> bytes:
    """Return the sealed name of the organization, as a member reads it."""
    with acting(member, organization_id):
        rows: Any = Organization.objects.filter(pk=organization_id)
        return bytes(rows.values_list("sealed", flat=True).get())


def _other(organization_id: UUID) -> UUID:
    """Return another organization of the instance, or one that does not exist."""
    others = [each for each in vault.organizations() if each != organization_id]
    return others[0] if others else new_id()
