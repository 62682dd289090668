"""Erasing: the names of 2,000 guests of an event, and an organization while another checks in.

Prints one JSON line:
    erase_seconds       removing 2,000 guests by one act, as a page does; erase_cpu_seconds: of
                        this process alone, which others on the machine disturb less
    verify_seconds      the examiner's rewriting of tables and search for what is left
    rows                rows of the organization that is deleted
    unreadable_seconds  from the request to the destroyed keys
    rows_seconds        from the request to the last row, in parts
    rows_per_second     the same as a rate
    door_p50_ms, door_p99_ms    check-ins at another organization's door meanwhile

Usage: python bench/deletion.py [guests of the organization, default 100000]
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


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with instance():
        from seatrobot.accounts.services import create_account
        from seatrobot.deletion import cluster as clusters
        from seatrobot.deletion import erasing, scrubbing, services, steps, verifying
        from seatrobot.deletion.models import Deletion
        from seatrobot.events import services as events
        from seatrobot.events.facts import EventFacts
        from seatrobot.guests.services import bulk
        from seatrobot.kernel.acting import acting
        from seatrobot.kernel.actor import Actor
        from seatrobot.kernel.ids import new_id
        from seatrobot.organizations import services as organizations

        member, event = owner_and_event()
        with acting(Actor.system("bench")):
            owner = create_account(
                email="gone@bench.test", name="Gone", password="correct horse battery staple"
            )
            gone = organizations.found(name="Gone", owner=owner)
        facts = EventFacts("Gone", event.starts_at, event.ends_at)
        with acting(gone.actor, gone.organization_id):
            large = events.create(actor=gone, facts=facts)
        erased = fill(member, event, ERASED)
        waiting = fill(member, event, DOOR)
        fill(gone, large, count)

        start, own = time.perf_counter(), time.process_time()
        with acting(member.actor, member.organization_id):
            assert bulk.remove(actor=member, event=event, ids=erased) == ERASED
        erase, erase_cpu = time.perf_counter() - start, time.process_time() - own

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
        took.sort()
        print(
            json.dumps(
                {
                    "what": "erasing guests and an organization",
                    "erased": ERASED,
                    "erase_seconds": round(erase, 2),
                    "erase_cpu_seconds": round(erase_cpu, 2),
                    "target_seconds": 2,
                    "rows": rows,
                    "unreadable_seconds": round(
                        (row.unreadable_at - row.requested_at).total_seconds(), 2
                    ),
                    "rows_seconds": round(whole, 1),
                    "rows_per_second": round(rows / whole),
                    "door_p50_ms": round(statistics.median(took), 1),
                    "door_p99_ms": round(took[int(len(took) * 0.99)], 1),
                    "check_ins": len(took),
                    "verify_seconds": round(verify, 1),
                    "verified": done.verified,
                    "remains": done.remains,
                    "waiting": done.waiting,
                }
            )
        )


if __name__ == "__main__":
    main()
