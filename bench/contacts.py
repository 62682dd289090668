"""100,000 contacts of one organization: opened, searched as one types, changed, and their page.

Prints one JSON line:
    keep_seconds    making them from an import's people, sealed
    open_seconds    the first look after a start, when every contact is opened
    search_ms, search_max_ms    finding, once the list is open: median and slowest of what is typed
    search_cpu_ms   of this process alone, which others on the machine disturb less
    page_ms, page_cpu_ms    the whole request of the page, with a search
    changed_ms      the look just after a contact was changed
    kept_mb         what the opened list takes in memory, as the cache measures it
    import_rows_s   rows of a CSV file a second, from the sealed upload to contacts
    cards_s         vCards a second, read and compared with those that the export wrote
    doubles_seconds, doubles_found      searching all for doubles, with a tenth as many more in them

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
IMPORTED = 20_000


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


def book(count: int) -> bytes:
    lines = ["First name,Last name,E-mail,Company,Phone,Tags"]
    lines += [
        f"Ana{n},Žižek{n % 913},ana{n}@book.example,Office {n % 499},+49 30 {n:06},VIP; Press"
        for n in range(count)
    ]
    return "\n".join(lines).encode()


def imported(member, acting_as) -> tuple[float, float]:
    """Return how many rows of a file a second come in, and how many vCards."""
    from seatrobot.contacts import exporting
    from seatrobot.contacts.searching import Listing
    from seatrobot.guests.services import contact_imports as imports

    with acting_as():
        row = imports.receive(actor=member, filename="book.csv", data=book(IMPORTED))
    with acting_as():
        rows = measured(lambda: imports.run(actor=member, import_id=row.pk))
    with acting_as():
        data = exporting.export(actor=member, listing=Listing(text="book.example"))
        row = imports.receive(actor=member, filename="book.vcf", data=data)
    with acting_as():
        cards = measured(lambda: imports.run(actor=member, import_id=row.pk))
    return IMPORTED / rows, IMPORTED / cards


def doubled(member, acting_as, count: int) -> tuple[float, int]:
    """Make a tenth of the people nearly once more; return the seconds of a search and its pairs."""
    from msgspec.structs import replace

    from seatrobot.contacts import doubles, services
    from seatrobot.contacts.contact_list import open_contacts

    with acting_as():
        alike = {
            key: replace(
                record, title="", last_name=f"{record.last_name}x", emails=[f"{n}@y.example"]
            )
            for n, (key, record) in enumerate(people(count // 10).items())
        }
        services.keep_people(actor=member, people=alike)
    with acting_as():
        open_contacts(member)
        found = []
        seconds = measured(lambda: found.append(doubles.search(actor=member)))
    return seconds, found[0].found


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
        kept_mb = round(lists.size() / 1024**2)
        rows, cards = imported(member, acting_as)
        seconds, pairs = doubled(member, acting_as, count)
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
                    "kept_mb": kept_mb,
                    "most_mb": lists.MOST_BYTES // 1024**2,
                    "import_rows_s": round(rows),
                    "cards_s": round(cards),
                    "doubles_seconds": round(seconds, 1),
                    "doubles_found": pairs,
                }
            )
        )


if __name__ == "__main__":
    main()
