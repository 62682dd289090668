"""The guest list page of an event with 10,000 guests, and a search as one types.

Times are of the whole request on the server: middleware, session, transaction with row-level
security, list, template, journal. Prints one JSON line:
    first_ms     the first page after a start, when every guest is opened
    list_ms, search_ms     medians; changed_ms: the list just after another guest was changed
    list_cpu_ms, search_cpu_ms     of this process alone, which others on the machine disturb less
    queries      statements of a list page, and with ten guests instead (must be the same)

Usage: python bench/guest_list.py [guests, default 10000]
"""

import json
import statistics
import sys
import time

from instance import guest_csv, instance, owner_and_event

TURNS = 60
TYPED = ("d", "dv", "dvo", "dvor", "dvorak", "gul", "guest77", "tag:vip -tag:press", "state:s07")


def fill(member, event, rows: int) -> None:
    from seatrobot.guests.services import imports
    from seatrobot.guests.statuses import Status
    from seatrobot.kernel.acting import acting

    with acting(member.actor, member.organization_id):
        upload = imports.receive(
            actor=member, event=event, filename="guests.csv", data=guest_csv(rows)
        )
        sheet = imports.sheet_of(actor=member, upload=upload)
        imports.set_mapping(
            actor=member,
            upload=upload,
            mapping=imports.guessed(sheet),
            default_status=Status.CONFIRMED,
        )
        imports.run(actor=member, upload=upload, skip_problems=False)


def browser_of(member):
    from django.test import Client

    from seatrobot.accounts.models import Account
    from seatrobot.kernel.acting import acting

    client = Client(headers={"user-agent": "benchmark"})
    with acting(member.actor):
        account = Account.objects.get(pk=member.account_id)
        client.force_login(account, "seatrobot.accounts.signing_in.sessions.PasswordBackend")
    return client


def milliseconds(client, address: str, clock=time.perf_counter, **headers: str) -> float:
    start = clock()
    answer = client.get(address, headers=headers)
    seconds = clock() - start
    assert answer.status_code == 200
    return seconds * 1000


def touch(member, event) -> None:
    from seatrobot.guests.models import Guest
    from seatrobot.kernel.acting import acting

    with acting(member.actor, member.organization_id):
        guest = Guest.objects.filter(event=event).order_by("?").only("pk").first()
        Guest.objects.filter(pk=guest.pk).update(reply="declined")


def queries(client, address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        milliseconds(client, address)
    return len(captured)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with instance():
        from django.conf import settings

        settings.ALLOWED_HOSTS = ["*"]
        member, event = owner_and_event()
        client = browser_of(member)
        address = f"/o/{event.organization_id}/events/{event.pk}/guests/"
        fill(member, event, 10)
        milliseconds(client, address)
        few = queries(client, address)
        fill(member, event, rows)
        first = milliseconds(client, address)
        lists = [milliseconds(client, f"{address}?page={turn % 9 + 1}") for turn in range(TURNS)]
        typed = [TYPED[turn % len(TYPED)] for turn in range(TURNS)]
        searches = [
            milliseconds(client, f"{address}?q={text}", HX_Request="true") for text in typed
        ]
        cpu = [milliseconds(client, address, time.process_time) for _turn in range(TURNS)]
        search_cpu = [
            milliseconds(client, f"{address}?q={text}", time.process_time, HX_Request="true")
            for text in typed
        ]
        changed = []
        for _turn in range(TURNS // 3):
            touch(member, event)
            changed.append(milliseconds(client, address))
        print(
            json.dumps(
                {
                    "what": "guest list page and search as one types",
                    "how_many": rows,
                    "first_ms": round(first),
                    "list_ms": round(statistics.median(lists), 1),
                    "search_ms": round(statistics.median(searches), 1),
                    "list_cpu_ms": round(statistics.median(cpu), 1),
                    "search_cpu_ms": round(statistics.median(search_cpu), 1),
                    "changed_ms": round(statistics.median(changed), 1),
                    "target_ms": 60,
                    "queries": queries(client, address),
                    "queries_with_10_guests": few,
                }
            )
        )


if __name__ == "__main__":
    main()
