"""Every job: what leaves by mail, webhook or file leaves after the entry of what it read.

A job that nobody listed here fails. Each runs as the queue runs it, with data to read. Whatever the
process sends or writes is noticed where Python does it (audit hooks), so it does not matter whose
code does it.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from procrastinate.contrib.django import app

from seatrobot.accounts.factors.services import Notice
from seatrobot.accounts.models import Account, PendingReset, SignIn, SignInRecord
from seatrobot.accounts.staff.tests.conftest import dana, key, known_address, link  # noqa: F401
from seatrobot.accounts.staff.tests.people import account_of
from seatrobot.agent import protocol
from seatrobot.archive import services as archives
from seatrobot.archive.tests.organizations import archive_of
from seatrobot.conftest import as_
from seatrobot.deletion.models import Alert, Deletion, DeletionRecord, Kind, State
from seatrobot.devices.models import Device
from seatrobot.devices.tests.laptop import enrolled
from seatrobot.grants.tests.asks import ago, stored
from seatrobot.guests.models import Import
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import job
from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises.models import Change
from seatrobot.kernel.unit_of_work import current_or_none
from seatrobot.kernel.vault import resealing
from seatrobot.kernel.vault.keyring import Keyring
from seatrobot.organizations import mail
from seatrobot.personnel import reminding
from seatrobot.practices.subscribing import webhooks
from seatrobot.practices.subscribing.models import AddressRecord, Pending, Subscriber
from seatrobot.practices.subscribing.tests.conftest import (
    doors,  # noqa: F401
    postbox,  # noqa: F401
    receiver,  # noqa: F401
    run_jobs,  # noqa: F401
)
from seatrobot.practices.subscribing.tests.test_by_mail import subscribe
from seatrobot.providers.models import Certificate, Provider
from seatrobot.seating.services import robot
from seatrobot.seating.tests.conftest import activity_of, furnish, invite

STARTS_ANOTHER = "has the process above start the examiner, which reads as itself"
NOT_RUN = {"promises.examine": STARTS_ANOTHER, "promises.examine-due": STARTS_ANOTHER}
OPENS_NOTHING = {
    "accounts.purge-expired": "deletes rows by their dates",
    "accounts.purge-kept-mail": "deletes files by their dates",
    "deletion.advance": "nothing is being deleted here: deletion/tests",
    "deletion.advance-all": "nothing is being deleted here: deletion/tests",
    "devices.purge": "deletes rows by their dates",
    "devices.remind": "when laptops reported; asks for mails",
    "events.delete-due": "no event has a day here: events/tests",
    "grants.sweep": "ends grants by the clock and by conditions",
    "guests.import-purge": "deletes an upload unopened",
    "heads.make": "signs hashes",
    "heads.witness": "shows hashes",
    "jobs.rescue": "rows of the queue",
    "journal.sequence": "hashes",
    "keys.renew": "makes keys, and asks for the work",
    "keys.settle": "wrapped keyrings, as files",
    "organizations.purge": "deletes rows by their dates",
    "organizations.reset-factors": "removes factors, and asks for a mail",
    "personnel.remind": "days of duties",
    "promises.thin": "deletes evidence by its dates",
    "providers.warn": "days of certificates",
    "subscribing.alive": "asks for mails",
    "subscribing.delete-unconfirmed": "deletes rows by their dates",
    "subscribing.tell": "asks for mails and posts",
    "subscribing.tell-support-access": "asks for posts",
}
"""What reads no sealed record, and why."""
SENDS = {
    *("accounts.mail-reset-link", "accounts.mail-address-link", "accounts.mail-factor-notice"),
    *("accounts.mail-reset-warning", "accounts.mail-new-origin", "accounts.mail-disowned"),
    *("deletion.mail-alert", "deletion.mail-receipt", "devices.tell-owner", "devices.tell-silence"),
    *("grants.tell-holder", "organizations.deliver-mail"),
    *("personnel.mail-reminders", "providers.mail-warning", "subscribing.deliver"),
    *("subscribing.deliver-support-access", "subscribing.mail", "subscribing.mail-alive"),
    "subscribing.send-confirmation",
}
SENDING = {"socket.connect", "socket.sendto", "socket.sendmsg", "subprocess.Popen"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Watch:
    """Notices what this thread sends and writes, and how many sealed values it opens.

    entered: returns how many opened values the committed entries tell of.
    """

    def __init__(self) -> None:
        self.thread = 0
        self.opened = 0
        self.left: list[str] = []
        self.too_early: list[str] = []
        self.entered: Callable[[], int] = int
        sys.addaudithook(self._hook)  # it stays for as long as the process lives

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.thread != threading.get_ident():
            return
        if event == "open":
            path, _mode, flags = arguments
            if not flags & WRITING or self._has_no_rows(path):
                return
        elif event not in SENDING:
            return
        self.left.append(event)
        if current_or_none() is not None or self.entered() != self.opened:
            self.too_early.append(f"{event} {arguments[:2]}")

    @staticmethod
    def _has_no_rows(path: Any) -> bool:
        """Tell code and wrapped keys from what a job may have read.

        A number is a file that was noticed when it was opened by its path.
        """
        if isinstance(path, int) or path == os.devnull or "__pycache__" in str(path):
            return True
        return str(path).startswith(f"{settings.VAULT_KEYSTORE}{os.sep}")

    @contextmanager
    def on(self, entered: Callable[[], int] = int) -> Iterator[None]:
        before = entered()
        self.thread, self.opened = threading.get_ident(), 0
        self.entered = lambda: entered() - before
        self.left.clear()
        self.too_early.clear()
        try:
            yield
        finally:
            self.thread = 0


WATCH = Watch()


@dataclass
class World:
    """An organization, people and rows for every job to work on.

    newcomer: the owner of another organization, which has nothing yet.
    """

    owner: Any
    newcomer: Any
    event: Any
    person: Account
    staff: Account
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def of_owner(self) -> dict[str, str]:
        return {
            "organization": str(self.owner.organization_id),
            "account": str(self.owner.account_id),
        }

    def of(self, *names: str, **more: str) -> dict[str, str]:
        """Return what a job of the organization is asked with."""
        return self.of_owner | {name: self.facts[name] for name in names} | more

    def of_platform(self, *names: str, **more: str) -> dict[str, str]:
        return self.of(*names, **more) | {"organization": "", "account": ""}

    def of_person(self, *names: str) -> dict[str, str]:
        return self.of_platform(*names) | {"account": str(self.person.pk)}


def sign_in(account: Account) -> SignIn:
    with acting(Actor.member(account.pk)):
        return SignIn.objects.create(
            at=now(),
            account_id=account.pk,
            method="password",
            outcome="failure",
            reason="wrong-password",
            device="desktop",
            sealed=SignInRecord(ip="192.0.2.7", browser="Firefox 140"),
        )


def reset(world: World, **more: Any) -> str:
    """Have the factors of a member wait for a reset."""
    with as_(world.owner):
        PendingReset.objects.all().delete()
        row = PendingReset.objects.create(
            account=world.person,
            organization_id=world.owner.organization_id,
            asked_by=world.owner.account_id,
            asked_at=now(),
            **({"due_at": now() + timedelta(days=1)} | more),
        )
    return str(row.pk)


def mail_of(world: World) -> str:
    with as_(world.owner):
        sent = mail.send(world.owner.organization_id, "vera@seatrobot.test", "Hello", "there\n")
    return str(sent.pk)


def receipt(world: World) -> str:
    """Have a deletion be over, with a receipt that nobody was told of."""
    with as_(world.owner):
        row = Deletion.objects.create(
            customer_id=world.owner.organization_id,
            kind=Kind.EVENT,
            state=State.FINAL,
            requested_at=now(),
            due_at=now(),
            sealed=DeletionRecord(email="vera@seatrobot.test", name="Vera"),
        )
    return str(row.pk)


def late(world: World) -> str:
    """Have a deletion be late."""
    with as_(world.owner):
        row = Alert.objects.create(
            deletion_id=new_id(),
            kind=Kind.EVENT,
            state=State.UNREADABLE,
            due_at=now() - timedelta(hours=21),
            raised_at=now(),
        )
    return str(row.pk)


def unconfirmed() -> str:
    with acting(Actor.visitor()):
        row = Pending(address_index=b"index", asked_at=now())
        row.sealed = AddressRecord("max@seatrobot.test")
        row.save()
    return str(row.pk)


def certificate(_world: World) -> str:
    today = now().date()
    provider = Provider.objects.create(
        name="Example Hosting", service="Servers", is_public=True, created_at=now()
    )
    row = Certificate.objects.create(
        provider=provider,
        kind="iso-27001",
        valid_until=today + timedelta(days=7),
        next_check=today,
        recorded_at=now(),
        text="",
        signature="",
    )
    return str(row.pk)


def proposal(world: World) -> str:
    activity = activity_of(world.owner, world.event)
    furnish(world.owner, activity)
    invite(world.owner, world.event, "Ann Ash", "Ben Birch")
    with as_(world.owner):
        return str(robot.request(actor=world.owner, activity=activity, seconds=0.5).pk)


def upload(world: World, browser: Any) -> dict[str, str]:
    """Upload a list up to its import, by browser."""
    place = f"/o/{world.owner.organization_id}/events/{world.event.pk}/guests/import/"
    file = SimpleUploadedFile("guests.csv", b"first name,last name\nAlma,Adams\n")
    page = browser.post(place, {"file": file}, follow=True)
    with as_(world.owner):
        row = Import.objects.get()
    said = {column.html_name: column.initial for column in page.context["form"].column_fields}
    browser.post(f"{place}{row.pk}/columns/", said | {"default_status": "confirmed"})
    browser.post(f"{place}{row.pk}/run/")
    with as_(world.owner):
        row.refresh_from_db()
    return {"import_id": str(row.pk), "progress_id": str(row.progress_id)}


def reminders(world: World) -> str:
    with acting(Actor.system("tests")):
        return " ".join(map(str, reminding.note_due()[world.staff.pk]))


def silent(world: World) -> str:
    """Have the laptop be well, and silent for two days."""
    rows = Device.objects.filter(pk=world.facts["device_id"])
    rows.update(problems=[], reported_at=now() - timedelta(days=2))
    return world.facts["device_id"]


def archive(world: World) -> str:
    """Have an archive be asked for."""
    with as_(world.owner):
        return str(archives.ask(actor=world.owner, archive_id=new_id()).pk)


def brought(world: World) -> dict[str, str]:
    """Have the newcomer hand in an archive of the organization."""
    with as_(world.owner):
        data = archive_of(world.owner)
    newcomer = world.newcomer
    with as_(newcomer):
        row = archives.receive(
            actor=newcomer,
            archive_id=new_id(),
            filename="archive.zip",
            file=io.BytesIO(data),
            leave_unknown=False,
        )
    return {
        "organization": str(newcomer.organization_id),
        "account": str(newcomer.account_id),
        "archive_id": str(row.pk),
    }


def rotated(world: World) -> dict[str, str]:
    """Have everything of the organization be sealed under keys that are not the newest."""
    resealing.rotate(Actor.system("tests"), world.owner.organization_id)
    return world.of()


Given = Callable[[World], dict[str, str]]
RUN: dict[str, Given] = {
    "accounts.copy-refused-sign-in": lambda world: world.of_person("sign_in_id", "account_id"),
    "accounts.mail-address-link": lambda world: world.of_platform("account_id"),
    "accounts.mail-disowned": lambda world: world.of_person("sign_in_id", "account_id"),
    "accounts.mail-factor-notice": lambda world: world.of_platform(
        "account_id", notice=next(iter(Notice)).value
    ),
    "accounts.mail-new-origin": lambda world: world.of_person("sign_in_id", "account_id"),
    "accounts.mail-reset-link": lambda world: world.of_platform("account_id"),
    "accounts.mail-reset-warning": lambda world: world.of_platform(reset_id=reset(world)),
    "archive.import": brought,
    "archive.make": lambda world: world.of(archive_id=archive(world)),
    "deletion.advance": lambda world: world.of_platform(),
    "deletion.mail-alert": lambda world: world.of_platform(
        alert_id=late(world), account_id=str(world.staff.pk)
    ),
    "deletion.mail-receipt": lambda world: world.of_platform(deletion_id=receipt(world)),
    "devices.tell-owner": lambda world: world.of_platform("device_id"),
    "devices.tell-silence": lambda world: world.of_platform(device_id=silent(world)),
    "grants.tell": lambda world: world.of_platform("grant_id", "organization_id", news="asked"),
    "grants.tell-holder": lambda world: world.of_platform("grant_id", "organization_id"),
    "guests.import": lambda world: world.of(
        "import_id", "progress_id", event_id=str(world.event.pk), skip_problems=""
    ),
    "guests.import-purge": lambda world: world.of("import_id"),
    "keys.reseal": rotated,
    "organizations.deliver-mail": lambda world: world.of(mail_id=mail_of(world)),
    "organizations.reset-factors": lambda world: world.of(
        reset_id=reset(world, due_at=now() - timedelta(minutes=1))
    ),
    "personnel.mail-reminders": lambda world: world.of_platform(
        account_id=str(world.staff.pk), reminder_ids=reminders(world)
    ),
    "providers.mail-warning": lambda world: world.of_platform(
        certificate_id=certificate(world), account_id=str(world.staff.pk)
    ),
    "seating.propose": lambda world: world.of(proposal_id=proposal(world)),
    "subscribing.deliver": lambda world: world.of("hook_id", delivery_id="a-test"),
    "subscribing.deliver-support-access": lambda world: world.of(
        "hook_id", "grant_id", delivery_id=str(new_id()), news="asked"
    ),
    "subscribing.mail": lambda world: world.of_platform("subscriber_id", "change_ids"),
    "subscribing.mail-alive": lambda world: world.of_platform("subscriber_id"),
    "subscribing.send-confirmation": lambda world: world.of_platform(pending_id=unconfirmed()),
    "subscribing.tell": lambda world: world.of_platform(),
    "subscribing.tell-organization": lambda world: world.of("change_ids"),
    "subscribing.tell-support-access": lambda world: world.of("grant_id", news="asked"),
}
"""What each job that somebody asks for is asked with."""


def ours() -> set[str]:
    """Those of tests, which other tests may have left here, are not."""
    tasks = {name for name, task in app.tasks.items() if task.func.__module__ == job.__module__}
    return {name for name in tasks if not name.startswith("tests.")}


def by_the_clock() -> set[str]:
    return {each.task.name for each in app.periodic_registry.periodic_tasks.values()} & ours()


@pytest.fixture
def world(
    alice,
    bob,
    charlie,
    dinner,
    client_of,
    dana,  # noqa: F811
    key,  # noqa: F811
    doors,  # noqa: F811
    postbox,  # noqa: F811
    receiver,  # noqa: F811
    run_jobs,  # noqa: F811
    settings,
    tmp_path,
    monkeypatch,
) -> World:
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
    (tmp_path / "heads").mkdir()
    signing.public_key()  # an instance has made its key since its first start
    world = World(alice, charlie, dinner, Account.objects.get(pk=bob.account_id), account_of())
    facts = world.facts
    laptop = enrolled(dana, key, tmp_path / "laptop")
    laptop.report(lock=protocol.lock(False))
    facts["device_id"] = str(laptop.row.pk)
    facts["sign_in_id"] = str(sign_in(world.person).pk)
    facts["account_id"] = str(world.person.pk)
    grant = stored(world.staff.pk, alice.organization_id, asked=ago(minutes=5), opened=True)
    facts |= {"grant_id": str(grant.pk), "organization_id": str(alice.organization_id)}
    with as_(alice):
        facts["hook_id"] = str(webhooks.add_hook(actor=alice, url=receiver.url).pk)
        webhooks.mail_me(actor=alice, wanted=True)
    facts["subscriber_id"] = str(subscribe(postbox, run_jobs).pk)
    facts |= upload(world, client_of(alice))  # after run_jobs, which would purge it at once
    Subscriber.objects.update(alive_at=now() - timedelta(days=30))
    doors.look(open=3)
    facts["change_ids"] = str(Change.objects.order_by("-number")[0].pk)
    real = Keyring.open

    def counted(*arguments: Any) -> bytes:
        WATCH.opened += 1
        return real(*arguments)

    monkeypatch.setattr(Keyring, "open", counted)
    return world


def asked_with(world: World, name: str) -> tuple[list[Any], dict[str, Any]]:
    if name in by_the_clock():
        return [0], {}
    return [SimpleNamespace(job=SimpleNamespace(attempts=0))], RUN[name](world)


def test_every_job_is_listed():
    assert ours() - by_the_clock() == RUN.keys() | NOT_RUN.keys() - by_the_clock()
    assert OPENS_NOTHING.keys() | SENDS | NOT_RUN.keys() <= ours()
    assert not OPENS_NOTHING.keys() & SENDS


@pytest.mark.django_db(transaction=True)
def test_nothing_leaves_a_job_before_the_entry_of_what_it_read(world, superuser_connection):
    """What is committed is seen by another connection; what a transaction holds is not."""

    def entered() -> int:
        rows = superuser_connection.execute("SELECT sum(opened) FROM journal_entry")
        return int(rows.fetchone()[0] or 0)

    for name in sorted(ours() - NOT_RUN.keys(), key=lambda name: (name.endswith("purge"), name)):
        arguments, identifiers = asked_with(world, name)
        with WATCH.on(entered):
            app.tasks[name].func(*arguments, **identifiers)
        assert not WATCH.too_early, f"{name}: {WATCH.too_early}"
        assert WATCH.entered() == WATCH.opened, f"{name} read more than its entries tell"
        assert bool(WATCH.opened) != (name in OPENS_NOTHING), f"{name} opened {WATCH.opened}"
        assert name not in SENDS or "socket.connect" in WATCH.left, f"{name} sent nothing"
        failed = "SELECT kind FROM kernel_progress WHERE state = 'failed'"
        assert superuser_connection.execute(failed).fetchall() == [], f"{name} gave up"


def test_what_leaves_too_early_is_noticed(alice, tmp_path):
    with WATCH.on(), as_(alice):
        (tmp_path / "names.txt").write_text("a name")
    assert WATCH.too_early
    with WATCH.on():
        (tmp_path / "names.txt").write_text("a name")
    assert WATCH.left
    assert not WATCH.too_early
