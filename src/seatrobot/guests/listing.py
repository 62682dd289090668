"""What a person asks of the guest list, as its address says it: search, filter, order, page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from seatrobot.guests.directory import Directory
from seatrobot.guests.opened import OpenGuest
from seatrobot.guests.searching import LONGEST_QUERY, Search
from seatrobot.guests.statuses import Status

PAGE = 50
_STATUSES = frozenset(Status)


@dataclass(frozen=True, slots=True)
class Listing:
    """sort: "name", "status", a field or an extra column; `is_descending` turns it round."""

    search: Search
    sort: str = "name"
    is_descending: bool = False

    @classmethod
    def read(cls, params: QueryDict) -> Listing:
        """Return what the parameters of an address say; what they say wrongly is left out."""
        sort = params.get("sort", "")
        return cls(
            Search(
                text=params.get("q", "")[:LONGEST_QUERY],
                statuses=frozenset(params.getlist("status")) & _STATUSES,
                tags=tuple(params.getlist("tag")),
                match="any" if params.get("match") == "any" else "all",
                without=tuple(params.getlist("without")),
            ),
            sort=sort.removeprefix("-") or "name",
            is_descending=sort.startswith("-"),
        )

    def guests(self, directory: Directory) -> list[OpenGuest]:
        """Return the guests found, in order."""
        return self.search.with_status(self.in_any_status(directory))

    def in_any_status(self, directory: Directory) -> list[OpenGuest]:
        """Return what would be found if every status were wanted, in order."""
        found = self.search.find_in_any_status(directory.sorted_by(self.sort))
        return found[::-1] if self.is_descending else found

    def query(self, **changes: str) -> str:
        """Return the address's parameters, without the page, with some exchanged."""
        return urlencode([*self._parts(changes)])

    def _parts(self, changes: dict[str, str]) -> Iterable[tuple[str, str]]:
        search = self.search
        sort = ("-" if self.is_descending else "") + self.sort
        parts = {"q": search.text, "sort": "" if sort == "name" else sort} | changes
        yield from ((name, value) for name, value in parts.items() if value)
        yield from (("status", status) for status in sorted(search.statuses))
        yield from (("tag", tag) for tag in search.tags)
        if search.tags and search.match == "any":
            yield "match", "any"
        yield from (("without", tag) for tag in search.without)
