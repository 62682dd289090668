"""What does it cost a request of staff that their grant and conditions are asked about?

One organization, one member of the staff with a live grant. Measured are the question itself
(`kernel.staff.standing.require`), with its answers kept and with all of them worked out anew, and a
unit of work of a member before and after: theirs must not get slower. Medians of so many turns, in
milliseconds. Prints one JSON line.

Usage: python bench/staff_conditions.py
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from instance import instance, owner_and_event

TURNS = 2000
TARGET_MS = 1.0


def milliseconds(act: Callable[[], object], turns: int = TURNS) -> float:
    taken = []
    for _turn in range(turns):
        started = time.perf_counter()
        act()
        taken.append(time.perf_counter() - started)
    return round(statistics.median(taken) * 1000, 3)


def main() -> int:
    with instance():
        found = measure()
    found["target_ms"] = TARGET_MS
    sys.stdout.write(json.dumps(found) + "\n")
    return int(float(found["kept"]) > TARGET_MS)


def measure() -> dict[str, float]:
    from seatrobot.accounts.models import Passkey, PasskeyRecord
    from seatrobot.accounts.staff import conditions as of_accounts
    from seatrobot.events.models import Event
    from seatrobot.grants.visitor import load_visitor
    from seatrobot.kernel import features
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.kernel.clock import now
    from seatrobot.kernel.staff import conditions, standing
    from seatrobot.practices.checks import support_access

    member, _event = owner_and_event()
    staff = support_access.staff_member("bench")
    with acting(Actor.system("bench")):
        Passkey.objects.create(
            account=staff,
            credential_hash=staff.pk.bytes,
            sealed=PasskeyRecord("Laptop", b"", b"", [], ""),
            sign_count=0,
            is_synced=False,
            created_at=now(),
        )
        every = conditions.conditions(staff.pk)
    grant = support_access.store_grant(member.organization_id, staff, since=timedelta())
    ours = (of_accounts.enabled, of_accounts.not_ended, of_accounts.passkey_fresh)
    checks, features.staff_conditions = features.staff_conditions, lambda: ours
    conditions.forget()
    with acting(Actor.staff(staff.pk)):
        visitor = load_visitor(staff.pk, grant.pk)

    def member_reads() -> None:
        with acting(member.actor, member.organization_id):
            Event.objects.count()

    def staff_read() -> None:
        with visitor.acting():
            Event.objects.count()

    found = {
        "conditions": len(every),
        "member": milliseconds(member_reads),
        "visit": milliseconds(staff_read),
    }
    with visitor.acting() as access:
        found["kept"] = milliseconds(lambda: standing.require(access))
    features.staff_conditions = checks
    with acting(Actor.system("bench")):

        def anew() -> None:
            conditions.forget()
            conditions.conditions(staff.pk)

        found["anew"] = milliseconds(anew, 300)
    return found


if __name__ == "__main__":
    sys.exit(main())
