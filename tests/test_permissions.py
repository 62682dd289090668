"""The permission matrix: every URL, every role. A URL that nobody listed here fails.

Expected: a role with the permission gets past the guard; a member without it gets 403; whoever
does not see the event, or is no member, gets 404; nobody signed in is asked to sign in.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from seatrobot.accounts.factors.tests.device import ORIGIN, Device
from seatrobot.accounts.staff.tests.people import enrol, make_staff
from seatrobot.archive.feature import Permission as ArchivePermission
from seatrobot.checkin.feature import Permission as CheckinPermission
from seatrobot.conftest import as_, colleague
from seatrobot.contacts.feature import Permission as ContactPermission
from seatrobot.deletion.feature import Permission as DeletionPermission
from seatrobot.events.feature import Permission as EventPermission
from seatrobot.events.models import Activity, ActivityRecord, Event
from seatrobot.grants.feature import Permission as GrantPermission
from seatrobot.grants.tests import asks
from seatrobot.grants.tests.conftest import ask_accounts_alone, browser, staff_member
from seatrobot.guests.feature import Permission as GuestPermission
from seatrobot.kernel import features
from seatrobot.kernel.features import ByStaff, Permission
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.routes import routes
from seatrobot.organizations.feature import Permission as OrganizationPermission
from seatrobot.organizations.members import Member
from seatrobot.organizations.permissions import Role
from seatrobot.seating.feature import Permission as SeatingPermission

EVERYONE = "everyone"
SIGNED_IN = "whoever is signed in"
LINK = "whoever holds the link"
STAFF = "whoever is signed in as staff"

ASKS_MORE_INSIDE = {"seating:document", "activity-seating:document"}
"""Pages whose guard lets more people in than may have this very document."""
WITHOUT_PERMISSION = {EVERYONE, SIGNED_IN, LINK, STAFF}

TABLE: dict[str, Permission | str] = {
    "home": EVERYONE,
    "health": EVERYONE,
    "practices:json": EVERYONE,
    "practices:json-signature": EVERYONE,
    "practices:feed": EVERYONE,
    "practices:feed-signature": EVERYONE,
    "practices:badge": EVERYONE,
    "practices:badge-signature": EVERYONE,
    "practices:promise-badge": EVERYONE,
    "practices:promise-badge-signature": EVERYONE,
    "practices:oscal-catalog": EVERYONE,
    "practices:oscal-catalog-signature": EVERYONE,
    "practices:oscal-component": EVERYONE,
    "practices:oscal-component-signature": EVERYONE,
    "practices:oscal-plan": EVERYONE,
    "practices:oscal-plan-signature": EVERYONE,
    "practices:oscal-results": EVERYONE,
    "practices:oscal-results-signature": EVERYONE,
    "practices:key": EVERYONE,
    "practices:head": EVERYONE,
    "practices:head-checkpoint": EVERYONE,
    "practices:head-key": EVERYONE,
    "practices:head-ml-dsa-key": EVERYONE,
    "practices:head-tile": EVERYONE,
    "practices:contact": EVERYONE,
    "transparency:security": EVERYONE,
    "transparency:key": EVERYONE,
    "transparency:at-root": EVERYONE,
    "practices:page": EVERYONE,
    "help:index": EVERYONE,
    "help:page": EVERYONE,
    "practices:changes": EVERYONE,
    "practices:promise": EVERYONE,
    "accounts:sign-in": EVERYONE,
    "accounts:sign-out": EVERYONE,
    "accounts:sign-in-passkey": EVERYONE,
    "accounts:passkey-options": EVERYONE,
    "accounts:second-step": EVERYONE,
    "accounts:ask-for-reset": EVERYONE,
    "accounts:reset": LINK,
    "accounts:object-to-reset": LINK,
    "organizations:locked": SIGNED_IN,
    "accounts:account": SIGNED_IN,
    "accounts:confirm": SIGNED_IN,
    "accounts:confirm-options": SIGNED_IN,
    "accounts:factors": SIGNED_IN,
    "accounts:check-ways": SIGNED_IN,
    "accounts:add-passkey": SIGNED_IN,
    "accounts:add-passkey-options": SIGNED_IN,
    "accounts:add-app": SIGNED_IN,
    "accounts:recovery-codes": SIGNED_IN,
    "accounts:rename-factor": SIGNED_IN,
    "accounts:remove-factor": SIGNED_IN,
    "accounts:change-name": SIGNED_IN,
    "accounts:change-password": SIGNED_IN,
    "accounts:ask-to-confirm-address": SIGNED_IN,
    "accounts:confirm-address": SIGNED_IN,
    "accounts:end-session": SIGNED_IN,
    "accounts:not-me": SIGNED_IN,
    "accounts:end-other-sessions": SIGNED_IN,
    "staff:sign-in": EVERYONE,
    "staff:sign-in-options": EVERYONE,
    "staff:enrol": LINK,
    "staff:enrol-options": LINK,
    "devices:nonce": EVERYONE,
    "devices:enrol": EVERYONE,
    "devices:report": EVERYONE,
    "staff-devices:list": STAFF,
    "staff-devices:new": STAFF,
    "staff-devices:program": STAFF,
    "staff-devices:confirm": STAFF,
    "staff-devices:confirm-options": STAFF,
    "staff-devices:remove": STAFF,
    "staff-deletions:list": STAFF,
    "staff-providers:list": STAFF,
    "staff-providers:add": STAFF,
    "staff-providers:provider": STAFF,
    "staff-providers:record": STAFF,
    "staff-providers:end": STAFF,
    "staff-providers:drop": STAFF,
    "staff:home": STAFF,
    "staff:sign-ins": STAFF,
    "staff:sign-out": STAFF,
    "staff:confirm": STAFF,
    "staff:confirm-options": STAFF,
    "staff-organizations:list": STAFF,
    "staff-organizations:add": STAFF,
    "staff-grants:list": STAFF,
    "staff-grants:ask": STAFF,
    "staff-grants:grant": STAFF,
    "staff-grants:end": STAFF,
    "staff-grants:approve": STAFF,
    "staff-grants:code": STAFF,
    "staff-grants:review": STAFF,
    "staff-grants:pulse": STAFF,
    "visits:unmask": GrantPermission.FIELD_UNMASK,
    "staff-duties:list": STAFF,
    "staff-duties:policy": STAFF,
    "staff-duties:sign-options": STAFF,
    "staff-duties:edition": STAFF,
    "staff-duties:course": STAFF,
    "staff-duties:result": STAFF,
    "staff-people:list": STAFF,
    "staff-people:export": STAFF,
    "staff-people:person": STAFF,
    "staff-people:record-check": STAFF,
    "staff-people:confirm-check": STAFF,
    "staff-promises:list": STAFF,
    "staff-promises:promise": STAFF,
    "staff-promises:attest": STAFF,
    "staff-promises:confirm": STAFF,
    "staff-promises:sign": STAFF,
    "staff-promises:sign-options": STAFF,
    "staff:factors": STAFF,
    "staff:add-passkey": STAFF,
    "staff:add-passkey-options": STAFF,
    "staff:rename-factor": STAFF,
    "staff:remove-factor": STAFF,
    "staff:end-session": STAFF,
    "staff:end-other-sessions": STAFF,
    "deletion:organization": DeletionPermission.ORGANIZATION_DELETE,
    "deletion:cancel": DeletionPermission.ORGANIZATION_DELETE,
    "deletion:list": DeletionPermission.DELETION_VIEW,
    "deletion:member-receipt": DeletionPermission.DELETION_VIEW,
    "deletion:person": DeletionPermission.PERSON_VIEW,
    "deletion:person-archive": DeletionPermission.PERSON_VIEW,
    "deletion:erase-person": DeletionPermission.PERSON_ERASE,
    "deletion:close-request": DeletionPermission.PERSON_VIEW,
    "deletion:receipt": LINK,
    "deletion:receipt-file": LINK,
    "deletion:held": EVERYONE,
    "organizations:choose": SIGNED_IN,
    "organizations:set-up": LINK,
    "organizations:join": LINK,
    "organizations:enter": OrganizationPermission.ORGANIZATION_ENTER,
    "organizations:members": OrganizationPermission.MEMBER_VIEW,
    "organizations:invite": OrganizationPermission.MEMBER_CHANGE,
    "organizations:transfer": OrganizationPermission.ORGANIZATION_TRANSFER,
    "organizations:member": OrganizationPermission.MEMBER_CHANGE,
    "organizations:remove-member": OrganizationPermission.MEMBER_CHANGE,
    "organizations:sign-out-member": OrganizationPermission.MEMBER_CHANGE,
    "organizations:reset-factors": OrganizationPermission.MEMBER_CHANGE,
    "organizations:resend": OrganizationPermission.MEMBER_CHANGE,
    "organizations:withdraw": OrganizationPermission.MEMBER_CHANGE,
    "organizations:log": OrganizationPermission.JOURNAL_VIEW,
    "organizations:log-csv": OrganizationPermission.JOURNAL_EXPORT,
    "organizations:log-jsonl": OrganizationPermission.JOURNAL_EXPORT,
    "organizations:log-proof": OrganizationPermission.JOURNAL_EXPORT,
    "organizations:log-proof-file": OrganizationPermission.JOURNAL_EXPORT,
    "organizations:log-checkpoint": OrganizationPermission.JOURNAL_EXPORT,
    "organizations:log-sign-ins": OrganizationPermission.SIGN_INS_VIEW,
    "organizations:sign-ins-csv": OrganizationPermission.JOURNAL_EXPORT,
    "organizations:sign-ins-jsonl": OrganizationPermission.JOURNAL_EXPORT,
    "organization-practices:overview": OrganizationPermission.PRACTICES_VIEW,
    "organization-practices:exports": OrganizationPermission.PRACTICES_VIEW,
    "organization-practices:deletions": OrganizationPermission.PRACTICES_VIEW,
    "organization-practices:staff": OrganizationPermission.PRACTICES_VIEW,
    "organization-practices:notices": OrganizationPermission.PRACTICES_VIEW,
    "organization-practices:mail-me": OrganizationPermission.PRACTICES_VIEW,
    "organization-practices:add-webhook": OrganizationPermission.ORGANIZATION_CHANGE,
    "organization-practices:test-webhook": OrganizationPermission.ORGANIZATION_CHANGE,
    "organization-practices:remove-webhook": OrganizationPermission.ORGANIZATION_CHANGE,
    "practices:subscribe": EVERYONE,
    "practices:confirm-subscription": LINK,
    "practices:subscription": LINK,
    "practices:unsubscribe": LINK,
    "organizations:sent-mail": OrganizationPermission.MAIL_SENT_VIEW,
    "grants:show": GrantPermission.GRANT_VIEW,
    "grants:one": GrantPermission.GRANT_VIEW,
    "grants:download": GrantPermission.GRANT_VIEW,
    "grants:review": GrantPermission.GRANT_DECIDE,
    "grants:rule": GrantPermission.GRANT_DECIDE,
    "grants:approve": GrantPermission.GRANT_DECIDE,
    "grants:approve-options": GrantPermission.GRANT_DECIDE,
    "grants:deny": GrantPermission.GRANT_DECIDE,
    "grants:deny-options": GrantPermission.GRANT_DECIDE,
    "grants:end": GrantPermission.GRANT_DECIDE,
    "grants:end-options": GrantPermission.GRANT_DECIDE,
    "organizations:settings": OrganizationPermission.ORGANIZATION_CHANGE,
    "organizations:own-key": OrganizationPermission.ORGANIZATION_CHANGE,
    "organizations:own-key-adopt": OrganizationPermission.OWN_KEY_CHANGE,
    "organizations:own-key-give-up": OrganizationPermission.OWN_KEY_CHANGE,
    "organizations:own-key-hold": OrganizationPermission.OWN_KEY_CHANGE,
    "organizations:own-key-lock": OrganizationPermission.OWN_KEY_CHANGE,
    "organizations:security": OrganizationPermission.ORGANIZATION_CHANGE,
    "organizations:sign-out-everybody": OrganizationPermission.ORGANIZATION_CHANGE,
    "events:list": OrganizationPermission.ORGANIZATION_ENTER,
    "archive:page": ArchivePermission.ARCHIVE_MAKE,
    "archive:make": ArchivePermission.ARCHIVE_MAKE,
    "archive:progress": ArchivePermission.ARCHIVE_MAKE,
    "archive:download": ArchivePermission.ARCHIVE_MAKE,
    "archive:remove": ArchivePermission.ARCHIVE_MAKE,
    "archive:import": ArchivePermission.ARCHIVE_IMPORT,
    "contacts:list": ContactPermission.CONTACT_VIEW,
    "contacts:new": ContactPermission.CONTACT_CHANGE,
    "contacts:contact": ContactPermission.CONTACT_VIEW,
    "contacts:remove": ContactPermission.CONTACT_CHANGE,
    "events:new": EventPermission.EVENT_CREATE,
    "events:overview": EventPermission.EVENT_VIEW,
    "events:settings": EventPermission.EVENT_CHANGE,
    "events:activities": EventPermission.EVENT_CHANGE,
    "events:activity": EventPermission.EVENT_CHANGE,
    "events:delete": EventPermission.EVENT_DELETE,
    "events:deletion-day": EventPermission.EVENT_DELETE,
    "guests:list": GuestPermission.GUEST_VIEW,
    "guests:export": GuestPermission.GUEST_EXPORT,
    "guests:bulk": GuestPermission.GUEST_CHANGE,
    "guests:add": GuestPermission.GUEST_CHANGE,
    "guests:import": GuestPermission.GUEST_IMPORT,
    "guests:import-columns": GuestPermission.GUEST_IMPORT,
    "guests:import-reading": GuestPermission.GUEST_IMPORT,
    "guests:import-answers": GuestPermission.GUEST_IMPORT,
    "guests:import-check": GuestPermission.GUEST_IMPORT,
    "guests:import-problems": GuestPermission.GUEST_IMPORT,
    "guests:import-run": GuestPermission.GUEST_IMPORT,
    "guests:import-progress": GuestPermission.GUEST_IMPORT,
    "guests:import-discard": GuestPermission.GUEST_IMPORT,
    "guests:guest": GuestPermission.GUEST_VIEW,
    "guests:columns": GuestPermission.GUEST_CHANGE,
    "guests:column": GuestPermission.GUEST_CHANGE,
    "guests:together": GuestPermission.GUEST_CHANGE,
    "guests:history": OrganizationPermission.JOURNAL_VIEW,
    "guests:contact": GuestPermission.GUEST_CHANGE,
    "guests:arrival": GuestPermission.GUEST_CHANGE,
    "guests:delivery": GuestPermission.GUEST_CHANGE,
    "guests:remove": GuestPermission.GUEST_CHANGE,
    "guests:plus-one": GuestPermission.GUEST_CHANGE,
    "guests:party": GuestPermission.GUEST_CHANGE,
    "seating:plan": SeatingPermission.SEATING_VIEW,
    "seating:list": SeatingPermission.SEATING_VIEW,
    "seating:state": SeatingPermission.SEATING_VIEW,
    "seating:values": SeatingPermission.SEATING_VIEW,
    "seating:setup": SeatingPermission.SEATING_VIEW,
    "seating:result": SeatingPermission.SEATING_VIEW,
    "seating:guest": SeatingPermission.SEATING_CHANGE,
    "seating:card": SeatingPermission.SEATING_VIEW,
    "seating:standing": SeatingPermission.SEATING_VIEW,
    "seating:robot": SeatingPermission.SEATING_CHANGE,
    "seating:accept": SeatingPermission.SEATING_CHANGE,
    "seating:leave": SeatingPermission.SEATING_CHANGE,
    "seating:place": SeatingPermission.SEATING_CHANGE,
    "seating:unseat": SeatingPermission.SEATING_CHANGE,
    "seating:lock": SeatingPermission.SEATING_CHANGE,
    "seating:clear": SeatingPermission.SEATING_CHANGE,
    "seating:undo": SeatingPermission.SEATING_CHANGE,
    "seating:redo": SeatingPermission.SEATING_CHANGE,
    "seating:arrange": SeatingPermission.SEATING_CHANGE,
    "seating:add-tables": SeatingPermission.SEATING_CHANGE,
    "seating:remove-tables": SeatingPermission.SEATING_CHANGE,
    "seating:renumber": SeatingPermission.SEATING_CHANGE,
    "seating:table": SeatingPermission.SEATING_CHANGE,
    "seating:new-rule": SeatingPermission.SEATING_CHANGE,
    "seating:rule": SeatingPermission.SEATING_CHANGE,
    "seating:remove-rule": SeatingPermission.SEATING_CHANGE,
    "seating:party": SeatingPermission.SEATING_CHANGE,
    "seating:documents": SeatingPermission.SEATING_PRINT,
    "seating:document": SeatingPermission.SEATING_EXPORT,
    "checkin:door": CheckinPermission.CHECKIN_USE,
    "checkin:search": CheckinPermission.CHECKIN_USE,
    "checkin:counts": CheckinPermission.CHECKIN_USE,
    "checkin:check-in": CheckinPermission.CHECKIN_USE,
    "checkin:check-in-party": CheckinPermission.CHECKIN_USE,
    "checkin:undo": CheckinPermission.CHECKIN_USE,
    "checkin:admit": CheckinPermission.CHECKIN_ADMIT,
    "checkin:walk-in": CheckinPermission.CHECKIN_ADMIT,
}
TABLE |= {
    f"activity-{name}": wanted
    for name, wanted in TABLE.items()
    if name.startswith(("seating:", "checkin:"))
}
"""The same pages of a further activity of an event."""

EVERY_ROLE = {*Role} - {Role.LIMITED}
SEES = EVERY_ROLE - {Role.DOOR}
RUNS_EVENTS = {Role.OWNER, Role.ADMINISTRATOR, Role.TEAM, Role.MANAGER}
RUNS_ALL_EVENTS = RUNS_EVENTS - {Role.MANAGER}
RUNS_ORGANIZATION = {Role.OWNER, Role.ADMINISTRATOR}
MAY = {
    ArchivePermission.ARCHIVE_IMPORT: RUNS_ORGANIZATION,
    ArchivePermission.ARCHIVE_MAKE: RUNS_ORGANIZATION,
    CheckinPermission.CHECKIN_ADMIT: EVERY_ROLE - {Role.VIEWER, Role.DOOR},
    CheckinPermission.CHECKIN_USE: EVERY_ROLE - {Role.VIEWER},
    ContactPermission.CONTACT_CHANGE: RUNS_ALL_EVENTS,
    ContactPermission.CONTACT_VIEW: RUNS_ALL_EVENTS,
    DeletionPermission.DELETION_VIEW: {Role.OWNER, Role.ADMINISTRATOR},
    DeletionPermission.ORGANIZATION_DELETE: {Role.OWNER},
    DeletionPermission.PERSON_ERASE: {Role.OWNER, Role.ADMINISTRATOR},
    DeletionPermission.PERSON_VIEW: {Role.OWNER, Role.ADMINISTRATOR},
    EventPermission.ACTIVITY_REMOVE: RUNS_EVENTS,
    EventPermission.EVENT_CHANGE: RUNS_EVENTS,
    EventPermission.EVENT_CREATE: RUNS_ALL_EVENTS,
    EventPermission.EVENT_DELETE: RUNS_ALL_EVENTS,
    EventPermission.EVENT_VIEW: SEES,
    GrantPermission.FIELD_UNMASK: set(),
    GuestPermission.GUEST_CHANGE: RUNS_EVENTS,
    GuestPermission.GUEST_EXPORT: RUNS_EVENTS,
    GuestPermission.GUEST_IMPORT: RUNS_EVENTS,
    GuestPermission.GUEST_VIEW: SEES,
    GuestPermission.SPECIAL_VIEW: RUNS_EVENTS,
    OrganizationPermission.JOURNAL_EXPORT: RUNS_ORGANIZATION,
    OrganizationPermission.JOURNAL_VIEW: RUNS_ORGANIZATION,
    OrganizationPermission.MAIL_SENT_VIEW: RUNS_ORGANIZATION,
    OrganizationPermission.MEMBER_CHANGE: RUNS_ORGANIZATION,
    OrganizationPermission.MEMBER_VIEW: RUNS_ORGANIZATION,
    OrganizationPermission.ORGANIZATION_CHANGE: RUNS_ORGANIZATION,
    OrganizationPermission.ORGANIZATION_ENTER: {*Role},
    OrganizationPermission.ORGANIZATION_TRANSFER: {Role.OWNER},
    OrganizationPermission.OWN_KEY_CHANGE: {Role.OWNER},
    GrantPermission.GRANT_DECIDE: {Role.OWNER, Role.ADMINISTRATOR},
    GrantPermission.GRANT_VIEW: {Role.OWNER, Role.ADMINISTRATOR},
    OrganizationPermission.PRACTICES_VIEW: RUNS_ORGANIZATION,
    OrganizationPermission.SIGN_INS_VIEW: RUNS_ORGANIZATION,
    SeatingPermission.SEATING_CHANGE: RUNS_EVENTS,
    SeatingPermission.SEATING_EXPORT: RUNS_EVENTS,
    SeatingPermission.SEATING_PRINT: SEES,
    SeatingPermission.SEATING_VIEW: SEES,
}
"""Written out a second time on purpose: a slip in permissions.py shows here."""

WORDS = {
    "practices:promise": {"promise": "access.signins"},
    "accounts:reset": {"token": "wrong"},
    "accounts:object-to-reset": {"token": "wrong"},
    "accounts:confirm-address": {"token": "wrong"},
    "staff-duties:edition": {"number": 1},
    "staff-promises:promise": {"promise": "access.signins"},
    "staff-promises:attest": {"promise": "access.signins"},
    "staff-promises:confirm": {"promise": "access.signins"},
    "staff-promises:sign": {"promise": "access.signins"},
    "staff-promises:sign-options": {"promise": "access.signins"},
    "staff:enrol": {"token": "wrong"},
    "staff:enrol-options": {"token": "wrong"},
    "deletion:receipt": {"token": "wrong"},
    "deletion:receipt-file": {"token": "wrong"},
    "organizations:set-up": {"token": "wrong"},
    "organizations:join": {"token": "wrong"},
    "practices:confirm-subscription": {"token": "wrong"},
    "practices:subscription": {"signature": "wrong"},
    "practices:unsubscribe": {"signature": "wrong"},
    "guests:export": {"kind": "csv"},
    "help:page": {"topic": "archive"},
    "practices:head-tile": {"path": "0/000"},
    "practices:promise-badge": {"promise": "transparency.contact"},
    "practices:promise-badge-signature": {"promise": "transparency.contact"},
    "seating:new-rule": {"kind": "apart"},
    "seating:document": {"name": "plan.csv"},
    "activity-seating:new-rule": {"kind": "apart"},
    "activity-seating:document": {"name": "plan.csv"},
}
"""What stands in an address besides identifiers."""

GUARDED = {name: wanted for name, wanted in TABLE.items() if isinstance(wanted, Permission)}
EVENT_PAGES = {"guests", "seating", "activity-seating", "checkin", "activity-checkin"}
OF_EVENT = {name for name in GUARDED if name.split(":")[0] in EVENT_PAGES} | {
    "events:overview",
    "events:settings",
    "events:activities",
    "events:activity",
    "events:delete",
    "events:deletion-day",
}

OF_STAFF = {name for name, wanted in TABLE.items() if wanted == STAFF}

Answers = dict[str, int | str]


def urls(resolver: URLResolver | None = None, space: str = "") -> dict[str, set[str]]:
    """Return every named URL of the site with the names of its arguments."""
    found: dict[str, set[str]] = {}
    for pattern in (resolver or get_resolver()).url_patterns:
        here = set(pattern.pattern.converters)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            found |= {name: here | below for name, below in urls(pattern, inner).items()}
        else:
            found[f"{space}{pattern.name}"] = here
    return found


def address(name: str, event: Event) -> str:
    """Return the URL with the event's identifiers, and a made-up one for anything below it."""
    known = {"organization": event.organization_id, "event_id": event.pk, **WORDS.get(name, {})}
    known["activity"] = getattr(event, "ceremony_id", None)
    return reverse(name, kwargs={part: known.get(part) or new_id() for part in urls()[name]})


def has_made_up_parts(name: str) -> bool:
    return bool(urls()[name] - {"organization", "event", "activity", *WORDS.get(name, {})})


def ask(client: Client, name: str, event: Event) -> Answers:
    """Ask with GET and POST; return what came back where the method is allowed."""
    url = address(name, event)
    answers = {"GET": client.get(url), "POST": client.post(url)}
    asked = {
        method: "sign in" if _asks_to_sign_in(answer) else answer.status_code
        for method, answer in answers.items()
        if answer.status_code != 405
    }
    assert asked, f"{name} answers neither GET nor POST"
    return asked


def _asks_to_sign_in(answer) -> bool:
    places = ("/sign-in/", "/staff/sign-in/")
    return answer.status_code == 302 and answer["Location"].startswith(places)


def passes(name: str, answers: Answers) -> bool:
    """Whether the guard let somebody in; what is made up, or missing in a POST, is not there."""
    refusals = {401, 403, "sign in"}
    if not has_made_up_parts(name) and answers.get("GET") == 404:
        return False
    return refusals.isdisjoint(answers.values())


def wrong(names, client: Client, event: Event, is_right: Callable[[str, Answers], bool]) -> Answers:
    answers = {name: ask(client, name, event) for name in names}
    return {name: said for name, said in answers.items() if not is_right(name, said)}


def always(*expected: int | str) -> Callable[[str, Answers], bool]:
    return lambda _name, answers: {*answers.values()} <= {*expected}


def staff_client() -> Client:
    """Return a browser that Dana of the staff is signed in with."""
    client, device = Client(), Device()
    assert enrol(client, make_staff(), device).status_code == 302
    return client


@pytest.fixture(autouse=True)
def known_address(settings):
    settings.BASE_URL = ORIGIN


@pytest.fixture
def dinner(alice: Member, dinner: Event) -> Event:
    """The dinner with a second activity."""
    with as_(alice):
        ceremony = Activity.objects.create(
            organization_id=alice.organization_id,
            event=dinner,
            position=1,
            sealed=ActivityRecord("Ceremony"),
        )
    dinner.ceremony_id = ceremony.pk
    return dinner


@pytest.fixture
def gala(alice: Member, dinner: Event) -> Event:
    """Another event of the same organization, that no scoped member sees."""
    with as_(alice):
        row = Event.objects.get(pk=dinner.pk)
        row.pk, row.sealed = new_id(), row.sealed  # sealed again, for the new row
        row.save(force_insert=True)
        row.activities.create(organization_id=row.organization_id, sealed=ActivityRecord())
    return row


@pytest.fixture
def member_as(alice: Member, dinner: Event) -> Callable[[Role], Member]:
    def load(role: Role) -> Member:
        return alice if role == Role.OWNER else colleague(role.name, role, alice, [dinner.pk])

    return load


def test_every_url_is_listed():
    assert urls().keys() == TABLE.keys()


def test_every_url_declares_whom_it_is_meant_for():
    """The examination of the running web asks by what is declared; here it is written again."""
    declared = {each.name: each.permission or each.audience for each in routes()}
    audiences = {EVERYONE: "everybody", LINK: "whoever holds the link", STAFF: "staff"}
    wanted = {
        name: audiences.get(each, SIGNED_IN) if each in WITHOUT_PERMISSION else str(each)
        for name, each in TABLE.items()
    }
    differing = {name for name in TABLE if declared.get(name) != wanted[name]}
    assert declared.keys() == TABLE.keys()
    assert differing == ASKS_MORE_INSIDE


def test_the_roles_are_as_designed():
    assert {p: p.roles for p in features.permissions()} == MAY


def test_an_event_in_the_address_is_known_to_this_test():
    assert {name for name, parts in urls().items() if "event_id" in parts} == OF_EVENT


@pytest.mark.parametrize("role", [role for role in Role if role in EVERY_ROLE])
def test_a_role_with_the_permission_gets_in(role, member_as, client_of, dinner):
    allowed = [name for name, permission in GUARDED.items() if role in MAY[permission]]
    assert wrong(allowed, client_of(member_as(role)), dinner, passes) == {}


@pytest.mark.parametrize("role", [role for role in Role if role in EVERY_ROLE - {Role.OWNER}])
def test_a_member_without_the_permission_is_refused(role, member_as, client_of, dinner):
    forbidden = [name for name, permission in GUARDED.items() if role not in MAY[permission]]
    assert wrong(forbidden, client_of(member_as(role)), dinner, always(403)) == {}


@pytest.mark.parametrize("role", [Role.MANAGER, Role.VIEWER, Role.DOOR])
def test_an_event_of_others_is_not_there(role, member_as, client_of, gala):
    assert wrong(OF_EVENT, client_of(member_as(role)), gala, always(404)) == {}


def test_a_member_of_no_event_enters_and_finds_none(alice, client_of, dinner):
    client = client_of(colleague("Lisa", Role.LIMITED, alice))
    assert wrong(OF_EVENT, client, dinner, always(404)) == {}
    enter = OrganizationPermission.ORGANIZATION_ENTER
    entered = {name for name, wanted in GUARDED.items() if wanted == enter}
    assert wrong(entered, client, dinner, passes) == {}
    assert wrong(GUARDED.keys() - OF_EVENT - entered, client, dinner, always(403)) == {}


def test_nothing_of_another_organization_is_there(client_of, charlie, dinner):
    assert wrong(GUARDED, client_of(charlie), dinner, always(404)) == {}


def test_an_event_under_another_organization_is_not_there(client_of, charlie, dinner):
    """Charlie's own organization in the address, and Alice's event behind it."""
    dinner.organization_id = charlie.organization_id
    assert (
        wrong(
            OF_EVENT - {"checkin:counts", "activity-checkin:counts"},
            client_of(charlie),
            dinner,
            always(404),
        )
        == {}
    )


def test_nobody_is_asked_to_sign_in(client_of, dinner):
    names = [*GUARDED, *(name for name, wanted in TABLE.items() if wanted == SIGNED_IN)]
    assert wrong(names, Client(), dinner, always("sign in")) == {}


def test_nobody_is_asked_for_a_passkey_of_staff(dinner):
    assert wrong(OF_STAFF, Client(), dinner, always("sign in")) == {}
    for name in OF_STAFF:
        answer = Client().get(address(name, dinner))
        if answer.status_code != 405:
            assert answer["Location"].startswith("/staff/sign-in/?next=/staff/")


@pytest.mark.parametrize("role", Role)
def test_no_member_of_any_role_opens_a_page_of_staff(role, member_as, client_of, dinner):
    assert wrong(OF_STAFF, client_of(member_as(role)), dinner, always("sign in")) == {}


def test_staff_open_the_pages_of_staff_and_no_other(dinner):
    client = staff_client()
    assert wrong(OF_STAFF - {"staff:sign-out"}, client, dinner, passes) == {}
    others = [*GUARDED, *(name for name, wanted in TABLE.items() if wanted == SIGNED_IN)]
    assert wrong(others, client, dinner, always("sign in")) == {}
    assert client.post(address("staff:sign-out", dinner))["Location"] == "/staff/sign-in/"
    assert wrong(OF_STAFF, client, dinner, always("sign in")) == {}


STAFF_MAY = {
    ByStaff.READING: {
        EventPermission.EVENT_VIEW,
        GrantPermission.FIELD_UNMASK,
        GuestPermission.GUEST_VIEW,
        OrganizationPermission.ORGANIZATION_ENTER,
        SeatingPermission.SEATING_VIEW,
    },
    ByStaff.EVERYWHERE: {ContactPermission.CONTACT_VIEW, OrganizationPermission.JOURNAL_VIEW},
    ByStaff.CHANGING: {EventPermission.EVENT_CHANGE, SeatingPermission.SEATING_CHANGE},
}
"""Written out a second time on purpose; all else staff never may, whatever their grant says."""


def test_what_staff_may_is_as_designed():
    found = {kind: {p for p in features.permissions() if p.by_staff == kind} for kind in STAFF_MAY}
    assert found == STAFF_MAY


@pytest.mark.parametrize("may_change", [False, True])
def test_on_a_visit_every_page_that_staff_may_not_open_is_refused(dinner, monkeypatch, may_change):
    ask_accounts_alone(monkeypatch)
    staff = staff_member("Dana").pk
    grant = asks.ask(staff, dinner.organization_id, may_change=may_change)
    client = browser(staff)
    kinds = {ByStaff.READING, ByStaff.EVERYWHERE} | ({ByStaff.CHANGING} if may_change else set())
    opens = set().union(*(STAFF_MAY[kind] for kind in kinds))
    wrong = {}
    for name, wanted in GUARDED.items():
        url = f"/staff/visit/{grant.pk}{address(name, dinner)}"
        shown, sent = client.get(url).status_code, client.post(url).status_code
        if wanted in opens:
            wrong |= {name: shown} if shown == 403 else {}
        elif {shown, sent} - {403, 405}:
            wrong[name] = (shown, sent)
    assert wrong == {}


def test_a_wrong_link_opens_nothing(client_of, dinner):
    names = [name for name, wanted in TABLE.items() if wanted == LINK]
    assert wrong(names, Client(), dinner, always(404, 410)) == {}


def test_a_script_of_a_page_is_told_to_sign_in(dinner):
    answer = Client(headers={"HX-Request": "true"}).get(address("guests:list", dinner))
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in/")


def test_whoever_only_checks_in_stands_at_the_door_at_once(member_as, client_of, dinner):
    door = client_of(member_as(Role.DOOR)).get("/organizations/", follow=True)
    assert door.redirect_chain[-1] == (address("checkin:door", dinner), 302)


def test_whoever_checks_in_at_several_events_chooses_the_door(alice, client_of, dinner, gala):
    doris = colleague("Doris", Role.DOOR, alice, [dinner.pk, gala.pk])
    page = client_of(doris).get(address("events:list", dinner)).content.decode()
    assert address("checkin:door", dinner) in page
    assert f'"{address("events:overview", dinner)}"' not in page
