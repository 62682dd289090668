"""Guests answer: the page of a link, and many parties at once where places are few.

Prints one JSON line:
    page_ms, page_max_ms    the whole request of a guest's page: median and slowest
    page_cpu_ms     of this process alone, which others on the machine disturb less
    answers_a_second, answer_p99_ms    recording, by several threads at one event
    places, taken   the capacity, and how many places are taken in the end

Usage: python bench/replies.py [parties, default 1000]
"""

import json
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from instance import instance, owner_and_event

THREADS = 4
TURNS = 40


def measured(action, clock=time.perf_counter) -> float:
    start = clock()
    action()
    return clock() - start


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def main() -> None:  # noqa: PLR0915  from its beginning to its end
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with instance():
        from django.db import connections
        from django.test import Client

        from seatrobot.events.models import Activity
        from seatrobot.guests import writing
        from seatrobot.guests.models import Guest, Party
        from seatrobot.guests.records import GuestRecord
        from seatrobot.guests.statuses import Facts, Status
        from seatrobot.kernel.ids import new_id
        from seatrobot.replies import links, services
        from seatrobot.replies.models import Answer
        from seatrobot.replies.reading import load
        from seatrobot.replies.services import Person, Said

        owner, event = owner_and_event()
        places = count // 10
        with owner.acting():
            Activity.objects.filter(event=event, position=0).update(capacity=places)
            parties = {new_id(): "" for _number in range(count)}
            writing.insert_parties(event, parties, Party.Source.IMPORT)
            writing.insert(
                event,
                [
                    writing.NewGuest(new_id(), pk, Facts(), GuestRecord(last_name=f"Guest {n}"))
                    for n, pk in enumerate(parties)
                ],
            )
            tokens = [
                links.issue(actor=owner, party_id=pk).rstrip("/").rpartition("/")[2]
                for pk in parties
            ]
        client = Client(headers={"Host": "localhost"})
        path = f"/i/{tokens[0]}/"
        assert client.get(path).status_code == 200
        page = [measured(lambda: client.get(path)) for _turn in range(TURNS)]
        busy = [measured(lambda: client.get(path), time.process_time) for _turn in range(TURNS)]

        def answer(token: str) -> float:
            link = links.resolve(token)
            holder = links.holder(link)
            with holder.acting(link.scope):
                invitation = load(holder, link.event_id, link.party_id)
            said = Said({each.id: Person(comes=True) for each in invitation.guests})

            def record() -> None:
                with holder.acting(link.scope):
                    services.answer(
                        actor=holder,
                        event_id=link.event_id,
                        party_id=link.party_id,
                        said=said,
                        seen=invitation.version,
                        channel=Answer.Channel.LINK,
                        link=link,
                    )

            return measured(record)

        def share(number: int) -> list[float]:
            try:
                return [answer(token) for token in tokens[number::THREADS]]
            finally:
                connections.close_all()

        start = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as threads:
            times = sorted(chain.from_iterable(threads.map(share, range(THREADS))))
        seconds = time.perf_counter() - start
        with owner.acting():
            taken = Guest.objects.filter(event=event, status=Status.CONFIRMED).count()
        found = {
            "parties": count,
            "page_ms": milliseconds(statistics.median(page)),
            "page_max_ms": milliseconds(max(page)),
            "page_cpu_ms": milliseconds(statistics.median(busy)),
            "answers_a_second": round(count / seconds),
            "answer_p99_ms": milliseconds(times[int(len(times) * 0.99)]),
            "places": places,
            "taken": taken,
        }
        sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
