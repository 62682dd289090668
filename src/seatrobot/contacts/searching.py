"""What the address of the list of contacts says: words, tags, mail state and order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from seatrobot.contacts.contact_list import SORTS, ContactList, OpenContact
from seatrobot.contacts.models import LONGEST_TAG, Delivery
from seatrobot.normalizing import fold

PAGE = 50
LONGEST_QUERY = 200
MOST_TAGS_ASKED = 50
NEVER_MAILED = "not"
"""Of the filter for mail: everybody whom nothing may be sent to, whatever the reason."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A search with its order.

    tags, without: as they are compared (`fold`); a contact has all of the first, and none of the
    second. delivery: a word of Delivery, "active" for none, `NEVER_MAILED` for any, or nothing.
    sort: a key of SORTS, with a minus for backwards.
    """

    text: str = ""
    tags: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    delivery: str = ""
    sort: str = "name"
    is_descending: bool = False

    @classmethod
    def read(cls, said: QueryDict) -> Listing:
        """Take in an address; what it does not know it leaves out."""
        sort = said.get("sort", "")
        name = sort.removeprefix("-")
        delivery = said.get("mail", "")
        known = {*filter(None, Delivery.values), "active", NEVER_MAILED}
        return cls(
            text=said.get("q", "").strip()[:LONGEST_QUERY],
            tags=_tags(said.getlist("tag")),
            without=_tags(said.getlist("without")),
            delivery=delivery if delivery in known else "",
            sort=name if name in SORTS else "name",
            is_descending=sort.startswith("-") and name in SORTS,
        )

    def query(self) -> str:
        """Return the address that says the same, without a page."""
        sort = f"-{self.sort}" if self.is_descending else self.sort
        said = [("q", self.text), *(("tag", tag) for tag in self.tags)]
        said += [*(("without", tag) for tag in self.without), ("mail", self.delivery)]
        said += [("sort", sort if sort != "name" else "")]
        return urlencode([(name, value) for name, value in said if value])

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves anybody out."""
        return bool(self.text or self.tags or self.without or self.delivery)

    def find(self, contacts: ContactList) -> list[OpenContact]:
        """Return the contacts that fit, in order."""
        found: Sequence[OpenContact] = contacts.find(self.text, self.sort)
        for tag in self.tags:
            found = [contact for contact in found if tag in contact.tag_keys]
        if without := frozenset(self.without):
            found = [contact for contact in found if without.isdisjoint(contact.tag_keys)]
        if self.delivery == NEVER_MAILED:
            found = [contact for contact in found if contact.delivery]
        elif self.delivery:
            wanted = "" if self.delivery == "active" else self.delivery
            found = [contact for contact in found if contact.delivery == wanted]
        return list(reversed(found)) if self.is_descending else list(found)


def _tags(said: Sequence[str]) -> tuple[str, ...]:
    folded = (fold(tag.strip())[: 2 * LONGEST_TAG] for tag in said[:MOST_TAGS_ASKED])
    return tuple(dict.fromkeys(filter(None, folded)))
