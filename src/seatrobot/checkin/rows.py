"""The rows of guests at the door: drawn by their templates once, filled in for each guest.

Django takes longer to draw forty guests with their buttons than everything else of a search
together. So each template is drawn once for a language, with marks where a guest's values go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from seatrobot.checkin.reading import GuestRow, PartyRow
from seatrobot.guests.statuses import Status

_MARK = re.compile("\ue000([a-z_]+)\ue001")
"""Around the name of a value; characters that no template holds."""
_FIELDS = {
    "checkin/party.html": "state head guests more",
    "checkin/party_head.html": "id title arrived arrived_text url waiting hidden all_text",
    "checkin/guest.html": "id state name apart seat badge moment since undo_url",
    "checkin/unexpected.html": "id name apart why badge admit",
    "checkin/admit.html": "id url",
}


def draw(parties: Iterable[PartyRow], urls: Mapping[str, str]) -> SafeString:
    """Return the rows of parties as HTML.

    urls: of the pages that let a party in and undo; `admit`, for whoever may use it, of the one
    that lets a guest in who is not expected.
    """
    language = get_language()
    no_seat = escape(gettext("No seat yet"))
    party_url, undo_url = escape(urls["party"]), escape(urls["undo"])
    admit_url = escape(urls.get("admit", ""))
    html: list[str] = []
    for party in parties:
        guests = [_guest(guest, language, no_seat, undo_url, admit_url) for guest in party.guests]
        values = {
            "state": "" if party.title else " is-single",
            "head": _head(party, language, party_url) if party.title else "",
            "guests": "".join(guests),
            "more": f'<p class="door-note">{escape(party.more_text)}</p>'
            if party.more_text
            else "",
        }
        html.append(_fill("checkin/party.html", language, values))
    return mark_safe("".join(html))  # noqa: S308  every value of a guest is escaped here


def _head(party: PartyRow, language: str | None, url: str) -> str:
    values = {
        "id": str(party.id),
        "title": escape(party.title),
        "arrived": str(party.arrived),
        "arrived_text": escape(party.arrived_text),
        "url": url,
        "waiting": str(party.waiting),
        "hidden": " hidden" if party.waiting < 2 else "",  # noqa: PLR2004  nobody waits for a button of one
        "all_text": escape(party.all_text),
    }
    return _fill("checkin/party_head.html", language, values)


def _guest(
    guest: GuestRow, language: str | None, no_seat: str, undo_url: str, admit_url: str
) -> str:
    values = {
        "id": str(guest.id),
        "name": escape(guest.name),
        "apart": f'<p class="door-apart"><bdi>{escape(guest.apart)}</bdi></p>'
        if guest.apart
        else "",
        "badge": _badge(guest.status, language),
    }
    if not guest.is_expected:
        values["why"] = escape(guest.why)
        values["admit"] = ""
        if admit_url:
            fields = {"id": str(guest.id), "url": admit_url}
            values["admit"] = _fill("checkin/admit.html", language, fields)
        return _fill("checkin/unexpected.html", language, values)
    values |= {
        "state": " is-in" if guest.at else "",
        "seat": escape(guest.seat) if guest.seat else no_seat,
        "moment": f' datetime="{escape(guest.at)}"' if guest.at else "",
        "since": escape(guest.since),
        "undo_url": undo_url,
    }
    return _fill("checkin/guest.html", language, values)


@lru_cache(maxsize=128)
def _badge(status: Status, _language: str | None) -> str:
    return render_to_string("checkin/badge.html", {"status": status}).strip()


def _fill(template: str, language: str | None, values: Mapping[str, str]) -> str:
    start, pieces = _drawn(template, language)
    return start + "".join([values[name] + text for name, text in pieces])


@lru_cache(maxsize=128)
def _drawn(template: str, _language: str | None) -> tuple[str, list[tuple[str, str]]]:
    """Return what stands before the first value of a template, and each value with what follows."""
    marked = {name: f"\ue000{name}\ue001" for name in _FIELDS[template].split()}
    start, *rest = _MARK.split(render_to_string(template, marked))
    return start, list(zip(rest[::2], rest[1::2], strict=True))
