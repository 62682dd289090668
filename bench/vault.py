"""What sealing costs, and sealing everything anew under another algorithm while the door is open.

Prints one JSON line each:
    seal, open       microseconds of the vault, of Tink called directly, and their ratio (least of
                     several rounds in turns): of 200 bytes
    list             milliseconds in which 10,000 records of guests are opened; cpu_ms of this
                     process alone, which others on the machine disturb less
    reseal           rows a second, by a process of its own that works all the time and one that
                     works half of it; the door's check-ins at rest and meanwhile (whole requests
                     on the server, milliseconds)

Usage: python bench/vault.py [guests that are sealed anew, default 100000]
"""

import json
import multiprocessing
import statistics
import sys
import time

from checkin_seed import fill
from instance import instance, owner_and_event

ROUNDS, TURNS = 15, 2_000
LIST = 10_000
DOOR = 400
"""Guests at the door; their event is sealed anew with all others."""
PLAIN = b"x" * 200
MOST_RATIO, MOST_LIST_MS, MOST_DOOR_MS = 1.5, 80, 60


def microseconds(function, turns: int = TURNS) -> float:
    start = time.perf_counter()
    for _ in range(turns):
        function()
    return (time.perf_counter() - start) / turns * 1e6


def sealing(member) -> None:
    from seatrobot.kernel.vault import services as vault

    organization = member.organization_id
    place = b"guests_guest.sealed" + bytes(33)
    with member.acting() as access:
        sealed = vault.seal(organization, PLAIN, place)
        tink = access.keyrings[organization]._open[None].__self__  # noqa: SLF001  what the vault itself calls
        pairs = {
            "seal": (
                lambda: vault.seal(organization, PLAIN, place),
                lambda: tink.encrypt(PLAIN, place),
            ),
            "open": (
                lambda: vault.open_sealed(organization, sealed, place),
                lambda: tink.decrypt(sealed, place),
            ),
        }
        for what, (ours, theirs) in pairs.items():
            runs = [(microseconds(ours), microseconds(theirs)) for _ in range(ROUNDS)]
            vaults, tinks = (min(each) for each in zip(*runs, strict=True))
            ratio = round(vaults / tinks, 2)
            line = {"what": what, "us": round(vaults, 2), "tink_us": round(tinks, 2)}
            print(json.dumps(line | {"ratio": ratio, "good": ratio <= MOST_RATIO}))


def listing(member) -> None:
    from seatrobot.guests.models import Guest
    from seatrobot.guests.records import GuestRecord
    from seatrobot.kernel.ids import new_id

    field = Guest._meta.get_field("sealed")
    record = GuestRecord(
        first_name="Alma", last_name="Adams", email="alma@example.org", company="Company 17"
    )
    with member.acting():
        rows = [
            (pk, field.seal_record(pk, member.organization_id, record))
            for pk in (new_id() for _ in range(LIST))
        ]
        took = []
        for _ in range(7):
            start, begun = time.perf_counter(), time.process_time()
            for pk, sealed in rows:
                field.open_record(pk, member.organization_id, sealed)
            wall, cpu = time.perf_counter() - start, time.process_time() - begun
            took.append((round(cpu * 1e3, 1), round(wall * 1e3, 1)))
    cpu, wall = min(took)
    line = {"what": f"list of {LIST:,}", "cpu_ms": cpu, "ms": wall, "good": cpu < MOST_LIST_MS}
    print(json.dumps(line), flush=True)


def door_of(member):
    """Return a browser at the door, and where it checks in; 400 guests come."""
    from django.test import Client

    from seatrobot.accounts.models import Account
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor

    with acting(Actor.system("bench"), member.organization_id):
        event, guests = fill(member.organization_id, DOOR)
    client = Client(headers={"user-agent": "benchmark"})
    with acting(member.actor):
        account = Account.objects.get(pk=member.account_id)
        client.force_login(account, "seatrobot.accounts.signing_in.sessions.PasswordBackend")
    address = f"/o/{member.organization_id}/events/{event}/door/"
    return client, address, guests


def taps(client, address: str, guests: list[str], is_over) -> list[float]:
    """Check guests in and out, one after the other, until it is over."""
    times: list[float] = []
    while not is_over(times):
        guest = guests[len(times) % len(guests)]
        verb = "check-in" if len(times) // len(guests) % 2 == 0 else "undo"
        start = time.perf_counter()
        answer = client.post(f"{address}{verb}/", {"guest": guest})
        times.append((time.perf_counter() - start) * 1e3)
        assert answer.status_code in {200, 302}, answer.content[:300]
        time.sleep(0.01)
    return times


def reseal(organization: str, share: float, results) -> None:
    """In a process of its own: new keys of the next algorithm, and everything sealed anew."""
    from uuid import UUID

    import django

    django.setup()
    from seatrobot.kernel.actor import Actor
    from seatrobot.kernel.vault import resealing
    from seatrobot.kernel.vault import services as vault
    from seatrobot.kernel.vault.keyring import SEALED_ANEW

    name, actor = UUID(organization), Actor.job("keys.reseal")
    now = next(key.algorithm for key in vault.keys(name) if key.is_primary)
    other = "XCHACHA20_POLY1305" if now == "AES256_GCM" else "AES256_GCM"
    resealing.rotate(actor, name, dict.fromkeys(SEALED_ANEW, other))
    begun = time.process_time()
    done = resealing.reseal(actor, name, share=share)
    cpu = time.process_time() - begun
    closed = resealing.retire(actor, name, wait=60)
    results.put((other, done.values, done.meanwhile, done.seconds, cpu, len(closed)))


def figures(times: list[float]) -> dict[str, float]:
    return {
        "p50_ms": round(statistics.median(times), 1),
        "p99_ms": round(sorted(times)[int(len(times) * 0.99)], 1),
        "requests": len(times),
    }


def resealing(member, rows: int) -> None:
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor

    for start in range(0, rows, 50_000):
        with acting(Actor.system("bench"), member.organization_id):
            fill(member.organization_id, min(50_000, rows - start))
    door = door_of(member)
    rest = taps(*door, is_over=lambda times: len(times) >= 600)
    print(json.dumps({"what": "door at rest", **figures(rest)}))
    context = multiprocessing.get_context("spawn")
    for share in (1.0, 0.5):
        results = context.Queue()
        process = context.Process(target=reseal, args=(str(member.organization_id), share, results))
        process.start()
        times = taps(*door, is_over=lambda _: not process.is_alive() or not results.empty())  # noqa: B023  at once
        algorithm, values, meanwhile, seconds, cpu, closed = results.get()
        process.join()
        line = {
            "what": f"reseal to {algorithm}, working {share:.0%} of the time",
            "values": values,
            "seconds": round(seconds, 1),
            "rows_per_s": round(values / seconds),
            "rows_per_cpu_s": round(values / cpu),
            "left": meanwhile,
            "closed": closed,
        }
        found = {f"door_{name}": figure for name, figure in figures(times).items()}
        good = found["door_p99_ms"] < MOST_DOOR_MS
        print(json.dumps(line | found | {"good": good}), flush=True)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with instance():
        from django.conf import settings

        settings.ALLOWED_HOSTS = ["*"]
        member, _event = owner_and_event()
        sealing(member)
        listing(member)
        resealing(member, rows)


if __name__ == "__main__":
    main()
