"""The Access log of an organization with ten million entries and a fifth as many sign-ins.

One organization, one year, ten members. Rows are made by the database; those that a measured page
shows are sealed properly, the others repeat sealed bytes of the same size. Two worst cases for a
filter are among them: 200 of a member, an area and a device that are rare, spread over the year,
and a member and an event that are common but over since two fifths of the year.
Times are of the whole request on the server, medians of so many turns. Prints one JSON line:
    newest, deep (half a year back), by each filter; fill_seconds, database_gb
    queries      statements of the page without a filter

Filling takes some ten minutes. With a directory the rows are made there once, stay, and are
measured again the next time; its owner deletes it.

Usage: python bench/access_log.py [entries, default 10000000] [directory to keep them in]
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg

from guest_list import browser_of, milliseconds, queries
from instance import instance, owner_and_event

if TYPE_CHECKING:
    from seatrobot.organizations.members import Member

TURNS = 30
MEMBERS = 10
SEALED_NEWEST = 3000
RARE = 200
CLUSTER = 60
YEAR = timedelta(days=365)
TARGET = 100
NAMED = ("event", "past", "common", "gone", "rare")

ID = """(lpad(to_hex({start} + n::bigint * {step}), 12, '0') || '7'
         || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid"""
FILL_JOURNAL = """
    INSERT INTO journal_entry (id, organization_id, at, action, actor_kind, actor_id, actor_name,
                               event_id, subject_id, opened, sealed)
    SELECT {id}, %(organization)s, to_timestamp(({start} + n::bigint * {step}) / 1000.0),
           (%(actions)s::text[])[1 + n %% %(kinds)s], 'member',
           (%(accounts)s::uuid[])[1 + n %% (%(people)s + (n < {past})::int)], '',
           CASE WHEN n %% 3 = 0 THEN NULL WHEN n < {past} THEN %(past)s ELSE %(event)s END::uuid,
           NULL, n %% 50, %(sealed)s
    FROM generate_series(1, {rows}) n
"""
FILL_SIGN_INS = """
    INSERT INTO accounts_sign_in (id, organization_id, at, account_id, method, factors, outcome,
                                  reason, device, session_id, sealed)
    SELECT {id}, %(organization)s, to_timestamp(({start} + n::bigint * {step}) / 1000.0),
           (%(accounts)s::uuid[])[1 + n %% (%(people)s + (n < {past})::int)],
           'password', '{{password}}', 'success', '',
           CASE WHEN n %% 3 > 0 THEN 'desktop' ELSE 'phone' END, gen_random_uuid(), %(sealed)s
    FROM generate_series(1, {rows}) n
"""
COUNTS = """
    INSERT INTO accounts_sign_in_count (id, organization_id, day, device, outcome, count)
    SELECT gen_random_uuid(), organization_id, (at AT TIME ZONE 'UTC')::date, device, outcome,
           count(*)
    FROM accounts_sign_in GROUP BY 2, 3, 4, 5
"""


def id_at(moment: datetime, number: int) -> UUID:
    """Return a UUIDv7 of a moment; later numbers of one millisecond sort later."""
    milliseconds_ = int(moment.timestamp() * 1000)
    return UUID(int=milliseconds_ << 80 | 0x7 << 76 | 0x2 << 62 | number << 32)


def moments(end: datetime) -> tuple[list[datetime], list[datetime], datetime]:
    """Return when the rare rows and those of the deep page happened, and the end of its day."""
    rare = [end - YEAR * (turn + 0.5) / RARE for turn in range(RARE)]
    night = (end - YEAR / 2).replace(hour=23, minute=59, second=59, microsecond=0)
    return rare, [night + timedelta(milliseconds=turn) for turn in range(CLUSTER)], night


def add_sealed(member, accounts: list[UUID], events: list[UUID], end: datetime) -> None:
    """Write every row that a measured page will show, sealed as the product seals.

    accounts: the one that is gone, and the rare one. events: the present and the past one.
    """
    from seatrobot.accounts.models import SignIn, SignInRecord
    from seatrobot.guests.feature import Action as GuestAction
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.journal.models import Details, Entry
    from seatrobot.seating.feature import Action as SeatingAction

    rare, cluster, _night = moments(end)
    newest = [end + timedelta(milliseconds=turn) for turn in range(SEALED_NEWEST)]
    last = [end - YEAR * 3 / 5 + timedelta(minutes=1 + turn) for turn in range(CLUSTER)]
    gone, seldom = accounts
    seen = (member.account_id, "desktop", GuestAction.GUEST_LIST, events[0])
    plan = [(at, *seen) for at in cluster + newest]
    plan += [(at, gone, "desktop", GuestAction.GUEST_LIST, events[1]) for at in last]
    plan += [(at, seldom, "bot", SeatingAction.SEATING_EXPORT, None) for at in rare]
    agent = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
    entries, sign_ins = [], []
    for number, (at, account, device, action, event) in enumerate(plan):
        shared = {"id": id_at(at, number), "organization_id": member.organization_id, "at": at}
        facts = {"number": number, "filters": ["tag: vip"]}
        entries.append(
            Entry(
                **shared,
                action=action,
                actor_kind="member",
                actor_id=account,
                event_id=event,
                sealed=Details(facts, "192.0.2.7", agent),
            )
        )
        sign_ins.append(
            SignIn(
                **shared,
                account_id=account,
                method="password",
                factors=["password"],
                outcome="failure" if device == "bot" else "success",
                reason="wrong-password" if device == "bot" else "",
                device=device,
                sealed=SignInRecord("192.0.2.7", agent, "Firefox 140.0", "Windows 10"),
            )
        )
    with acting(member.actor, member.organization_id):
        Entry.objects.bulk_create(entries, batch_size=1000)
        SignIn.objects.bulk_create(sign_ins, batch_size=1000)


def fill(member, accounts: list[UUID], events: list[UUID], rows: int, end: datetime) -> float:
    """Fill both tables by the database itself, as its owner; return the gigabytes it takes.

    The last account and the second event stand only in the first two fifths.
    """
    actions = ["guest:list:view", "guest:guest:view", "checkin:guest:check-in", "event:event:view"]
    values = {
        "organization": member.organization_id,
        "accounts": accounts,
        "people": len(accounts) - 1,
        "event": events[0],
        "past": events[1],
        "actions": actions,
        "kinds": len(actions),
        "sealed": os.urandom(170),
    }
    start = int((end - YEAR).timestamp() * 1000)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute(f"SET seatrobot.organization = '{member.organization_id}'")
        owner.execute("SET synchronous_commit = off")
        for statement, number in ((FILL_JOURNAL, rows), (FILL_SIGN_INS, rows // 5)):
            step = int(YEAR.total_seconds() * 1000) // number
            made_id = ID.format(start=start, step=step)
            past = number * 2 // 5
            filling = statement.format(id=made_id, start=start, step=step, rows=number, past=past)
            owner.execute(filling, values)
        owner.execute(COUNTS)
        owner.execute("VACUUM ANALYZE journal_entry, accounts_sign_in")
        size = owner.execute("SELECT pg_database_size(current_database())").fetchone()
    return size[0] / 1e9


def past_event(member):
    from seatrobot.events import services as events
    from seatrobot.events.facts import EventFacts
    from seatrobot.kernel.acting import acting

    facts = EventFacts(
        "Last year", datetime(2026, 1, 20, tzinfo=UTC), datetime(2026, 1, 21, tzinfo=UTC)
    )
    with acting(member.actor, member.organization_id):
        return events.create(actor=member, facts=facts)


def colleagues(member) -> list:
    from seatrobot.accounts.services import create_account
    from seatrobot.kernel.acting import acting
    from seatrobot.organizations import members, services
    from seatrobot.organizations.permissions import Role

    loaded = []
    with acting(member.actor, member.organization_id):
        for number in range(MEMBERS):
            account = create_account(
                email=f"member{number}@seatrobot.test",
                name=f"Member {number}",
                password="correct horse battery staple",
            )
            services.add_member(member.organization_id, account, Role.TEAM)
            loaded.append(members.load(account.pk, member.organization_id))
    return loaded


@dataclass(frozen=True, slots=True)
class Filled:
    """What the tables hold: whose, until when, what it took.

    rare: an account with few rows. gone, past: an account and an event with many, long ago.
    """

    member: Member
    event: UUID
    past: UUID
    common: UUID
    gone: UUID
    rare: UUID
    end: datetime
    rows: int
    seconds: int
    gigabytes: float


def filled(rows: int, kept: Path | None) -> Filled:
    """Fill the tables, or find them filled in a kept directory."""
    note = kept / "access_log.json" if kept else None
    if note and note.exists():
        return _found(json.loads(note.read_text()))
    member, event = owner_and_event()
    *common, rare = colleagues(member)
    end = datetime.now(UTC) - timedelta(minutes=5)
    begun = time.perf_counter()
    past = past_event(member).pk
    accounts = [each.account_id for each in common]
    gigabytes = fill(member, accounts, [event.pk, past], rows, end)
    seconds = round(time.perf_counter() - begun)
    add_sealed(member, [accounts[-1], rare.account_id], [event.pk, past], end)
    people = (accounts[0], accounts[-1], rare.account_id)
    made = Filled(member, event.pk, past, *people, end, rows, seconds, round(gigabytes, 1))
    if note:
        note.write_text(json.dumps(_said(made)))
    return made


def _said(made: Filled) -> dict[str, object]:
    return {
        "organization": str(made.member.organization_id),
        "owner": str(made.member.account_id),
        **{name: str(getattr(made, name)) for name in NAMED},
        "end": made.end.isoformat(),
        "rows": made.rows,
        "seconds": made.seconds,
        "gigabytes": made.gigabytes,
    }


def _found(said: dict) -> Filled:
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.organizations import members

    organization, owner = UUID(said["organization"]), UUID(said["owner"])
    with acting(Actor.member(owner), organization):
        member = members.load(owner, organization)
    end = datetime.fromisoformat(said["end"])
    named = {name: UUID(said[name]) for name in NAMED}
    took = {name: said[name] for name in ("rows", "seconds", "gigabytes")}
    return Filled(member=member, end=end, **named, **took)


def addresses(made: Filled) -> dict[str, str]:
    """Return the pages to measure, by what they show."""
    night = moments(made.end)[2]
    deep = f"?before={id_at(night + timedelta(seconds=1), 0)}"
    day = f"?until={night:%Y-%m-%d}"
    log = f"/o/{made.member.organization_id}/log/"
    return {
        "everything": log,
        "everything_deep": log + deep,
        "everything_until_day": log + day,
        "everything_rare_member": f"{log}?account={made.rare}",
        "everything_rare_area": f"{log}?area=seating",
        "everything_common_area": f"{log}?area=guest",
        "everything_event": f"{log}?event={made.event}",
        "everything_past_event": f"{log}?event={made.past}",
        "everything_gone_member": f"{log}?account={made.gone}",
        "everything_rare_member_and_area": f"{log}?account={made.rare}&area=seating",
        "everything_common_member_and_rare_area": f"{log}?account={made.common}&area=seating",
        "everything_past_event_and_area": f"{log}?event={made.past}&area=guest",
        "everything_gone_member_and_event": f"{log}?account={made.gone}&event={made.event}",
        "sign_ins": f"{log}sign-ins/",
        "sign_ins_deep": f"{log}sign-ins/{deep}",
        "sign_ins_until_day": f"{log}sign-ins/{day}",
        "sign_ins_rare_member": f"{log}sign-ins/?account={made.rare}",
        "sign_ins_rare_device": f"{log}sign-ins/?device=bot",
        "sign_ins_rare_outcome": f"{log}sign-ins/?outcome=failure",
        "sign_ins_common_device": f"{log}sign-ins/?device=desktop",
        "sign_ins_common_device_deep": f"{log}sign-ins/{deep}&device=desktop",
        "sign_ins_gone_member": f"{log}sign-ins/?account={made.gone}",
        "sign_ins_common_member_refused": f"{log}sign-ins/?account={made.common}&outcome=failure",
        "sign_ins_no_such": f"{log}sign-ins/?account={made.rare}&device=phone",
    }


def medians(client, pages: dict[str, str], clock: Callable[[], float]) -> dict[str, float]:
    return {
        name: round(
            statistics.median(milliseconds(client, address, clock) for _turn in range(TURNS)), 1
        )
        for name, address in pages.items()
    }


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    with instance(kept):
        from django.conf import settings

        settings.ALLOWED_HOSTS = ["*"]
        made = filled(rows, kept)
        client = browser_of(made.member)
        pages = addresses(made)
        for address in pages.values():
            milliseconds(client, address)
        seen = medians(client, pages, time.perf_counter)
        result = {
            "what": "access log pages, median ms on the server",
            "how_many": made.rows,
            "how_many_sign_ins": made.rows // 5,
            **seen,
            "target_ms": TARGET,
            "worst_ms": max(seen.values()),
            "cpu_ms": medians(client, pages, time.process_time),
            "machine_load": round(os.getloadavg()[0], 1),
            "queries": {name: queries(client, address) for name, address in pages.items()},
            "fill_seconds": made.seconds,
            "database_gb": made.gigabytes,
        }
        print(json.dumps(result))


if __name__ == "__main__":
    main()
