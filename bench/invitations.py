"""10,000 invitations: chosen, sealed, queued, rendered and handed to a mail server of this machine.

Prints one JSON line:
    choose_seconds  the last look: whom the message goes to
    queue_per_second    deliveries sealed and queued
    hand_per_second     messages rendered, composed, handed over and noted, over one connection
    both_per_second     the two together
    memory_mb       the most that this process took

Usage: python bench/invitations.py [guests, default 10000]
"""

import json
import multiprocessing
import resource
import socket
import sys
import time
from dataclasses import replace

from instance import instance, owner_and_event

BODY = (
    "Dear {name|guest},\n\nwe would be **delighted** to welcome you to {event} on {date}.\n\n" * 6
)


def serve(port: int) -> None:
    """Take every message, in a process of its own, as a server does that writes none down."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        while True:
            wire, _address = listening.accept()
            with wire, wire.makefile("rwb") as lines:
                lines.write(b"220 bench\r\n")
                lines.flush()
                for line in lines:
                    if line[:4].upper() == b"EHLO":
                        lines.write(b"250-bench\r\n250-DSN\r\n250 8BITMIME\r\n")
                    elif line[:4].upper() == b"DATA":
                        lines.write(b"354 go on\r\n")
                        lines.flush()
                        while lines.readline() != b".\r\n":
                            pass
                        lines.write(b"250 kept\r\n")
                    else:
                        lines.write(b"250 ok\r\n")
                    lines.flush()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = multiprocessing.get_context("fork").Process(target=serve, args=(port,), daemon=True)
    server.start()
    with instance():
        from django.conf import settings

        settings.CONFIG = replace(settings.CONFIG, smtp_url=f"smtp://127.0.0.1:{port}")
        print(json.dumps(measured(count)))
    server.kill()


def measured(count: int) -> dict[str, float]:
    from seatrobot.guests import writing
    from seatrobot.guests.models import Party
    from seatrobot.guests.records import GuestRecord
    from seatrobot.guests.statuses import Facts
    from seatrobot.guests.writing import NewGuest
    from seatrobot.invitations.mailer import MailOffice
    from seatrobot.invitations.models import Delivery, Mailing
    from seatrobot.invitations.outbox import Outbox
    from seatrobot.invitations.records import MailingRecord, MessageRecord, Text
    from seatrobot.invitations.services import mailings, messages
    from seatrobot.kernel.clock import now
    from seatrobot.kernel.ids import new_id

    member, event = owner_and_event()
    with member.acting():
        guests = [
            NewGuest(
                id=new_id(),
                party_id=new_id(),
                facts=Facts(),
                record=GuestRecord(
                    first_name="Zoë",
                    last_name=f"Müller {number}",
                    email=f"guest{number}@d{number % 97}.test",
                ),
            )
            for number in range(count)
        ]
        parties = {guest.party_id: "" for guest in guests}
        writing.insert_parties(event, parties, Party.Source.STAFF)
        writing.insert(event, guests)
        message = messages.create(actor=member, event=event, kind="thanks")
        message.sealed = MessageRecord(texts={"": Text("Gala, {name}", "", BODY)}, calendar=True)
        message.save()
        mailing = Mailing.objects.create(
            organization_id=member.organization_id,
            event=event,
            version=messages.version_of(message),
            kind=message.kind,
            state=Mailing.State.WAITING,
            send_at=now(),
            created_at=now(),
            sealed=MailingRecord(),
        )
    start = time.perf_counter()
    with member.acting():
        chosen = mailings.choose(member, message, "")
    choose = time.perf_counter() - start
    start = time.perf_counter()
    with member.acting():
        mailings.begin(actor=member, mailing_id=mailing.pk)
    queue = time.perf_counter() - start
    start = time.perf_counter()
    office = MailOffice(member.organization_id, member.acting)
    result = Outbox(member.organization_id, office).run(seconds=3600)
    hand = time.perf_counter() - start
    with member.acting():
        handed = Delivery.objects.filter(state="handed").count()
    assert (handed, result.handed, len(chosen.recipients)) == (count, count, count), result
    return {
        "choose_seconds": round(choose, 2),
        "queue_per_second": round(count / queue),
        "hand_per_second": round(count / hand),
        "both_per_second": round(count / (queue + hand)),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


if __name__ == "__main__":
    main()
