"""The people of every test: Alice owns, Bob is on her team, Charlie must see nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import signing
from django.test import Client

from seatrobot.accounts import assurance, limits
from seatrobot.accounts.factors import codes
from seatrobot.accounts.models import Account
from seatrobot.accounts.services import create_account
from seatrobot.events.models import Activity, ActivityRecord, Event, EventRecord
from seatrobot.kernel.acting import UnitOfWork, acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.holding import process
from seatrobot.normalizing import fold
from seatrobot.organizations import members, services
from seatrobot.organizations.members import Member
from seatrobot.organizations.permissions import GRANTED_ROLES, GrantedRole, Role

PASSWORD = "correct horse battery staple"
SEATS = 540


@pytest.fixture(autouse=True)
def process_is_named(monkeypatch):
    """The journal has named this process: in a test that commits nothing it would again and again.

    The one that tests it says that it has not.
    """
    monkeypatch.setattr(process, "is_named", True)


@pytest.fixture(autouse=True)
def static_files_as_they_are(settings):
    """Pages name static files without the hashes that `collectstatic` gives them."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch):
    """Hash passwords with the same algorithm at its lowest cost."""
    for cost in ("time_cost", "parallelism"):
        monkeypatch.setattr(Argon2PasswordHasher, cost, 1)
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 8)
    cheap = {"time_cost": 1, "memory_cost": 8}
    monkeypatch.setattr(codes, "RECOVERY_COST", codes.RECOVERY_COST | cheap)


PLAIN_FACT = re.compile(r"[a-z0-9][a-z0-9:_.+/-]*|")
"""The form of a fact that is an identifier, a kind, a number or a date, and no word of a person."""
MAY_SAY_MORE = {
    "account:factor:fail": "what the library of passkeys found wrong",
    "staff:sign-in:fail": "what the library of passkeys found wrong",
    "organization:security:change": "settings, with networks and domains of the organization",
    "organization:webhook:fail": "what the web server of a webhook answered",
    "mail:message:fail": "what the mail server answered",
    "journal:log:view": "filters: identifiers and days",
    "journal:log:export": "filters: identifiers and days",
    "journal:sign-ins:view": "filters: identifiers and days",
    "journal:sign-ins:export": "filters: identifiers and days",
}


def words_of(text: str) -> set[str]:
    """Return the words of a text as they would be recognized, folded."""
    return {word for word in re.split(r"[\W\d_]+", fold(text)) if len(word) > len("and")}


@pytest.fixture(autouse=True)
def entries_name_nobody(monkeypatch):
    """Whatever a test does, an entry holds no name, address, search text or file name."""
    record, seal_record = journal.record, SealedField.seal_record
    people: set[str] = set()

    def sealed(self, pk, organization_id, what):
        for field in {"first_name", "last_name"} & set(what.__struct_fields__):
            people.update(words_of(getattr(what, field)))
        return seal_record(self, pk, organization_id, what)

    def recorded(action, **facts):
        texts = [
            text
            for name, fact in facts.items()
            if name not in {"event", "subject"}
            for text in (fact if isinstance(fact, list) else [fact])
            if isinstance(text, str)
        ]
        if action not in MAY_SAY_MORE:
            wrong = [text for text in texts if not PLAIN_FACT.fullmatch(text)]
            assert not wrong, f"an entry of {action} says {wrong}"
            named = people & {word for text in texts for word in words_of(text)}
            assert not named, f"an entry of {action} names {named}"
        return record(action, **facts)

    monkeypatch.setattr(SealedField, "seal_record", sealed)
    monkeypatch.setattr(journal, "record", recorded)


def as_(member: Member) -> AbstractContextManager[UnitOfWork]:
    """Act as a member."""
    return member.acting()


def account(name: str) -> Account:
    return create_account(email=f"{name.lower()}@seatrobot.test", name=name, password=PASSWORD)


def founder(name: str, organization: str) -> Member:
    with acting(Actor.system("tests")):
        return services.found(name=organization, owner=account(name))


def colleague(name: str, role: Role, owner: Member, events: list[UUID] | None = None) -> Member:
    with as_(owner):
        person = account(name)
        grants = [GrantedRole(role, event) for event in events or [] if role in GRANTED_ROLES]
        limited = Role.LIMITED if role in GRANTED_ROLES else role
        services.add_member(owner.organization_id, person, limited, grants)
    with acting(Actor.member(person.pk), owner.organization_id):
        member = members.load(person.pk, owner.organization_id)
    assert member is not None
    return member


@pytest.fixture
def alice(db: None) -> Member:
    return founder("Alice", "Foundation")


@pytest.fixture
def charlie(db: None) -> Member:
    return founder("Charlie", "Competitor")


@pytest.fixture
def bob(alice: Member) -> Member:
    return colleague("Bob", Role.TEAM, alice)


@pytest.fixture
def dinner(alice: Member) -> Event:
    with as_(alice):
        event = Event.objects.create(
            organization_id=alice.organization_id,
            sealed=EventRecord("Congress Dinner", "Library of Congress", "Black tie"),
            starts_at=datetime(2027, 1, 20, 23, tzinfo=UTC),
            ends_at=datetime(2027, 1, 21, 3, tzinfo=UTC),
            time_zone="America/New_York",
            created_at=now(),
        )
        Activity.objects.create(
            organization_id=alice.organization_id,
            event=event,
            capacity=SEATS,
            sealed=ActivityRecord(),
        )
        return event


@pytest.fixture
def max_(alice: Member, dinner: Event) -> Member:
    return colleague("Max", Role.MANAGER, alice, [dinner.pk])


@pytest.fixture
def vera(alice: Member, dinner: Event) -> Member:
    return colleague("Vera", Role.VIEWER, alice, [dinner.pk])


@pytest.fixture
def doris(alice: Member, dinner: Event) -> Member:
    return colleague("Doris", Role.DOOR, alice, [dinner.pk])


@pytest.fixture
def client_of(db: None) -> Callable[[Member], Client]:
    """Return a browser that is signed in as a member."""

    def sign_in(member: Member) -> Client:
        client = Client()
        client.force_login(
            Account.objects.get(pk=member.account_id),
            "seatrobot.accounts.signing_in.sessions.PasswordBackend",
        )
        session = client.session
        session[assurance.KEY] = {"methods": ["password"], "at": now().isoformat()}
        session.save()
        said = {"who": str(member.account_id)}  # as after a sign-in with this browser
        client.cookies["device"] = signing.dumps(said, salt=limits.DEVICE_SALT)
        return client

    return sign_in
