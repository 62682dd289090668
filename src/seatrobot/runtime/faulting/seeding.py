"""Seeds one fault: the promise must be kept before, not while it is there, and kept after."""

from __future__ import annotations

import shutil
import traceback
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from seatrobot.accounts.services import create_account
from seatrobot.events import services as events
from seatrobot.events.facts import EventFacts
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.heads import services as heads
from seatrobot.kernel.heads import witnesses
from seatrobot.kernel.journal import signing
from seatrobot.kernel.journal.sequencer import sequence
from seatrobot.kernel.promises import reading, services
from seatrobot.kernel.promises.declaring import PROMISES, Promise
from seatrobot.kernel.promises.status import PromiseStatus, State
from seatrobot.organizations import services as organizations
from seatrobot.practices.faults import attestations, laptops, people, personnel, providers
from seatrobot.practices.faults.declaring import Fault
from seatrobot.runtime.faulting.instance import RunningInstance

WHAT_RUNS = "hosts.running"
GOOD = {State.KEPT, State.ATTESTED}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The states of the promise before the fault, during it, and after its repair.

    reasons: why it was not kept where it should have been, or what broke. attempt: above 1 where it
    was seeded again, after the promise was not kept without the fault.
    """

    fault: Fault
    before: State
    during: State
    after: State
    reasons: tuple[str, ...] = ()
    attempt: int = 1

    @property
    def is_inconclusive(self) -> bool:
        """Return whether the promise was not kept without the fault, which says nothing of it."""
        return not (self.before in GOOD and self.after in GOOD)

    @property
    def is_detected(self) -> bool:
        """Return whether the fault, and nothing else, turned the promise."""
        return not self.is_inconclusive and self.during in self.fault.expected

    @property
    def line(self) -> str:
        verdict = "detected" if self.is_detected else "MISSED"
        states = f"{self.before} → {self.during} → {self.after}"
        minutes = self.fault.within.total_seconds() / 60
        name = f"{self.fault.promise}: {self.fault.name}"
        again = f", at attempt {self.attempt}" if self.attempt > 1 else ""
        return f"{verdict:8}  {name:74}  {states:28}  within {minutes:g} min{again}"


def prepare(running: RunningInstance, address: str, password: str) -> None:
    """Set the instance up as used and examined, and keep its own scheduler from examining."""
    assert running.superuser is not None
    running.superuser.execute("SELECT pg_advisory_lock(%s)", [services.LOCK])
    with acting(Actor.system("faults")):
        alice = create_account(email=address, name="Alice", password=password)
        member = organizations.found(name="Foundation", owner=alice)
    start = datetime(2027, 1, 20, 23, tzinfo=UTC)
    facts = EventFacts("Congress Dinner", start, start + timedelta(hours=4))
    with acting(member.actor, member.organization_id):
        events.create(actor=member, facts=facts)
    providers.register()
    attestations.attest(alice.pk, people.staff_member("Dana").pk)
    laptops.enrol(running)
    personnel.prepare()
    (running.data / "profile" / "practices.toml").write_text('email = "security@seatrobot.test"\n')
    running.sign_in()
    services.record_changes()
    sequence()
    heads.publish()
    running.witness_log(signing.verifier_key(heads.origin()))
    witnesses.show_newest()
    for promise in services.due(now()):
        services.examine(promise)


def seed(running: RunningInstance, fault: Fault, attempt: int = 1) -> Outcome:
    """Seed a fault, observe the promise, repair, and examine again.

    An attempt in which something else breaks is inconclusive, and the other faults go on.
    """
    try:
        if attempt > 1:
            running.until_well()
            running.sign_in()  # another newest row than the one that it failed with
        return replace(_seed(running, fault), attempt=attempt)
    except Exception:  # noqa: BLE001  whatever breaks
        unknown, reasons = State.UNPROVEN, tuple(traceback.format_exc().splitlines())
        return Outcome(fault, unknown, unknown, unknown, reasons, attempt)


def _seed(running: RunningInstance, fault: Fault) -> Outcome:
    promise = PROMISES[fault.promise]
    if promise.id == WHAT_RUNS:
        running.until_reported()  # it may still say what an earlier fault replaced
    before = reading.read_status(promise)
    if before.state not in GOOD:
        before = _examined(promise)
    with fault.seed(running):
        during = fault.observe(promise)
    shutil.rmtree(running.data / "published", ignore_errors=True)  # editions of that time
    after = _examined(promise)
    reasons = [reason for row in (before, after) if row.state not in GOOD for reason in _why(row)]
    return Outcome(fault, before.state, during, after.state, tuple(dict.fromkeys(reasons)))


def _examined(promise: Promise) -> PromiseStatus:
    if promise.examine:
        services.examine(promise)
    return reading.read_status(promise)


def _why(row: PromiseStatus) -> list[str]:
    return [row.reason, *(row.examination.notes if row.examination else ())]
