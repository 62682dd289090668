"""The probe organization, in which examinations do what people do.

It is made when it is first needed, with a keyring and a journal stream of its own. Its accounts
have no password, and addresses to which no mail is sent. Nobody else is its member, so nobody else
sees it. After each examination everything written in it is deleted, except the logs. Which it is
stands in a row, so before anything is deleted or signed in, what the row names is compared with
what the vault and the journal say of it (`_require_ours`).
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.utils.translation import gettext as _

from seatrobot.accounts import assurance
from seatrobot.accounts import services as accounts
from seatrobot.accounts.feature import Action as Accounts
from seatrobot.accounts.mail import NOWHERE
from seatrobot.accounts.models import Account, Session, StaffMember
from seatrobot.accounts.signing_in.sessions import SessionStore
from seatrobot.accounts.staff.sessions import StaffSessionStore
from seatrobot.contacts.models import Contact
from seatrobot.events import services as events
from seatrobot.events.models import Event
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Operator, Principal
from seatrobot.kernel.promises.declaring import CannotMeasure, NotSetUp
from seatrobot.kernel.promises.services import ACTOR, recording
from seatrobot.kernel.vault import own, sheets
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations import members, services
from seatrobot.organizations.feature import Action
from seatrobot.organizations.members import Member
from seatrobot.organizations.models import Membership, SentMail
from seatrobot.organizations.permissions import GrantedRole, Role
from seatrobot.organizations.security.models import SecuritySettings
from seatrobot.organizations.services.founding import give
from seatrobot.practices.checks.browser import Browser
from seatrobot.practices.models import Probe

LOCK = 7166_0002
IN_USE = threading.Lock()
"""Held while an examination uses the organization: a timed-out one may go on in its thread.

Other processes are excluded by the lock of all examinations.
"""
WAIT_SECONDS = 10
ANOTHER, STAFF = "another", "staff"
"""In the addresses of accounts that have no role: of the other organization's owner, and staff."""
MADE_BY = """
    SELECT actor_kind, actor_name FROM journal_entry WHERE organization_id = %s AND action = %s
"""
BACKEND = "seatrobot.accounts.signing_in.sessions.PasswordBackend"


@dataclass(frozen=True, slots=True)
class ProbeOrganization:
    """The organization and its members, while an examination uses it.

    door: a member who has a role in no event until `at_the_door` gives one. foreign: the owner of
    another organization. staff_id: an account of staff that is disabled unless pages are asked.
    """

    organization_id: UUID
    owner: Member
    administrator: Member
    member: Principal
    door: Member
    foreign: Member
    staff_id: UUID

    def path(self, rest: str) -> str:
        return f"/o/{self.organization_id}/{rest}"


@contextmanager
def probe_organization() -> Iterator[ProbeOrganization]:
    """Provide the probe organization; it is cleaned before and after."""
    row = _row()
    if not IN_USE.acquire(timeout=WAIT_SECONDS):
        raise CannotMeasure(_("An earlier examination has not come to its end yet."))
    try:
        with _cleaned(row) as probe:
            yield probe
    finally:
        IN_USE.release()


@contextmanager
def _cleaned(row: Probe) -> Iterator[ProbeOrganization]:
    _unlock(row)
    _require_ours(row)
    _clean(row)
    try:
        yield ProbeOrganization(
            row.organization_id,
            _load(row, row.owner_id),
            _load(row, row.administrator_id),
            _load(row, row.member_id),
            _load(row, row.door_id),
            _load_from(row.foreign_organization_id, row.foreign_owner_id),
            row.staff_id,
        )
    finally:
        _clean(row)


def own_secret(organization_id: UUID) -> bytes:
    """Return the secret of the probe organization's own key: the same in each examination."""
    parts = (f"own key of the probe {organization_id} {number}" for number in (1, 2))
    return b"".join(vault.blind_index(PLATFORM, part) for part in parts)


def _unlock(row: Probe) -> None:
    """Unlock the organization where an examination was ended while it was locked."""
    state = own.state(row.organization_id)
    if state is not None and state.is_locked:
        secret = own_secret(row.organization_id)
        own.unlock(row.organization_id, sheets.make(secret, need=1, of=1)[0])


def account_of(member: Principal) -> Account:
    """Return the account of a member of the probe organization."""
    assert member.account_id is not None
    return Account.objects.get(pk=member.account_id)


def browser_of(member: Principal, *methods: str) -> Browser:
    """Return a browser in which a member of the probe organization is signed in.

    methods: the factors shown. The session is made here without a sign-in, so none is logged.
    """
    key = _session(SessionStore(), account_of(member), methods)
    return Browser({settings.SESSION_COOKIE_NAME: key})


def _session(store: SessionStore, account: Account, methods: Iterable[str]) -> str:
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = BACKEND
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store[assurance.KEY] = {"methods": sorted(methods), "at": now().isoformat()}
    store.save()
    return store.session_key or ""


@contextmanager
def as_staff(probe: ProbeOrganization) -> Iterator[Browser]:
    """Give a browser with sessions of staff for both areas, which shows them everywhere.

    The account is disabled, unless in `as_enabled_staff`: the database lets nobody on the staff in
    without a background check, and no check may be made up.
    """
    account = Account.objects.get(pk=probe.staff_id)
    cookies = {
        settings.STAFF_COOKIE_NAME: _session(StaffSessionStore(), account, ["passkey"]),
        settings.SESSION_COOKIE_NAME: _session(SessionStore(), account, ["passkey"]),
    }
    try:
        with Browser(cookies) as browser:
            yield browser
    finally:
        Session.objects.filter(account_id=probe.staff_id).delete()


@contextmanager
def as_enabled_staff(probe: ProbeOrganization) -> Iterator[Browser]:
    """Give such a browser while the account is enabled, which the block ends.

    Nobody can sign in with it: it has no passkey. What it has of grants goes with the block, and so
    it does before the next examination where this one was killed. The journal has both changes.
    """
    _enable(probe.staff_id, enabled=True)
    try:
        with as_staff(probe) as browser:
            yield browser
    finally:
        _enable(probe.staff_id, enabled=False)


def _enable(staff_id: UUID, *, enabled: bool) -> None:
    """Enable the account of staff or disable it, as the role that inserts evidence."""
    action = Accounts.STAFF_ENABLE if enabled else Accounts.STAFF_DISABLE
    with acting(ACTOR):
        journal.record(action, subject_id=staff_id)
        with recording(), connection.cursor() as cursor:
            cursor.execute("SELECT practices_probe_staff(%s)", [enabled])


def at_the_door(probe: ProbeOrganization, event: Event) -> Browser:
    """Return a browser of a member who checks guests in at this event, and sees no other."""
    assert probe.door.account_id is not None
    with acting(ACTOR, probe.organization_id):
        place = Membership.objects.get(account_id=probe.door.account_id)
        grant = GrantedRole(Role.DOOR, event.pk)
        give([grant], organization_id=probe.organization_id, membership=place)
    return browser_of(probe.door, "password")


def session_of(browser: Browser) -> Session:
    """Return the stored session of a browser that `browser_of` made."""
    store = SessionStore(browser.cookies[settings.SESSION_COOKIE_NAME])
    store.load()
    assert store.row is not None
    return store.row


@contextmanager
def with_password(member: Principal) -> Iterator[tuple[str, str]]:
    """Give a member's account a password for the block; yields address and password."""
    account, password = account_of(member), secrets.token_urlsafe(32)
    with acting(member.actor):
        address = account.sealed.email
    account.set_password(password)
    account.save(update_fields=["password"])
    try:
        yield address, password
    finally:
        account.set_unusable_password()
        account.save(update_fields=["password"])


def _row() -> Probe:
    row = Probe.objects.first()
    if row is not None:
        return row
    with examining() as examiner:
        if not examiner.execute("SELECT 1 FROM organizations_organization LIMIT 1").fetchone():
            raise NotSetUp(_("No organization uses this instance yet."))
    with acting(ACTOR):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        return Probe.objects.first() or _make()


def _make() -> Probe:
    people = {
        role: _account(str(role))
        for role in (Role.OWNER, Role.ADMINISTRATOR, Role.TEAM, Role.LIMITED)
    }
    owner = services.found(name="Probe", owner=people[Role.OWNER])
    with acting(ACTOR, owner.organization_id):
        for role in (Role.ADMINISTRATOR, Role.TEAM, Role.LIMITED):
            services.add_member(owner.organization_id, people[role], role)
    another = _account(ANOTHER)
    foreign = services.found(name="Probe (another)", owner=another)
    staff = _account(STAFF)
    StaffMember.objects.create(account=staff, created_at=now(), is_enabled=False)
    return Probe.objects.create(
        organization_id=owner.organization_id,
        owner_id=people[Role.OWNER].pk,
        administrator_id=people[Role.ADMINISTRATOR].pk,
        member_id=people[Role.TEAM].pk,
        door_id=people[Role.LIMITED].pk,
        foreign_organization_id=foreign.organization_id,
        foreign_owner_id=another.pk,
        staff_id=staff.pk,
    )


def _account(what: str) -> Account:
    account = accounts.create_account(
        email=f"{what}{NOWHERE}",
        name=f"Probe ({what})",
        password=secrets.token_urlsafe(32),
    )
    account.set_unusable_password()
    account.save(update_fields=["password"])
    return account


def _load(row: Probe, account_id: UUID) -> Member:
    return _load_from(row.organization_id, account_id)


def _load_from(organization_id: UUID, account_id: UUID) -> Member:
    with acting(ACTOR, organization_id):
        member = members.load(account_id, organization_id)
    assert member is not None
    return member


def _require_ours(row: Probe) -> None:
    """Raise CannotMeasure unless all that the row names was made by `_make`.

    Each account has its address, in the blind index and in the sealed record. They alone are the
    members of the organizations, and the journal names nobody else who made these: the application
    cannot remove an entry, so an organization of somebody keeps the one of its own making.
    """
    people = {
        str(Role.OWNER): row.owner_id,
        str(Role.ADMINISTRATOR): row.administrator_id,
        str(Role.TEAM): row.member_id,
        str(Role.LIMITED): row.door_id,
        ANOTHER: row.foreign_owner_id,
        STAFF: row.staff_id,
    }
    members_of = {
        row.organization_id: {row.owner_id, row.administrator_id, row.member_id, row.door_id},
        row.foreign_organization_id: {row.foreign_owner_id},
    }
    is_ours = all(_has_address(account_id, what) for what, account_id in people.items()) and all(
        _was_made_here(organization_id, known) for organization_id, known in members_of.items()
    )
    if not is_ours:
        raise CannotMeasure(
            _(
                "The organization kept for examinations is not the one that they made."
                " Nothing in it was touched."
            )
        )


def _has_address(account_id: UUID, what: str) -> bool:
    """Return whether an account is the one that was made for this; opens no other's address."""
    with acting(ACTOR):
        account = accounts.find(f"{what}{NOWHERE}")
        return (
            account is not None
            and account.pk == account_id
            and account.sealed.email == f"{what}{NOWHERE}"
        )


def _was_made_here(organization_id: UUID, known: set[UUID]) -> bool:
    """Return whether these are the members, and no entry says that somebody else made it.

    An entry that is missing is for `confidentiality.logged` to find.
    """
    with acting(ACTOR, organization_id):
        if set(Membership.objects.values_list("account_id", flat=True)) != known:
            return False
    with examining() as examiner:
        made = examiner.execute(MADE_BY, [organization_id, Action.ORGANIZATION_CREATE]).fetchall()
    return set(made) <= {(ACTOR.kind.value, ACTOR.name)}


def _clean(row: Probe) -> None:
    people = [row.owner_id, row.administrator_id, row.member_id, row.door_id]
    people += [row.foreign_owner_id, row.staff_id]
    if StaffMember.objects.filter(pk=row.staff_id, is_enabled=True).exists():
        _enable(row.staff_id, enabled=False)
    with acting(ACTOR, row.organization_id):
        Session.objects.filter(account_id__in=people).delete()
        SecuritySettings.objects.filter(organization_id=row.organization_id).delete()
        SentMail.objects.filter(organization_id=row.organization_id).delete()
        Contact.objects.filter(organization_id=row.organization_id).delete()
        team = Membership.objects.filter(account_id=row.member_id)
        for place in team.exclude(role=Role.TEAM):
            journal.record(
                Action.MEMBER_CHANGE,
                subject_id=row.member_id,
                before=place.role,
                after=str(Role.TEAM),
            )
            team.update(role=Role.TEAM)
        actor = Operator(actor=ACTOR, organization_id=row.organization_id)
        for event in Event.objects.filter(organization_id=row.organization_id):
            events.delete(actor=actor, event=event, typed_title=event.title)
