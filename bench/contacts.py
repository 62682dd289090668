"""100,000 contacts of one organization: opened, searched as one types, changed, and their page.

Prints one JSON line:
    keep_seconds    making them from an import's people, sealed
    open_seconds    the first look after a start, when every contact is opened
    search_ms, search_max_ms    finding, once the list is open: median and slowest of what is typed
    search_cpu_ms   of this process alone, which others on the machine disturb less
    page_ms, page_cpu_ms    the whole request of the page, with a search
    changed_ms      the look just after a contact was changed
    kept_mb         what the opened list takes in memory, as the cache measures it

Usage: python bench/contacts.py [contacts, default 100000]
"""

import json
import statistics
import sys
import time

from guest_list import browser_of, milliseconds
from instance import instance, owner_and_event

TYPED = ("d", "dv", "dvo", "dvorak", "gul", "guest77", "bella castro", "company 5", "nobody")
TURNS = 27


def people(count: int):
    from seatrobot.contacts.models import ContactRecord
    from seatrobot.kernel.ids import new_id

    first = ("Alma", "Bella", "Çelik", "Dénes", "Émile", "Fatima", "Gül", "Hana", "Ines", "Jürgen")
    last = ("Adams", "Bishop", "Castro", "Dvořák", "Engel", "Fischer", "García", "Håkansson")
    return {
        new_id(): ContactRecord(
            title="Dr.",
            first_name=first[n % 10],
            last_name=f"{last[n % 8]}{n}",
            company=f"Company {n % 997}",
            phone=f"+1 202 555 {n:06}",
            emails=[f"guest{n}@example.org"],
        )
        for n in range(count)
    }


def measured(action, clock=time.perf_counter) -> float:
    start = clock()
    action()
    return clock() - start


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with instance():
        from django.conf import settings

        from seatrobot.contacts import services
        from seatrobot.contacts.contact_list import open_contacts
        from seatrobot.contacts.models import Contact
        from seatrobot.kernel import lists
        from seatrobot.kernel.acting import acting

        settings.ALLOWED_HOSTS = ["*"]
        member, event = owner_and_event()

        def acting_as():
            return acting(member.actor, member.organization_id)

        with acting_as():
            everybody = people(count)
            keep = measured(lambda: services.keep_people(actor=member, people=everybody))
        with acting_as():
            opening = measured(lambda: open_contacts(member).find("a"))
        with acting_as():
            listed = open_contacts(member)
            searches = [measured(lambda text=text: listed.find(text)) for text in TYPED * 3]
            own = [measured(lambda t=t: listed.find(t), time.process_time) for t in TYPED * 3]
        client = browser_of(member)
        address = f"/o/{event.organization_id}/contacts/"
        typed = [TYPED[turn % len(TYPED)] for turn in range(TURNS)]
        pages = [milliseconds(client, f"{address}?q={text}", HX_Request="true") for text in typed]
        cpu = [
            milliseconds(client, f"{address}?q={text}", time.process_time, HX_Request="true")
            for text in typed
        ]
        changed = []
        for _turn in range(5):
            with acting_as():
                Contact.objects.filter(pk=next(iter(listed.contacts))).update(
                    changed_at=event.created_at
                )
            changed.append(milliseconds(client, f"{address}?q=dvorak", HX_Request="true"))
        print(
            json.dumps(
                {
                    "what": "contacts opened in memory and searched",
                    "how_many": count,
                    "keep_seconds": round(keep, 1),
                    "open_seconds": round(opening, 2),
                    "search_ms": round(statistics.median(searches) * 1000, 1),
                    "search_max_ms": round(max(searches) * 1000, 1),
                    "search_cpu_ms": round(statistics.median(own) * 1000, 1),
                    "target_ms": 50,
                    "page_ms": round(statistics.median(pages), 1),
                    "page_cpu_ms": round(statistics.median(cpu), 1),
                    "changed_ms": round(statistics.median(changed), 1),
                    "kept_mb": round(lists.size() / 1024**2),
                    "most_mb": lists.MOST_BYTES // 1024**2,
                }
            )
        )


if __name__ == "__main__":
    main()
