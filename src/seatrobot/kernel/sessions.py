"""The name of a process at the database, which only a process of this instance can write.

libpq sends what stands in PGAPPNAME with every connection (PostgreSQL's documentation, "Environment
Variables"), and the server writes it into its log with the role that signed in. The name holds a
tag by the instance's secret, so a session that somebody opens past the service, with a password of
the service and a client of their own, is told apart. It opens nothing and is no secret from whoever
reads the memory or the environment of a process of the service; they could sign in by that name.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

VARIABLE = "PGAPPNAME"
NAME = re.compile(r"seatrobot (\d{1,10}) (\d{1,12}) ([0-9a-f]{24})")
LINE = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) UTC \[(\d+)\] \S* ?LOG:  connection authorized:"
    r" user=(\S+) database=\S+(?: application_name=(.*))?"
)
AHEAD = timedelta(minutes=2)
"""How much later than a session its process may seem to have begun: clocks are set."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session at the database as the server's log has it. pid: of the server's own process."""

    at: datetime
    pid: int
    role: str
    name: str

    def is_ours(self, secret: str) -> bool:
        """Return whether a process of this instance, which had begun by then, named it."""
        found = NAME.match(self.name)  # the log adds how the connection is encrypted
        if found is None or not hmac.compare_digest(found[3], _tag(secret, found[1], found[2])):
            return False
        return datetime.fromtimestamp(int(found[2]), UTC) <= self.at + AHEAD


def announce(secret: str) -> None:
    """Have every connection of this process, and of those it starts, named as the instance's."""
    pid, begun = str(os.getpid()), str(int(time.time()))
    os.environ[VARIABLE] = f"seatrobot {pid} {begun} {_tag(secret, pid, begun)}"


def sessions(lines: Iterable[str]) -> Iterator[Session]:
    """Give the sessions that lines of the server's log tell of."""
    for line in lines:
        if found := LINE.match(line):
            at = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
            yield Session(at, int(found[2]), found[3], (found[4] or "").rstrip("\n"))


def _tag(secret: str, pid: str, begun: str) -> str:
    key = hashlib.sha256(b"seatrobot database session\n" + secret.encode()).digest()
    return hmac.new(key, f"{pid} {begun}".encode(), hashlib.sha256).hexdigest()[:24]
