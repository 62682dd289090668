"""The floor plan of 10,000 seated guests at 300 tables, in Chromium.

The whole instance runs in a temporary directory. Prints one JSON line:
    page_bytes     of the page as sent, without compression; values_bytes: what cards and colours
                   are shown with, fetched when the page has nothing else to do
    server_ms      median until the page's first byte; first_ms: of the first page after a start
    ready_ms       median from asking for the page until the plan can be used
    state_bytes, poll_ms    of a question for changes when a guest was moved, and when nothing was
    move_ms        median of moving one guest

Usage: python bench/floor_plan.py [guests, default 10000] [tables, default 300]
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from statistics import median
from typing import Any

from checkin import PYTHON, free_port, running

TURNS = 7
CHROMIUM = "/usr/bin/chromium"
FIRST = ("Alma", "Bella", "Çelik", "Dénes", "Émile", "Fatima", "Gül", "Hana", "Ines", "Jürgen")
LAST = ("Adams", "Bishop", "Castro", "Dvořák", "Engel", "Fischer", "García", "Håkansson")
SEED = "--seed"


def main(guests: int, tables: int) -> None:
    with tempfile.TemporaryDirectory(prefix="seatrobot-bench-") as data:
        port = free_port()
        environment = {**os.environ, "SEATROBOT_DATA": f"{data}/var", "SEATROBOT_PORT": str(port)}
        with running([*PYTHON, "-m", "seatrobot", "up"], environment, port):
            script = [sys.executable, __file__, SEED, str(guests), str(tables)]
            done = subprocess.run(script, env=environment, check=True, stdout=subprocess.PIPE)
            seeded = json.loads(done.stdout)
            line = {"what": "floor plan", "guests": guests, "tables": tables}
            print(json.dumps(line | measure(f"http://localhost:{port}", seeded)), flush=True)


def measure(base: str, seeded: dict[str, Any]) -> dict[str, float]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=base)
        cookie = {"name": "session", "value": seeded["session"], "url": base}
        context.add_cookies([cookie])
        page = context.new_page()
        values = []
        page.on("response", lambda answer: values.append(answer) if "/values/" in answer.url else 0)
        loads = [load(page, seeded["plan"]) for _ in range(TURNS + 1)]
        page.locator("#colour option").nth(2).wait_for(state="attached")
        found = {
            "page_bytes": len(page.request.get(seeded["plan"]).body()),
            "values_bytes": len(values[-1].body()),
            "first_ms": loads[0]["first"],
            "server_ms": median(each["first"] for each in loads[1:]),
            "ready_ms": median(each["ready"] for each in loads[1:]),
            **talk(page, seeded),
        }
        browser.close()
    return {name: round(value) for name, value in found.items()}


def load(page: Any, path: str) -> dict[str, float]:
    began = time.perf_counter()
    page.goto(path, wait_until="commit")
    page.locator("#plan[data-ready]").wait_for(state="attached")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    ready = 1000 * (time.perf_counter() - began)
    timing = "performance.getEntriesByType('navigation')[0]"
    return {"ready": ready, "first": page.evaluate(f"{timing}.responseStart")}


def talk(page: Any, seeded: dict[str, Any]) -> dict[str, float]:
    """Move a guest to and fro, and ask for changes, as the page's script does."""
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    headers = {"X-CSRFToken": token, "Referer": page.url, "Accept": "application/json"}
    state = f"{seeded['plan']}state/"
    tag = page.request.get(state).headers["etag"]
    moves, polls = [], []
    for turn in range(TURNS):
        body = {"guest": seeded["guest"], "table": seeded["tables"][turn % 2]}
        moves.append(timed(lambda b=body: page.request.post(
            f"{seeded['plan']}place/", data=b, headers=headers)))  # fmt: skip
    changed = page.request.get(state, headers={"If-None-Match": tag})
    now = {"If-None-Match": changed.headers["etag"]}
    polls = [timed(lambda: page.request.get(state, headers=now)) for _ in range(TURNS)]
    return {
        "state_bytes": len(changed.body()),
        "poll_ms": median(polls),
        "move_ms": median(moves),
    }


def timed(ask: Any) -> float:
    began = time.perf_counter()
    answer = ask()
    assert answer.status < 400, answer.text()
    return 1000 * (time.perf_counter() - began)


def seed(guests: int, tables: int) -> dict[str, Any]:
    from django.test import Client

    from instance import owner_and_event
    from seatrobot.accounts.models import Account
    from seatrobot.kernel.acting import acting

    member, event = owner_and_event()
    with acting(member.actor, member.organization_id):
        found = fill(member, event, guests, tables)
    with acting(member.actor):
        client = Client(headers={"user-agent": "benchmark"})
        account = Account.objects.get(pk=member.account_id)
        client.force_login(account, "seatrobot.accounts.signing_in.sessions.PasswordBackend")
    plan = f"/o/{member.organization_id}/events/{event.pk}/seating/"
    return {"plan": plan, "session": client.cookies["session"].value, **found}


def fill(member: Any, event: Any, guests: int, tables: int) -> dict[str, Any]:
    from seatrobot.events.models import Field, FieldRecord
    from seatrobot.events.reading import load_activity
    from seatrobot.guests.models import Guest, Party, PartyRecord
    from seatrobot.guests.records import GuestRecord
    from seatrobot.kernel.clock import now
    from seatrobot.seating import floor as floors
    from seatrobot.seating.models import SeatAssignment
    from seatrobot.seating.services import tables as services
    from seatrobot.seating.services.tables import TableFacts

    own = {"organization_id": member.organization_id, "event": event}
    moment = datetime.now(UTC)
    fields = [
        Field.objects.create(**own, position=position, sealed=FieldRecord({"": label}))
        for position, label in enumerate(("Group", "State"))
    ]
    parties = [
        Party(**own, created_at=moment, sealed=PartyRecord()) for _ in range(guests - guests // 6)
    ]
    Party.objects.bulk_create(parties, batch_size=1000)
    rows = [
        Guest(
            **own,
            party=parties[number % len(parties)],
            reply="confirmed",
            created_at=now(),
            changed_at=moment,
            sealed=GuestRecord(
                title="Dr.",
                first_name=FIRST[number % 10],
                last_name=f"{LAST[number % 8]}{number}",
                email=f"guest{number}@example.org",
                company=f"Company {number % 997}",
                answers={
                    fields[0].pk: "Green" if number % 3 else "Blue",
                    fields[1].pk: f"S{number % 50:02}",
                },
            ),
        )
        for number in range(guests)
    ]
    Guest.objects.bulk_create(rows, batch_size=1000)
    activity = load_activity(member, event.pk)
    seats = guests // tables + 2
    made = services.add_tables(
        actor=member, activity=activity, count=tables, facts=TableFacts(seats)
    )
    room = floors.read(activity).room
    order = list(range(guests))
    random.Random(1).shuffle(order)
    SeatAssignment.objects.bulk_create(
        SeatAssignment(**own, room=room, guest=rows[i], table=made[n % tables], seat=n // tables)
        for n, i in enumerate(order)
    )
    alone = next(row for row in rows[guests // 2 :])
    return {"guest": str(alone.pk), "tables": [str(table.pk) for table in made[:2]]}


if __name__ == "__main__":
    if sys.argv[1:2] == [SEED]:
        from seatrobot.runtime.application import application

        with application(as_owner=True):
            result = seed(*map(int, sys.argv[2:]))
        print(json.dumps(result))
    else:
        main(*(map(int, sys.argv[1:]) if sys.argv[1:] else (10_000, 300)))
