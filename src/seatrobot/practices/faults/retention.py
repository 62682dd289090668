"""Faults of deletion: data that stays where nobody looks, and proofs that are none."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from seatrobot.contacts import services as contacts
from seatrobot.contacts.models import ContactRecord
from seatrobot.deletion import cluster as clusters
from seatrobot.deletion import ledger, services, steps
from seatrobot.deletion.models import Deletion, Kind, State
from seatrobot.deletion.searching import Search, Sought
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations import members
from seatrobot.organizations.models import Membership
from seatrobot.practices.checks import retention
from seatrobot.practices.checks.probe import browser_of
from seatrobot.practices.faults import returning
from seatrobot.practices.faults.declaring import Instance, fault
from seatrobot.practices.models import Probe

ELSEWHERE = (returning.new_column,)
"""Faults of the return of data are in a module of their own."""
LONGEST_WAIT = 100
COPY = """
    CREATE TABLE public.guests_copy (line text);
    CREATE FUNCTION public.guests_copy_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    AS $$ BEGIN INSERT INTO public.guests_copy VALUES (NEW.id::text); RETURN NULL; END $$;
    CREATE TRIGGER guests_copied AFTER INSERT ON guests_guest
        FOR EACH ROW EXECUTE FUNCTION public.guests_copy_note();
    ALTER TABLE guests_guest ENABLE ALWAYS TRIGGER guests_copied
"""
NO_COPY = """
    DROP TRIGGER guests_copied ON guests_guest; DROP FUNCTION public.guests_copy_note();
    DROP TABLE public.guests_copy
"""
SWALLOW = """
    CREATE FUNCTION public.contacts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RETURN NULL; END $$;
    CREATE TRIGGER contacts_stay BEFORE DELETE ON contacts_contact
        FOR EACH ROW EXECUTE FUNCTION public.contacts_stay();
    ALTER TABLE contacts_contact ENABLE ALWAYS TRIGGER contacts_stay
"""
MUTE = """
    CREATE FUNCTION public.alerts_go() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RETURN NULL; END $$;
    CREATE TRIGGER alerts_go BEFORE INSERT ON deletion_alert
        FOR EACH ROW EXECUTE FUNCTION public.alerts_go();
    ALTER TABLE deletion_alert ENABLE ALWAYS TRIGGER alerts_go
"""
NOT_MUTE = "DROP TRIGGER alerts_go ON deletion_alert; DROP FUNCTION public.alerts_go()"
NO_SWALLOW = "DROP TRIGGER contacts_stay ON contacts_contact; DROP FUNCTION public.contacts_stay()"


@fault("retention.anytime", "a table whose rows are skipped")
def rows_stay(instance: Instance) -> Iterator[None]:
    with instance.changed(SWALLOW, NO_SWALLOW):
        yield


@fault("retention.anytime", "background work that deletes nothing")
def no_jobs(instance: Instance) -> Iterator[None]:
    with instance.without("jobs"):
        yield


@fault("retention.production", "a table of copies that nobody declared")
def copies(instance: Instance) -> Iterator[None]:
    with instance.changed(COPY, NO_COPY):
        yield


@fault("retention.production", "a deletion that hangs for more than 24 hours")
def hanging(_instance: Instance) -> Iterator[None]:
    with _late(hours=25):
        yield


@fault("retention.production", "nobody is told of a deletion that is late")
def nobody_told(instance: Instance) -> Iterator[None]:
    with instance.changed(MUTE, NOT_MUTE), _late(hours=21):
        yield


@fault("retention.production", "a copy of a keyring is left")
def keyring_left(instance: Instance) -> Iterator[None]:
    throwaway = retention.make_throwaway()
    keyring = instance.data / "keystore" / f"{throwaway.organization_id}.keyring"
    copy = instance.data / "profile" / "seeded.keyring"
    shutil.copy2(keyring, copy)
    _delete(throwaway)
    try:
        yield
    finally:
        copy.unlink()


@fault("retention.production", "a web server that keeps what it has opened")
def memory_keeps(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.kernel.caches.drop_deleted", "lambda: None"):
        throwaway = retention.make_throwaway()
        _delete(throwaway)
        yield
    end = time.monotonic() + LONGEST_WAIT
    while retention.held_by_web(throwaway.organization_id) and time.monotonic() < end:
        time.sleep(1)


@fault("retention.production", "a receipt without a search")
def receipt_forged(instance: Instance) -> Iterator[None]:
    """As somebody with the database would end a deletion that nobody looked for."""
    row = _finished()
    with instance.changed(
        "CREATE TABLE public.deletion_before AS SELECT id, result FROM deletion_deletion"
        f" WHERE id = '{row.pk}'; UPDATE deletion_deletion SET result = ''"
        f" WHERE id = '{row.pk}'",
        "UPDATE deletion_deletion d SET result = b.result FROM public.deletion_before b"
        " WHERE d.id = b.id; DROP TABLE public.deletion_before",
    ):
        yield


@fault("retention.production", "a restored database on which the ledger was not replayed")
def not_replayed(instance: Instance) -> Iterator[None]:
    """Put a contact back whose deletion the ledger has."""
    with acting(ACTOR):
        whose = Probe.objects.get().foreign_organization_id  # which no examination cleans
    pk = new_id()
    ledger.append("contacts_contact", [pk], now())
    sealed = r"'\x01' || sha256('1') || sha256('2') || '\x01'"
    with instance.changed(
        "INSERT INTO contacts_contact (id, organization_id, sealed, created_at, changed_at)"
        f" VALUES ('{pk}', '{whose}', {sealed}, now(), now())",
        f"DELETE FROM contacts_contact WHERE id = '{pk}'",
    ):
        yield


@fault("retention.production", "a ledger of erasures that lost a line")
def ledger_lost(_instance: Instance) -> Iterator[None]:
    event = _finished().subject
    lines = ledger.path().read_bytes().splitlines(keepends=True)
    lost = [line for line in lines if ledger.Ledger(lines[0] + line).has("events_event", event)]
    ledger.path().write_bytes(b"".join(line for line in lines if line not in lost))
    try:
        yield
    finally:
        with ledger.path().open("ab") as file:
            file.write(b"".join(lost))


@fault("retention.production", "a ledger of erasures that lost the line of a contact")
def contact_forgotten(_instance: Instance) -> Iterator[None]:
    lines = ledger.path().read_bytes().splitlines(keepends=True)
    of_contacts = [each for each in lines if b'"contacts_contact"' in each]
    ledger.path().write_bytes(b"".join(each for each in lines if each != of_contacts[-1]))
    try:
        yield
    finally:
        with ledger.path().open("ab") as file:
            file.write(of_contacts[-1])


@fault("retention.production", "a request to delete an organization that is put off for years")
def put_off(instance: Instance) -> Iterator[None]:
    yield from _request(
        instance, "due_at = due_at + interval '10 years'", "due_at = due_at - interval '10 years'"
    )


@fault("retention.production", "a request to delete an organization that SQL has cancelled")
def cancelled(instance: Instance) -> Iterator[None]:
    yield from _request(
        instance,
        "state = 'cancelled', cancelled_at = now()",
        "state = 'requested', cancelled_at = NULL",
    )


@fault("retention.production", "a row of a deletion that is taken away with its receipt")
def row_taken_away(_instance: Instance) -> Iterator[None]:
    row = _finished()
    with acting(ACTOR, row.customer_id):
        Deletion.objects.filter(pk=row.pk).delete()
    try:
        yield
    finally:
        with acting(ACTOR, row.customer_id):
            row.save(force_insert=True)


@fault("retention.production", "an archive that outlives what was deleted since")
def archive_kept(instance: Instance) -> Iterator[None]:
    """Of an organization of which nothing else is deleted meanwhile, which would take it along."""
    place, pk = vault.organizations()[0], new_id()
    with acting(ACTOR, place):
        account_id = Membership.objects.filter(organization_id=place).earliest("pk").account_id
        owner = members.load(account_id, place)
    assert owner is not None
    with owner.acting():
        contact = contacts.create(actor=owner, record=ContactRecord(last_name="Seeded"))
        contacts.remove(actor=owner, contact=contact)
    steps.advance_all()
    sealed = r"'\x01' || sha256('1') || sha256('2') || '\x01'"
    with instance.changed(
        "INSERT INTO archive_archive (id, organization_id, direction, progress_id, size,"
        f" created_at, finished_at, sealed) VALUES ('{pk}', '{place}', 'out', '{pk}', 0,"
        f" now() - interval '3 hours', now() - interval '3 hours', {sealed})",
        f"DELETE FROM archive_archive WHERE id = '{pk}'",
    ):
        yield


@fault("retention.production", "a search that sees no table")
def blind(instance: Instance) -> Iterator[None]:
    def nothing(_superuser: object, _sought: object, to: Search) -> None:
        to.searched.append("0 tables")

    with instance.patched("seatrobot.deletion.searching.in_tables", nothing):
        yield


@fault("retention.production", "deletions of which nobody noted what to look for")
def unknown(instance: Instance) -> Iterator[None]:
    def nothing(deletions: Sequence[Deletion]) -> dict[UUID, Sought]:
        return {each.pk: Sought((), ()) for each in deletions}

    with instance.patched("seatrobot.deletion.verifying._sought", nothing):
        yield


def _request(instance: Instance, change: str, back: str) -> Iterator[None]:
    """Ask for the deletion of an organization, and change the row past the service.

    Afterwards the request is as it was, and is cancelled as its owner does it.
    """
    throwaway = retention.make_throwaway()
    pk, owner = new_id(), throwaway.owner
    with acting(owner.actor, throwaway.organization_id):
        services.request(actor=owner, typed_name=retention.NAME, at_once=False, deletion_id=pk)
    row = f"UPDATE deletion_deletion SET {{}} WHERE id = '{pk}'"
    with instance.changed(row.format(change), row.format(back)):
        yield
    with acting(owner.actor, throwaway.organization_id):
        services.cancel(actor=owner)


@contextmanager
def _late(*, hours: int) -> Iterator[None]:
    """Have a deletion that was due so long ago, at which a process hangs that holds its lock."""
    throwaway, deletion_id = retention.make_throwaway(), new_id()
    owner = throwaway.owner
    with acting(owner.actor, owner.organization_id):
        services.request(
            actor=owner, typed_name=retention.NAME, at_once=False, deletion_id=deletion_id
        )
    with clusters.opened() as cluster:
        assert cluster is not None
        key = [steps.LOCK, steps.key_of(deletion_id)]
        cluster.superuser.execute("SELECT pg_advisory_lock(%s, %s)", key)
        cluster.superuser.execute(
            "UPDATE deletion_deletion SET due_at = now() - make_interval(hours => %s)"
            " WHERE id = %s",
            [hours, deletion_id],
        )
        yield
        cluster.superuser.execute("SELECT pg_advisory_unlock(%s, %s)", key)
    steps.advance_all()
    row = retention.wait_until_gone(throwaway)
    assert row.state not in {State.REQUESTED, State.LOCKED, State.UNREADABLE}, row.state


def _finished() -> Deletion:
    """Return the deletion of an event that is over, with its receipt."""
    for _try in range(2):
        with acting(ACTOR):
            row = Deletion.objects.filter(kind=Kind.EVENT, state=State.FINAL).last()
        if row is not None:
            return row
        retention.production()
        steps.advance_all()
    raise AssertionError("no deletion came to its end")


def _delete(throwaway: retention.Throwaway) -> None:
    with browser_of(throwaway.owner, "password") as browser:
        assert retention.delete(throwaway, browser)
    row = retention.wait_until_gone(throwaway)
    assert row.state == State.GONE, row.state
