"""Who may enter an organization, and how people sign in, compared with what the journal says.

Each member and each invitation has an entry that says who gave the place, and each passkey and
authenticator app one of the minute it was added. That there is such an entry is compared for all;
which role it gives stands sealed in it, and is opened for a part of the organizations. Each session
of an account has the sign-in that began it. Passwords are compared with nothing: their rows change
at a sign-in, too.
"""

from __future__ import annotations

import secrets
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts.feature import Action as AccountAction
from seatrobot.accounts.sign_in_log.kinds import Outcome
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.feature import Action as KernelAction
from seatrobot.kernel.ids import AFTER_TIME
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.promises.declaring import Measure, Measurement, promise
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import VaultError
from seatrobot.organizations.feature import Action
from seatrobot.organizations.models import Invitation, Membership
from seatrobot.organizations.permissions import Role
from seatrobot.organizations.services.founding import noted
from seatrobot.practices.models import Probe

MOST_NOTES = 20
SOME, PARTS = 3, 24
"""Of how many organizations roles are opened: some by chance, and one part of all, by the hour."""
OWNING = (Action.ORGANIZATION_CREATE, Action.ORGANIZATION_TRANSFER)
GIVING = (*OWNING, Action.MEMBER_JOIN, Action.MEMBER_CHANGE)
ADDING = (AccountAction.ACCOUNT_FACTOR_ADD, AccountAction.STAFF_ENROL)
MARGIN = 60
"""Seconds; a row and its entry are made in one transaction, but not in one moment."""
MEMBERS = """
    SELECT m.organization_id, m.account_id, newest.id, newest.action
    FROM organizations_membership AS m
    LEFT JOIN LATERAL (
        SELECT e.id, e.action FROM journal_entry AS e
        WHERE e.organization_id = m.organization_id AND e.action = ANY(%s)
          AND e.subject_id = m.account_id
        ORDER BY e.id DESC LIMIT 1
    ) AS newest ON true
"""
INVITATIONS = """
    SELECT i.organization_id, i.id, sent.id
    FROM organizations_invitation AS i
    LEFT JOIN LATERAL (
        SELECT e.id FROM journal_entry AS e
        WHERE e.organization_id = i.organization_id AND e.action = %s AND e.subject_id = i.id
        LIMIT 1
    ) AS sent ON true
"""
FACTORS = """
    SELECT account_id, id FROM accounts_passkey
    UNION ALL SELECT account_id, id FROM accounts_authenticator
"""
SESSIONS = """
    SELECT s.id, s.account_id, EXISTS (
        SELECT FROM accounts_sign_in i
        WHERE i.session_id = s.id AND i.account_id = s.account_id AND i.organization_id IS NULL
          AND i.outcome = %s)
    FROM accounts_session s WHERE s.account_id IS NOT NULL AND s.account_id <> ALL(%s)
"""
"""Of accounts that are not kept for examinations, whose browsers never sign in."""
ADDED = """
    SELECT subject_id, id FROM journal_entry WHERE organization_id IS NULL AND action = ANY(%s)
"""


@dataclass(slots=True)
class Found:
    """What was compared, and a sentence for whatever the journal says otherwise.

    entries: by organization, those that give the members and invitations that are there now.
    """

    members: int = 0
    invitations: int = 0
    factors: int = 0
    sessions: int = 0
    roles: int = 0
    unknown: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    entries: dict[UUID, dict[UUID, UUID]] = field(default_factory=lambda: defaultdict(dict))


@promise(
    "access.rights",
    sentence=_(
        "Whoever belongs to an organization was let in by somebody whom its log names, every"
        " passkey and authenticator app was added at the time that the log says, and every session"
        " was begun by a sign-in."
    ),
    measured_by=_(
        "Another database role looks for the entry of the journal that gave each member the place,"
        " and sent each invitation, and that added each passkey and authenticator app in its"
        " minute, and for the successful sign-in of each session of an account that is not kept for"
        " examinations. For three organizations chosen by chance, and for each 24th at its hour of"
        " the day, if it is not locked, these entries are opened, which the journal notes, and the"
        " roles in the organization and in its events compared with them. Passwords, recovery codes"
        " and the cookie of a session are compared with nothing."
    ),
    measures=[
        Measure("members", _("members compared with the log"), least=1),
        Measure("invitations", _("invitations compared with the log"), least=0),
        Measure("factors", _("passkeys and authenticator apps compared with the log"), least=0),
        Measure("sessions", _("sessions compared with the sign-in log"), least=0),
        Measure("unknown", _("of these, put in by somebody missing from the log"), most=0),
        Measure("roles", _("members and invitations whose roles were compared"), least=1),
        Measure("others", _("of these, with another role than the log says"), most=0),
    ],
    every=timedelta(hours=1),
    fresh_for=timedelta(hours=3),
)
def rights() -> Measurement:
    """Compare members, invitations and ways to sign in with the journal."""
    with examining() as examiner:
        found = compare(examiner)
    for organization_id in _chosen(found.entries):
        _compare_roles(organization_id, found.entries[organization_id], found)
    return Measurement(
        {
            "members": found.members,
            "invitations": found.invitations,
            "factors": found.factors,
            "sessions": found.sessions,
            "unknown": len(found.unknown),
            "roles": found.roles,
            "others": len(found.others),
        },
        [*found.unknown[:MOST_NOTES], *found.others[:MOST_NOTES]],
    )


def compare(examiner: psycopg.Connection[Any]) -> Found:
    """Look for the entry of every member, invitation and way to sign in."""
    found = Found()
    watched = [str(each) for each in (*GIVING, Action.MEMBER_REMOVE)]
    for organization_id, account_id, entry_id, action in examiner.execute(MEMBERS, [watched]):
        found.members += 1
        if entry_id is None or action == Action.MEMBER_REMOVE:
            found.unknown.append(f"{account_id} was never let into {organization_id}")
        else:
            found.entries[organization_id][account_id] = entry_id
    sent = [str(Action.MEMBER_INVITE)]
    for organization_id, invitation_id, entry_id in examiner.execute(INVITATIONS, sent):
        found.invitations += 1
        if entry_id is None:
            found.unknown.append(f"nobody of {organization_id} sent invitation {invitation_id}")
        else:
            found.entries[organization_id][invitation_id] = entry_id
    rows = examiner.execute(FACTORS).fetchall()
    added = examiner.execute(ADDED, [[str(each) for each in ADDING]]).fetchall()
    found.factors = len(rows)
    found.unknown += [f"nobody added {each}, a way to sign in" for each in _unmatched(rows, added)]
    sessions = examiner.execute(SESSIONS, [Outcome.SUCCESS, _of_examinations()]).fetchall()
    found.sessions = len(sessions)
    found.unknown += [
        f"no sign-in began session {pk} of {account_id}"
        for pk, account_id, has_begun in sessions
        if not has_begun
    ]
    return found


def _of_examinations() -> list[UUID]:
    """Return the accounts that are kept for examinations."""
    columns = ("owner_id", "administrator_id", "member_id", "door_id", "foreign_owner_id")
    rows = Probe.objects.values_list(*columns, "staff_id")
    return [account_id for row in rows for account_id in row]


def _unmatched(
    rows: Iterable[tuple[UUID, UUID]], entries: Iterable[tuple[UUID, UUID]]
) -> list[UUID]:
    """Return the rows without an entry of their account within a minute, one entry for each."""
    moments = defaultdict(list)
    for account_id, entry_id in sorted(entries, key=lambda each: each[1]):
        moments[account_id].append(_seconds(entry_id))
    left = []
    for account_id, row_id in sorted(rows, key=lambda each: each[1]):
        known, at = moments[account_id], _seconds(row_id)
        place = bisect_left(known, at - MARGIN)
        if place < len(known) and known[place] <= at + MARGIN:
            del known[place]
        else:
            left.append(row_id)
    return left


def _seconds(identifier: UUID) -> float:
    """Return when an identifier was made; what SQL makes is of any year, which no date may be."""
    return (identifier.int >> AFTER_TIME) / 1000


def _chosen(known: Iterable[UUID]) -> list[UUID]:
    """Return some organizations chosen by chance, and the part of all that has its hour now."""
    everything = sorted(known)
    some = secrets.SystemRandom().sample(everything, min(SOME, len(everything)))
    part = now().hour % PARTS
    return sorted({*some, *(each for each in everything if each.int % PARTS == part)})


def _compare_roles(organization_id: UUID, entries: dict[UUID, UUID], found: Found) -> None:
    """Open the entries of an organization, and compare the roles of those they speak of."""
    if not vault.has_keyring(organization_id):  # lost, locked or being deleted
        return
    with acting(ACTOR, organization_id) as access:
        rows: list[Membership | Invitation] = [
            *Membership.objects.prefetch_related("grants"),
            *Invitation.objects.prefetch_related("grants"),
        ]
        said = {each.pk: each for each in Entry.objects.filter(pk__in=entries.values())}
        for row in rows:
            whose = row.account_id if isinstance(row, Membership) else row.pk
            entry = said.get(entries.get(whose, whose))
            if entry is None:
                continue
            found.roles += 1
            try:
                role, grants = _given(entry)
            except VaultError:
                found.others.append(f"the entry {entry.pk} of {organization_id} cannot be opened")
                continue
            has = set(noted(each.granted for each in row.grants.all()))
            if row.role != role or not has <= grants:
                found.others.append(f"{whose} has another role in {organization_id}")
        if access.opened:
            journal.record(KernelAction.VAULT_CHECK, values=access.opened)


def _given(entry: Entry) -> tuple[str, set[str]]:
    """Return the role that an entry gives, and the roles in events, some of which may be over."""
    facts = entry.sealed.facts
    if entry.action in OWNING:
        return str(Role.OWNER), set()
    grants = facts.get("grants")
    known = grants if isinstance(grants, list) else []
    return str(facts.get("after") or facts.get("role")), set(known)
