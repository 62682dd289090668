"""Requests counted by what TLS agreed on: protocol, suite and group of keys.

The embedded listener's TLS library tells nobody what it agreed on; under the profile that has one
protocol alone this is known all the same. A front tells it in a header that the operator names
(`SEATROBOT_TLS_HEADER`) and the front sets itself, whatever a client writes there:
`TLSv1.3 TLS_AES_128_GCM_SHA256 X25519MLKEM768`. Workers count in memory and write after seconds.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from seatrobot.kernel import tls
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.practices.checks import hello

log = logging.getLogger(__name__)

WRITTEN_SECONDS = 5
MOST_KINDS = 200
"""Kinds of arrivals that a worker keeps apart in a day; further ones count by protocol alone."""
MOST_NETWORKS = 100_000
A_MINUTE = timedelta(minutes=1)
"""How long after midnight the last counts of a day are written at most."""
DAYS = 30
"""How far back the public table goes, up to yesterday."""

VERSION = re.compile(r"(?:tls|ssl) ?v?(\d)(?:\.(\d))?", re.IGNORECASE)
NAME = re.compile(r"0x[0-9a-fA-F]{4}|[A-Za-z][A-Za-z0-9_.:-]{0,59}")
NAMES_OF_GROUPS = {
    "prime256v1": "P-256",
    "secp256r1": "P-256",
    "curvep256": "P-256",
    "secp384r1": "P-384",
    "curvep384": "P-384",
    "secp521r1": "P-521",
    "curvep521": "P-521",
} | {name.lower(): name for name in hello.GROUPS}
"""Groups as nginx, HAProxy and Go call them, and by their number."""
NAMES_OF_GROUPS |= {f"0x{number:04x}": name for name, number in hello.GROUPS.items()}

OPENSSL_NAMES = {
    f"TLS_{kind}_WITH_{cipher}": f"{kind.replace('_', '-')}-{name}"
    for kind in ("ECDHE_ECDSA", "ECDHE_RSA")
    for cipher, name in {
        "AES_128_GCM_SHA256": "AES128-GCM-SHA256",
        "AES_256_GCM_SHA384": "AES256-GCM-SHA384",
        "CHACHA20_POLY1305_SHA256": "CHACHA20-POLY1305",
    }.items()
}
"""Suites of TLS 1.2 by IANA's names; those of TLS 1.3 have one name."""

ADD = """
    INSERT INTO practices_tls_count AS counts
        (id, day, protocol, suite, key_group, is_local, requests, networks)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (day, protocol, suite, key_group, is_local) DO UPDATE
    SET requests = counts.requests + excluded.requests,
        networks = counts.networks + excluded.networks
"""
READ = """
    SELECT protocol, suite, key_group, is_local, sum(requests)::bigint, sum(networks)::bigint,
        min(day)
    FROM practices_tls_count WHERE day BETWEEN %s AND %s
    GROUP BY 1, 2, 3, 4 ORDER BY 4, 5 DESC, 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What TLS agreed on; "" for what is not told."""

    protocol: str
    suite: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the public table. share: of requests from elsewhere, in percent."""

    agreed: Agreed
    requests: int
    networks: int
    share: float


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What came in the days shown. local: requests of this machine, examinations among them."""

    since: date | None
    until: date
    lines: list[Line]
    protocols: list[tuple[str, float]]
    local: int


def agreed(meta: Mapping[str, str], *, is_secure: bool) -> Agreed | None:
    """Return what TLS agreed on for a request; None for one that does not count.

    Not counted: what came in clear, and what did not come by the front where one says it. A header
    that holds more than the front would write says nothing: then a client's own came along.
    """
    header = settings.CONFIG.tls_header
    if header:
        said = meta.get("HTTP_" + header.upper().replace("-", "_"))
        return None if said is None else read(said)
    if not is_secure or not settings.CONFIG.certificate:
        return None
    versions = tls.chosen().versions
    return Agreed(versions[0] if len(versions) == 1 else "")


def read(said: str) -> Agreed:
    """Read a front's header: protocol, suite, group, with blanks between them."""
    parts = said.split()
    if not 1 <= len(parts) <= 3 or not all(NAME.fullmatch(part) for part in parts):  # noqa: PLR2004  see above
        return Agreed("")
    protocol, suite, group = (*parts, "", "")[:3]
    return Agreed(_version(protocol), suite_name(suite), NAMES_OF_GROUPS.get(group.lower(), group))


def suite_name(text: str) -> str:
    """Return a suite's name as OpenSSL has it; fronts written in Go use IANA's."""
    return OPENSSL_NAMES.get(text, text)


def _version(text: str) -> str:
    found = VERSION.fullmatch(text)
    if not found:
        return ""
    minor = found[2] or "0"
    name = f"{'SSL' if text.lower().startswith('ssl') else 'TLS'}v{found[1]}"
    name += f".{minor}" if minor != "0" else ""
    return name if name in hello.VERSIONS else ""


@dataclass(slots=True)
class Counting:
    """What a worker has counted and not yet written, and which networks came today."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    day: date = date.min
    requests: Counter[tuple[date, Agreed, bool]] = field(default_factory=Counter)
    networks: Counter[tuple[date, Agreed, bool]] = field(default_factory=Counter)
    seen: dict[tuple[date, Agreed, bool], set[int]] = field(default_factory=dict)

    def count(self, what: Agreed, network: str, *, is_local: bool) -> None:
        """Count a request. network: where from; a hash of it is kept in memory until midnight."""
        with self.lock:
            today = now().date()
            if today != self.day:
                self.day, self.seen = today, {}
            kind = (today, what, is_local)
            if kind not in self.seen and len(self.seen) >= MOST_KINDS:
                kind = (today, Agreed(what.protocol), is_local)
            seen = self.seen.setdefault(kind, set())
            self.requests[kind] += 1
            if (mark := hash(network)) not in seen and len(seen) < MOST_NETWORKS:
                seen.add(mark)
                self.networks[kind] += 1

    def write(self) -> None:
        """Add what was counted since to the table; kept for the next time where that fails."""
        with self.lock:
            requests, networks = self.requests, self.networks
            self.requests, self.networks = Counter(), Counter()
        try:
            _add(requests, networks)
        except DatabaseError:
            with self.lock:
                self.requests.update(requests)
                self.networks.update(networks)
            raise


COUNTING = Counting()


def start() -> None:
    """Write every few seconds what this worker has counted, from a thread of its own."""
    threading.Thread(target=_write_on, name="counting by TLS", daemon=True).start()


def _write_on() -> None:
    while True:
        time.sleep(WRITTEN_SECONDS)
        try:
            COUNTING.write()
        except DatabaseError:  # the next time is in a few seconds
            log.warning("requests could not be counted by TLS")
        finally:
            connection.close()


def _add(
    requests: Counter[tuple[date, Agreed, bool]], networks: Counter[tuple[date, Agreed, bool]]
) -> None:
    """Add in one order of rows, so that two workers wait for each other and never in a circle."""
    if not requests:
        return
    rows = sorted(
        (day, what.protocol, what.suite, what.group, is_local, number, networks[kind])
        for kind, number in requests.items()
        for day, what, is_local in [kind]
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(ADD, [(new_id(), *row) for row in rows])


def read_counts(since: date, until: date) -> Iterable[tuple[Agreed, bool, int, int, date]]:
    """Return what was counted from one day to another: what, whether local, requests, networks."""
    with connection.cursor() as cursor:
        cursor.execute(READ, [since, until])
        rows = cursor.fetchall()
    return [
        (Agreed(protocol, suite, group), is_local, requests, networks, first)
        for protocol, suite, group, is_local, requests, networks, first in rows
    ]


def last_day(moment: datetime) -> date:
    """Return the last day of which everything has been written."""
    return (moment - A_MINUTE).date() - timedelta(days=1)


def arrivals(moment: datetime) -> Arrivals:
    """Return the public table: whole days alone, so that it says the same until midnight."""
    until = last_day(moment)
    found = list(read_counts(until - timedelta(days=DAYS - 1), until))
    elsewhere = [each for each in found if not each[1]]
    total = sum(each[2] for each in elsewhere)
    lines = [
        Line(what, requests, networks, 100 * requests / total)
        for what, _is_local, requests, networks, _first in elsewhere
    ]
    by_protocol: Counter[str] = Counter()
    for line in lines:
        by_protocol[line.agreed.protocol] += line.requests
    return Arrivals(
        since=min((each[4] for each in found), default=None),
        until=until,
        lines=lines,
        protocols=[(name, 100 * number / total) for name, number in by_protocol.most_common()],
        local=sum(each[2] for each in found if each[1]),
    )
