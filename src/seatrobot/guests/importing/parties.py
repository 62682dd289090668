"""Who of a file comes together, and whose plus-one somebody is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.guests.importing.asking import Answers
from seatrobot.guests.importing.judging import Belonging
from seatrobot.guests.importing.mapping import Plan
from seatrobot.guests.importing.matching import CANDIDATES, Existing, side_by_side
from seatrobot.guests.importing.reports import ExistingGuest, Kind, Option, Question
from seatrobot.guests.importing.values import is_filler, says_alone
from seatrobot.guests.records import GuestRecord
from seatrobot.normalizing import clean_line, fold, normalized_name

Rows = Iterable[tuple[int, Sequence[str]]]
ALONE = "alone"


class _Host(NamedTuple):
    """Somebody whom a row may name as host: a row of the file, or a guest of the list."""

    key: str
    row: int
    group: str
    record: GuestRecord


class Parties:
    """Names the party of each row; "" is a guest alone.

    With a group column, rows with the same value are one party. With a host column, a row belongs
    to the party of the host it names, wherever that row stands, and of two of one name it is the
    one in the same group, or somebody says which. `joined` has the parties of the list that groups
    of the file join; `labels` what the file calls a group; `host_rows` the rows that somebody's
    host stands in.
    """

    def __init__(self, plan: Plan, rows: Rows, existing: Existing, answers: Answers) -> None:
        self.group = plan.group
        self.host = plan.host
        self.plan = plan
        self.existing = existing
        self.answers = answers
        self.joined: dict[str, UUID] = {}
        self.moves: dict[UUID, str] = {}
        self.staying: dict[UUID, str] = {}
        self.labels: dict[str, str] = {}
        self.host_rows: set[int] = set()
        self.known_rows: dict[int, ExistingGuest] = {}
        self._hosts: dict[str, list[_Host]] = {}
        self._joined: dict[str, str] = {}
        self._fixed: dict[str, str] = {}
        self.names_hosts = self.host is not None or any(
            plan.placeholder(cells) for _row, cells in rows
        )
        if self.names_hosts:
            self._find_hosts(rows)
            self._link(rows)

    @property
    def is_needed(self) -> bool:
        return self.group is not None or self.names_hosts

    def of(self, row: int, cells: Sequence[str], record: GuestRecord) -> Belonging:
        """Return where a row belongs."""
        if not self.is_needed:
            return _ALONE
        group = self._group(cells)
        host, question = "", None
        if self.names_hosts:
            host, question = self._host_of(row, cells, record, group)
        key = group or self._key_of(f"row {row}")
        if not key and host:
            key = self._key_of(host) or host
        return Belonging(key, host, question)

    def party_of(self, key: str) -> UUID | None:
        """Return the party of the list that a group joins, None when it makes its own."""
        if key.startswith("guest "):
            return self.existing.by_id[UUID(key.removeprefix("guest "))].party_id
        return self.joined.get(key)

    def settle(self, members: dict[str, list[ExistingGuest]]) -> None:
        """Decide which parties of the list the groups of the file join, and who changes theirs.

        members: the guests of the list in each group. Most of them decide. Guests of another party
        join only when nobody is left behind there.
        """
        for key, known in members.items():
            counts = Counter(guest.party_id for guest in known)
            target = counts.most_common(1)[0][0]
            self.joined[key] = self.party_of(key) or target
            for guest in known:
                if guest.party_id == self.joined[key]:
                    continue
                left = {member.id for member in self.existing.by_party[guest.party_id]}
                if left <= {other.id for other in known}:
                    self.moves[guest.id] = key
                else:
                    self.staying[guest.id] = key

    def name_of(self, key: str) -> str:
        """Return what a person knows a group by: its label, or who is in its party."""
        if label := self.labels.get(key):
            return label
        party_id = self.party_of(key)
        members = self.existing.by_party.get(party_id, []) if party_id else []
        return next((member.record.full_name for member in members if member.record.is_named), "")

    def _group(self, cells: Sequence[str]) -> str:
        if self.group is None:
            return ""
        text = clean_line(cells[self.group])
        if not text or says_alone(text):
            return ""
        key = f"group {_comparable(text)}"
        if not text.isdigit():
            self.labels.setdefault(key, text)
        return key

    def name_of_host(self, key: str) -> str:
        """Return the name of a host by "row 7" or "guest <identifier>"; "" for nobody named."""
        hosts = (host for named in self._hosts.values() for host in named)
        return next((host.record.full_name for host in hosts if host.key == key), "")

    def _named_host(self, cells: Sequence[str]) -> str:
        text = self._host_text(cells)
        return _comparable(text) if text else ""

    def _host_text(self, cells: Sequence[str]) -> str:
        """Return what a row calls its host, in a column for it or as "Guest of Max Maier"."""
        text = clean_line(cells[self.host]) if self.host is not None else ""
        return text if text and not is_filler(text) else self.plan.placeholder(cells) or ""

    def _find_hosts(self, rows: Rows) -> None:
        wanted = {name for _row, cells in rows if (name := self._named_host(cells))}
        if not wanted:
            return
        found: dict[str, list[_Host]] = defaultdict(list)
        own: dict[str, list[_Host]] = defaultdict(list)
        for row, cells in rows:
            record, _problems = self.plan.record(cells)
            group = self._group(cells)
            identifier = self.plan.identifier_of(cells)
            called = _what_hosts_are_called(record) | (
                {_comparable(str(identifier))} if identifier else set()
            )
            for name in called & wanted:
                hosts = own if self._named_host(cells) == name else found
                hosts[name].append(_Host(f"row {row}", row, group, record))
        for name, themselves in own.items():  # who leads a party may stand as guest of himself
            found.setdefault(name, themselves)
        for guest in self.existing.guests:
            for name in (
                _what_hosts_are_called(guest.record) | {_comparable(str(guest.id))}
            ) & wanted:
                if name not in found or found[name][0].row == 0:
                    found[name].append(_Host(f"guest {guest.id}", 0, "", guest.record))
        self._hosts = found

    def _link(self, rows: Rows) -> None:
        """Let each row be in the party of its host, and a host without a group in its guests'.

        Rows without a group come first: who names a host belongs there before anybody else.
        """
        later: list[tuple[str, str]] = []
        for row, cells in rows:
            name = self._named_host(cells)
            if not name:
                continue
            group = self._group(cells)
            host = self._chosen(row, name, group)[0]
            if host is None:
                continue
            if host.row:
                self.host_rows.add(host.row)
            if not group:
                self._join(f"row {row}", host.group or host.key)
            elif host.row and not host.group:
                later.append((group, host.key))
        for group, key in later:
            self._join(group, key)

    def _join(self, mine: str, theirs: str) -> None:
        """Make one party of two, which keeps the name of the second.

        A party has one group of the file, or one guest of the list, at most.
        """
        first, second = self._end_of(mine), self._end_of(theirs)
        fixed = self._fixed.get(first, ""), self._fixed.get(second, "")
        if first == second or all(fixed):
            return
        self._joined[first] = second
        if any(fixed):
            self._fixed[second] = fixed[0] or fixed[1]

    def _end_of(self, key: str) -> str:
        if key not in self._joined:
            self._joined[key] = key
            if not key.startswith("row "):
                self._fixed[key] = key
        while self._joined[key] != key:
            self._joined[key] = key = self._joined[self._joined[key]]
        return key

    def _key_of(self, key: str) -> str:
        """Return the party of a row, or of a guest of the list; "" where nobody joined them."""
        if key not in self._joined:
            return ""
        end = self._end_of(key)
        return self._fixed.get(end, end)

    def _chosen(self, row: int, name: str, group: str) -> tuple[_Host | None, list[_Host]]:
        """Return the host whom a row means, or those among whom somebody is to choose."""
        hosts = [host for host in self._hosts.get(name, ()) if host.row != row]
        if group and len(hosts) > 1:
            hosts = [host for host in hosts if host.group == group] or hosts
        if len(hosts) == 1:
            return hosts[0], []
        own = self.answers.given.get(f"{row}:{Kind.HOST}", "")
        return next((host for host in hosts if host.key == own), None), hosts[:CANDIDATES]

    def _host_of(
        self, row: int, cells: Sequence[str], record: GuestRecord, group: str
    ) -> tuple[str, Question | None]:
        name = self._named_host(cells)
        if not name or name in _what_hosts_are_called(record):
            return "", None
        host, hosts = self._chosen(row, name, group)
        if host is not None and not hosts:
            return host.key, None
        text = self._host_text(cells)
        options = [
            Option(host.key, _described(host), side_by_side(record, host.record)) for host in hosts
        ]
        options.append(Option(ALONE, _("Nobody's: the guest comes alone")))
        answer = self.answers.to(row, Kind.HOST, options)
        if hosts:
            sentence = _("Guest of “%(name)s”: there are several of that name.")
        else:
            sentence = _("Guest of “%(name)s”: nobody of that name is in the file or on the list.")
        question = Question(Kind.HOST, sentence % {"name": text[:80]}, options, answer)
        return ("" if answer in {"", ALONE} else answer), question


_ALONE = Belonging()


def _described(host: _Host) -> str:
    record = host.record
    more = record.email or record.company or record.phone
    name = f"{record.full_name} ({more})" if more else record.full_name
    if host.row:
        return _("%(name)s in row %(row)s") % {"name": name, "row": host.row}
    return _("%(name)s on the list") % {"name": name}


def _what_hosts_are_called(record: GuestRecord) -> set[str]:
    """Return what a "guest of" cell may call a host."""
    plain = f"{record.first_name} {record.last_name}".strip()
    names = (record.reference, record.email, record.full_name, plain, record.sort_name)
    return {_comparable(name) for name in names if name}


def _comparable(text: str) -> str:
    """Return what is equal for what two cells call the same: names in any spelling."""
    if "@" in text:
        return fold(text)
    return ", ".join(normalized_name(part) for part in text.split(","))
