"""The outbox: how a delivery gets to the mail server once, whenever the process is killed.

    queued → handing → dotting → handed

Each arrow is committed before the next step. In *handing* envelope and body are sent, without the
end of the message: whatever is found in it later was certainly not accepted, and is queued again.
*Dotting* is committed before the end (the dot) is sent: whatever is found in it later may have been
accepted or not, so it becomes *unsure* and is never sent again by itself. The server is asked to
report what it accepted (RFC 3461); such a report makes unsure ones *handed* (`returns`).

One process at a time sends for an organization: it holds an advisory lock of its session, which
PostgreSQL gives back when the process is gone. The end of one message and the beginning of the
end of the next are committed together, which is one commit a message.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import msgspec
from django.db import connection
from django.utils.translation import gettext as _

from seatrobot.invitations.models import Delivery, State
from seatrobot.invitations.records import DeliveryRecord
from seatrobot.invitations.smtp import (
    Connection,
    Letter,
    NotTaken,
    Server,
    ServerFailed,
    Unsure,
    Withdrawn,
)
from seatrobot.kernel.clock import now
from seatrobot.kernel.unit_of_work import UnitOfWork

BATCH = 50
MINUTE = timedelta(minutes=1)
LONGEST_RUN_SECONDS = 120.0
"""Then a job makes room for others, and goes on as a new one."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)
MOST_BROKEN, MOST_PUT_OFF = 2, 10
"""So many in a row without an answer, or put off, are the server's matter: the run ends."""
MOST_TRIES = 14
"""With those waits some two days, as mail servers try (RFC 5321, 4.5.4.1)."""

SUPPRESSED = """(d.kind IN ('mailing', 'told') AND EXISTS (
    SELECT FROM invitations_suppression s
    WHERE s.organization_id = d.organization_id AND s.address_index = d.address_index
      AND (s.event_id IS NULL OR s.event_id = d.event_id)))"""
"""Whether the address of a delivery gets no mailings; asked again right before the end of each."""
_CLAIM = f"""
    WITH due AS (
        SELECT id FROM invitations_delivery
        WHERE organization_id = %(organization)s AND state = 'queued' AND next_at <= %(now)s
          AND (urgent OR (NOT %(urgent_only)s AND domain_index <> ALL (%(full)s::bytea[])))
        ORDER BY urgent DESC, next_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
    UPDATE invitations_delivery d
    SET state = CASE WHEN {SUPPRESSED} THEN 'suppressed' ELSE 'handing' END, tries = d.tries + 1
    FROM due WHERE d.id = due.id
    RETURNING d.id, d.state
"""  # noqa: S608  our own text
_RECOVER = """
    UPDATE invitations_delivery
    SET state = CASE state WHEN 'dotting' THEN 'unsure' ELSE 'queued' END
    WHERE organization_id = %s AND state IN ('handing', 'dotting')
"""
_DOT = f"""
    UPDATE invitations_delivery d SET state = 'dotting'
    WHERE id = %s AND state = 'handing' AND NOT {SUPPRESSED}
"""  # noqa: S608  our own text
_WITHDRAW = """
    UPDATE invitations_delivery SET state = 'suppressed' WHERE id = %s AND state = 'handing'
"""
_BACK = """
    UPDATE invitations_delivery SET state = 'queued', tries = tries - 1
    WHERE organization_id = %s AND id = ANY (%s) AND state = 'handing'
"""
_SETTLE = """
    UPDATE invitations_delivery SET state = %s, handed_at = %s, next_at = %s, sealed = %s
    WHERE id = %s AND state IN ('handing', 'dotting')
"""
_SENT = """
    SELECT handed_at, domain_index FROM invitations_delivery
    WHERE organization_id = %s AND handed_at > %s AND NOT urgent ORDER BY handed_at
"""
_FINISH = """
    UPDATE invitations_mailing m SET state = 'done'
    WHERE organization_id = %s AND state = 'sending' AND NOT EXISTS (
        SELECT FROM invitations_delivery d
        WHERE d.mailing_id = m.id AND d.state IN ('queued', 'handing', 'dotting'))
"""


class End(StrEnum):
    """Why a run ended."""

    BUSY = "another process sends for the organization"
    EMPTY = "nothing is due any more"
    PACED = "the minute's share is used up"
    LONG = "others want to work too"
    FAILED = "the mail server takes nothing"


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run. error: a sentence, where the server failed."""

    end: End
    handed: int = 0
    error: str = ""
    wait: timedelta = timedelta()


class Pace:
    """How many more may go out this minute, in all and to each domain; 0 limits nothing."""

    def __init__(self, per_minute: int, per_domain: int) -> None:
        self.per_minute, self.per_domain = per_minute, per_domain
        self._sent: deque[tuple[datetime, bytes]] = deque()
        self._domains: Counter[bytes] = Counter()

    @property
    def is_limited(self) -> bool:
        return bool(self.per_minute or self.per_domain)

    def note(self, at: datetime, domain: bytes) -> None:
        self._sent.append((at, domain))
        self._domains[domain] += 1

    def left(self, moment: datetime) -> int:
        """Return how many may go out now, BATCH at most."""
        while self._sent and self._sent[0][0] <= moment - MINUTE:
            domain = self._sent.popleft()[1]
            self._domains[domain] -= 1
        return min(BATCH, self.per_minute - len(self._sent)) if self.per_minute else BATCH

    def full(self) -> list[bytes]:
        """Return the domains that have had their share."""
        if not self.per_domain:
            return []
        return [domain for domain, count in self._domains.items() if count >= self.per_domain]

    def may(self, domain: bytes) -> bool:
        return not self.per_domain or self._domains[domain] < self.per_domain

    def wait(self, moment: datetime) -> timedelta:
        """Return when the next may go out at the earliest."""
        return max(self._sent[0][0] + MINUTE - moment, timedelta()) if self._sent else MINUTE


class Prepared(NamedTuple):
    """A delivery that was taken, with all that its message is made of.

    compose: makes the message, outside of any unit of work; raises ValueError with a sentence for
    one that cannot be made.
    """

    id: UUID
    tries: int
    domain: bytes
    urgent: bool
    record: DeliveryRecord
    compose: Callable[[], Letter]


class Office(Protocol):
    """What a run needs to know of the organization; its methods are called in a unit of work."""

    def acting(self) -> AbstractContextManager[UnitOfWork]: ...

    def server(self) -> Server: ...

    def pace(self) -> Pace: ...

    def prepare(self, ids: Sequence[UUID]) -> list[Prepared]: ...

    def handed(self, ids: Sequence[UUID]) -> None: ...


@dataclass(slots=True)
class _Settled:
    """What is to be committed about a delivery with the next one."""

    id: UUID
    state: State
    record: DeliveryRecord
    next_at: datetime
    handed_at: datetime | None = None


@dataclass(slots=True)
class Outbox:
    """Sends what is due for one organization."""

    organization_id: UUID
    office: Office
    settled: list[_Settled] = field(default_factory=list)
    handed: int = 0
    just_handed: set[UUID] = field(default_factory=set)
    broken: int = 0
    put_off: int = 0

    def run(self, *, seconds: float = LONGEST_RUN_SECONDS) -> Run:
        """Send until nothing is due, the pace is used up, or the server fails."""
        with alone(self.organization_id) as is_alone:
            if not is_alone:
                return Run(End.BUSY)
            try:
                return self._send(time.monotonic() + seconds)
            finally:
                self._finish()

    def _send(self, until: float) -> Run:
        with self.office.acting():
            self.recover()
            pace = self.office.pace()
            if pace.is_limited:
                self._count(pace)
            if not self._waits():
                return Run(End.EMPTY)
            try:
                server = self.office.server()
            except ServerFailed as error:
                return Run(End.FAILED, error=str(error))
        try:
            with Connection(server) as channel:
                return self._send_over(channel, pace, until)
        except ServerFailed as error:
            return Run(End.FAILED, self.handed, str(error))

    def _send_over(self, channel: Connection, pace: Pace, until: float) -> Run:
        while True:
            batch = self._claim(pace)
            if not batch:
                wait = self._paced(pace)
                return Run(End.PACED if wait else End.EMPTY, self.handed, wait=wait)
            try:
                for prepared in batch:
                    if not prepared.urgent and not pace.may(prepared.domain):
                        continue  # it stays in handing, and goes back to the queue below
                    self._hand(channel, prepared, pace)
                self._settle()
                self._tell(batch)
            finally:
                self._put_back([prepared.id for prepared in batch])
            if time.monotonic() > until:
                return Run(End.LONG, self.handed)

    def recover(self) -> None:
        """Decide about what a process that is gone has left; call under the lock."""
        with connection.cursor() as cursor:
            cursor.execute(_RECOVER, [self.organization_id])

    def _claim(self, pace: Pace) -> list[Prepared]:
        """Take the next deliveries, and all that is needed to compose their messages."""
        left = pace.left(now())
        with self.office.acting():
            said: dict[str, Any] = {
                "organization": self.organization_id,
                "now": now(),
                "urgent_only": left <= 0,
                "full": pace.full(),
                "most": left if left > 0 else BATCH,
            }
            with connection.cursor() as cursor:
                cursor.execute(_CLAIM, said)
                taken = cursor.fetchall()
            ids = sorted(pk for pk, state in taken if state == State.HANDING)
            prepared = self.office.prepare(ids) if ids else []
        if taken and not ids:
            return self._claim(pace)  # all of them had unsubscribed
        return sorted(prepared, key=lambda each: (not each.urgent, each.id))

    def _hand(self, channel: Connection, prepared: Prepared, pace: Pace) -> None:
        """Hand one message over, and note what became of it for the next commit."""
        try:
            letter = prepared.compose()
        except ValueError as error:
            self._later(prepared, State.REFUSED, str(error))
            return
        if not channel.is_open:
            channel.open()
        try:
            answer = channel.hand(letter, lambda: self._settle(dotting=prepared.id))
        except Withdrawn:
            self._withdraw(prepared.id)
        except Unsure:
            self._later(prepared, State.UNSURE, "")
            self._endure(broken=True)
        except NotTaken as refusal:
            self._not_taken(prepared, refusal)
            self._endure(broken=refusal.is_closed, put_off=refusal)
        else:
            self.broken = self.put_off = 0
            moment = now()
            kept = msgspec.structs.replace(prepared.record, answer=answer, subject="", body="")
            self.settled.append(_Settled(prepared.id, State.HANDED, kept, moment, moment))
            self.handed += 1
            self.just_handed.add(prepared.id)
            if not prepared.urgent:
                pace.note(moment, prepared.domain)

    def _not_taken(self, prepared: Prepared, refusal: NotTaken) -> None:
        """Note a refusal: for good, or to be tried later."""
        if refusal.permanent:
            state = State.REFUSED
        elif prepared.tries >= MOST_TRIES:
            state = State.GIVEN_UP
        else:
            state = State.QUEUED
        self._later(prepared, state, refusal.answer)

    def _endure(self, *, broken: bool, put_off: NotTaken | None = None) -> None:
        """Raise ServerFailed where the server is the reason, and not the one message."""
        self.broken = self.broken + 1 if broken else 0
        self.put_off = self.put_off + 1 if put_off and not put_off.permanent else 0
        if self.broken >= MOST_BROKEN:
            raise ServerFailed(_("The mail server ends connections without an answer."))
        if put_off and self.put_off >= MOST_PUT_OFF:
            said = put_off.answer
            raise ServerFailed(_("The mail server takes nothing for now: %s") % said)

    def _later(self, prepared: Prepared, state: State, answer: str) -> None:
        is_kept = state in {State.QUEUED, State.UNSURE}
        texts = {} if is_kept else {"subject": "", "body": ""}
        record = msgspec.structs.replace(prepared.record, answer=answer, **texts)
        wait = min(FIRST_WAIT * 2 ** (prepared.tries - 1), LONGEST_WAIT)
        self.settled.append(_Settled(prepared.id, state, record, now() + wait))

    def _settle(self, *, dotting: UUID | None = None) -> bool:
        """Commit what became of deliveries, and that another one is about to be ended.

        Return whether that one may be: neither stopped nor unsubscribed meanwhile.
        """
        if not self.settled and dotting is None:
            return True
        field = Delivery._meta.get_field("sealed")
        with self.office.acting(), connection.cursor() as cursor:
            for each in self.settled:
                sealed = field.seal_record(each.id, self.organization_id, each.record)
                cursor.execute(_SETTLE, [each.state, each.handed_at, each.next_at, sealed, each.id])
            if dotting is not None:
                cursor.execute(_DOT, [dotting])
            goes_on = bool(cursor.rowcount == 1)
        self.settled.clear()
        return goes_on

    def _withdraw(self, delivery_id: UUID) -> None:
        with self.office.acting(), connection.cursor() as cursor:
            cursor.execute(_WITHDRAW, [delivery_id])

    def _tell(self, batch: Sequence[Prepared]) -> None:
        """Tell the office which messages of a batch were handed over."""
        taken = [prepared.id for prepared in batch if prepared.id in self.just_handed]
        self.just_handed.clear()
        if taken:
            with self.office.acting():
                self.office.handed(taken)

    def _put_back(self, ids: Collection[UUID]) -> None:
        """Queue again what was taken and not begun."""
        self._settle()
        with self.office.acting(), connection.cursor() as cursor:
            cursor.execute(_BACK, [self.organization_id, list(ids)])

    def _count(self, pace: Pace) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_SENT, [self.organization_id, now() - MINUTE])
            for at, domain in cursor.fetchall():
                pace.note(at, bytes(domain))

    def _waits(self) -> bool:
        rows = Delivery.objects.filter(organization_id=self.organization_id)
        return rows.filter(state=State.QUEUED, next_at__lte=now()).exists()

    def _paced(self, pace: Pace) -> timedelta:
        """Return how long to wait where something is due that the pace holds back."""
        if not pace.is_limited:
            return timedelta()
        with self.office.acting():
            return pace.wait(now()) if self._waits() else timedelta()

    def _finish(self) -> None:
        with self.office.acting(), connection.cursor() as cursor:
            cursor.execute(_FINISH, [self.organization_id])


@contextmanager
def alone(organization_id: UUID) -> Iterator[bool]:
    """Hold the organization's place in the outbox; False where another process holds it."""
    key = int.from_bytes(organization_id.bytes[-8:], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        [(taken,)] = cursor.fetchall()
    try:
        yield taken
    finally:
        if taken:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
