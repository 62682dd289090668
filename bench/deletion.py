"""Erasing: the names of 2,000 guests of an event, and an organization while another checks in.

Prints JSON lines, each with `seconds` or `ms`, the `limit`, and the `ratio` (below 1 is well):
    erase        2,000 guests of an event by one act, as a page does; erase, large: the same in the
                 list of the large organization. cpu: seconds of this process alone
    unreadable   from the request to delete the large organization to the destroyed keys
    rows         from the request to the last row, in parts; rows, rows_per_second
    door         p99 of check-ins at another organization's door meanwhile; p50, check_ins
    verify       the examiner's rewriting of tables and search for what is left

Usage: python bench/deletion.py [guests of the organization, default 100000; make million-deletion]
"""

import json
import statistics
import sys
import threading
import time

from instance import instance, owner_and_event

ERASED = 2000
DOOR = 3000
PAUSE = 0.02
ERASE_SECONDS, UNREADABLE_SECONDS, ROWS_SECONDS, VERIFY_SECONDS = 2, 60, 30 * 60, 240
DOOR_MS = 60


def fill(member, event, count: int) -> list:
    """Add so many guests, each with a party."""
    from seatrobot.guests import writing
    from seatrobot.guests.models import Party
    from seatrobot.guests.records import GuestRecord
    from seatrobot.guests.statuses import Facts, Status
    from seatrobot.guests.writing import NewGuest
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.ids import new_id

    made = []
    for start in range(0, count, 10_000):
        some = range(start, min(start + 10_000, count))
        with acting(member.actor, member.organization_id):
            parties = {new_id(): "" for _ in some}
            writing.insert_parties(event, parties, Party.Source.IMPORT)
            guests = [
                NewGuest(
                    id=new_id(),
                    party_id=party,
                    contact_id=None,
                    record=GuestRecord(
                        first_name="Alma", last_name=f"Adams{n}", email=f"a{n}@bench.test"
                    ),
                    facts=Facts().with_status(Status.CONFIRMED),
                )
                for n, party in zip(some, parties, strict=True)
            ]
            writing.insert(event, guests)
            made += [guest.id for guest in guests]
    return made


def at_the_door(member, event, guests: list, stop: threading.Event, took: list) -> None:
    """Check one after the other in, as a door does, until it is over."""
    from django.db import connection

    from seatrobot.checkin import services
    from seatrobot.checkin.services import DoorRequest
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.ids import new_id

    for guest in guests:
        if stop.is_set():
            break
        start = time.perf_counter()
        with acting(member.actor, member.organization_id):
            services.check_in(
                actor=member, event_id=event.pk, guest_id=guest, tap=DoorRequest(new_id())
            )
        took.append((time.perf_counter() - start) * 1000)
        time.sleep(PAUSE)
    connection.close()


def second_owner_and_event(event) -> tuple:
    """Make the organization that goes, with an event at the time of another one."""
    from seatrobot.accounts.services import create_account
    from seatrobot.events import services as events
    from seatrobot.events.facts import EventFacts
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.organizations import services as organizations

    with acting(Actor.system("bench")):
        owner = create_account(email="gone@bench.test", name="Gone", password="correct horse 12")
        gone = organizations.found(name="Gone", owner=owner)
    facts = EventFacts("Gone", event.starts_at, event.ends_at)
    with acting(gone.actor, gone.organization_id):
        return gone, events.create(actor=gone, facts=facts)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with instance():
        from seatrobot.deletion import cluster as clusters
        from seatrobot.deletion import erasing, scrubbing, services, steps, verifying
        from seatrobot.deletion.models import Deletion
        from seatrobot.guests.guest_list import open_list
        from seatrobot.guests.services import bulk
        from seatrobot.kernel.acting import acting
        from seatrobot.kernel.ids import new_id

        member, event = owner_and_event()
        gone, large = second_owner_and_event(event)
        erased = fill(member, event, ERASED)
        waiting = fill(member, event, DOOR)

        for what, who, where, ids in (
            ("erase", member, event, erased),
            ("erase, large", gone, large, fill(gone, large, count)[:ERASED]),
        ):
            with clusters.opened() as cluster:
                cluster.superuser.execute("ANALYZE")  # as PostgreSQL does within a minute
            with acting(who.actor, who.organization_id):
                open_list(who, where.pk)  # as the page did on which they were chosen
            start, own = time.perf_counter(), time.process_time()
            with acting(who.actor, who.organization_id):
                assert bulk.remove(actor=who, event=where, ids=ids) == ERASED
            seconds = time.perf_counter() - start
            tell(what, seconds, ERASE_SECONDS, cpu=round(time.process_time() - own, 2))

        rows = sum(erasing.count(gone.organization_id).values())
        stop, took = threading.Event(), []
        door = threading.Thread(target=at_the_door, args=(member, event, waiting, stop, took))
        door.start()
        start = time.perf_counter()
        with acting(gone.actor, gone.organization_id):
            deletion, _token = services.request(
                actor=gone, typed_name="Gone", at_once=True, deletion_id=new_id()
            )
        steps.advance(deletion.pk)
        whole = time.perf_counter() - start
        stop.set()
        door.join()
        with acting(steps.ACTOR):
            row = Deletion.objects.get(pk=deletion.pk)
        steps.advance_all()
        scrubbing.NIGHT = range(24)  # so that large tables are rewritten now
        start = time.perf_counter()
        with clusters.opened() as cluster:
            done = verifying.verify(verifying.waiting(), cluster, lambda _id: ())
        verify = time.perf_counter() - start
        unreadable = (row.unreadable_at - row.requested_at).total_seconds()
        tell("unreadable", unreadable, UNREADABLE_SECONDS)
        tell("rows", whole, ROWS_SECONDS, rows=rows, rows_per_second=round(rows / whole))
        took.sort()
        p99 = took[int(len(took) * 0.99)]
        tell("door", p99, DOOR_MS, "ms", p50=round(statistics.median(took), 1), check_ins=len(took))
        tell("verify", verify, VERIFY_SECONDS, verified=done.verified, remains=done.remains)


def tell(what: str, measured: float, limit: float, unit: str = "seconds", **more: object) -> None:
    line = {unit: round(measured, 2), "limit": limit, "ratio": round(measured / limit, 3)}
    print(json.dumps({"what": what, **line, **more}), flush=True)


if __name__ == "__main__":
    main()
