"""Faults of deletion: data that stays where nobody looks, and proofs that are none."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

from seatrobot.deletion import cluster as clusters
from seatrobot.deletion import ledger, services, steps
from seatrobot.deletion.models import Deletion, Kind, State
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.promises.services import ACTOR
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
