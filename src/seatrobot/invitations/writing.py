"""What is written to one guest: the values of placeholders, and the message with headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from seatrobot.dates import FIRST_YEAR
from seatrobot.events.models import Event
from seatrobot.guests.models import Party
from seatrobot.guests.records import GuestRecord
from seatrobot.invitations import calendar, composing, rendering
from seatrobot.invitations.composing import Envelope, Part
from seatrobot.invitations.models import Kind
from seatrobot.invitations.records import MessageRecord, PictureRecord, SenderRecord
from seatrobot.invitations.rendering import Rendered

ANSWERED_BY_LINK = frozenset({Kind.SAVE_THE_DATE, Kind.INVITATION, Kind.REMINDER, Kind.UPDATE})
"""Kinds in which a link to the guest's page makes sense."""


@dataclass(frozen=True, slots=True)
class From:
    """Who mail is from. domain: where what comes back goes to; "" without a way back."""

    name: str
    address: str
    reply_to: str
    domain: str

    @property
    def message_domain(self) -> str:
        return self.address.rpartition("@")[2] or "localhost"


def sender_of(record: SenderRecord, organization: str, *, fallback: str, domain: str) -> From:
    """Return who an organization's mail is from. fallback: the instance's own address."""
    return From(
        record.name or organization,
        record.address or fallback,
        record.reply_to or (record.address if record.address != fallback else ""),
        domain,
    )


class Letterhead:
    """A version of a message to the guests of an event: rendered once for each language."""

    def __init__(  # noqa: PLR0913  all that a message is made of
        self,
        record: MessageRecord,
        *,
        kind: str,
        event: Event,
        organization: str,
        sender: From,
        picture: PictureRecord | None = None,
        sequence: int = 0,
        has_links: bool = False,
    ) -> None:
        self.record, self.kind, self.event = record, kind, event
        self.organization, self.sender, self.picture = organization, sender, picture
        self.sequence = sequence
        self.has_link = has_links and kind in ANSWERED_BY_LINK
        self._rendered: dict[tuple[str, str], Rendered] = {}
        self._of_event: dict[str, dict[str, str]] = {}
        self.inline: list[Part] = []
        self.files: list[Part] = []
        if picture:
            self.inline = [composing.file_part(picture.data, f"image/{picture.kind}", cid=self.cid)]
        if record.calendar:
            self.files = [self._calendar()]

    @property
    def cid(self) -> str:
        return f"picture@{self.sender.message_domain}"

    def rendered(self, language: str, picture: str = "") -> Rendered:
        """Return the message in the language that fits somebody. picture: in place of the cid."""
        key, _text = self.record.text_in(language)
        address = picture or (f"cid:{self.cid}" if self.picture else "")
        if (key, address) not in self._rendered:
            spoken = key or translation.get_language() or "en"
            with translation.override(spoken):
                footer = self._footer()
            self._rendered[key, address] = rendering.render(
                self.record,
                key,
                footer=footer,
                picture=address,
                has_link=self.has_link,
                shown_in=spoken,
            )
        return self._rendered[key, address]

    def values(
        self, guests: Sequence[GuestRecord], party: Party | None, language: str
    ) -> dict[str, str]:
        """Return the values of placeholders for guests who share an address, without links."""
        key, _text = self.record.text_in(language)
        with translation.override(key or translation.get_language() or "en"):
            return {
                **self._event_values(key),
                **of_guests(guests),
                "party": party.record.label if party else "",
                "answer_by": self._answer_by(party),
            }

    def compose(
        self, values: Mapping[str, str], *, language: str, to: str, name: str, envelope: Mail
    ) -> bytes:
        """Return the whole message; links among the values."""
        shown = self.rendered(language)
        return composing.compose(
            Envelope(
                self.sender.name,
                self.sender.address,
                self.sender.reply_to,
                name,
                to,
                shown.subject_for(values),
                envelope.message_id,
                envelope.at,
                envelope.unsubscribe,
            ),
            text=shown.plain_for(values),
            html=shown.html_for(values),
            inline=self.inline,
            files=self.files,
        )

    def _footer(self) -> str:
        return _(
            "This mail is from {organization}. If you do not want any more mail from it:"
            " [unsubscribe]({unsubscribe_link})."
        )

    def _event_values(self, key: str) -> dict[str, str]:
        if key not in self._of_event:
            start = localtime(self.event.starts_at, self.event.zone)
            self._of_event[key] = {
                "event": self.event.title,
                "place": self.event.sealed.venue,
                "date": date_format(start, "DATE_FORMAT"),
                "time": date_format(start, "TIME_FORMAT"),
                "organization": self.organization,
            }
        return self._of_event[key]

    def _answer_by(self, party: Party | None) -> str:
        if party is None or party.reply_by is None or party.reply_by.year < FIRST_YEAR:
            return ""
        return date_format(localtime(party.reply_by, self.event.zone), "DATE_FORMAT")

    def _calendar(self) -> Part:
        cancelled = self.kind == Kind.CANCELLATION
        content = calendar.file_of(
            self.event,
            organizer=(self.sender.name, self.sender.reply_to),
            sequence=self.sequence,
            cancelled=cancelled,
        )
        kind = f"text/calendar; method={calendar.method(cancelled=cancelled)}; charset=utf-8"
        return composing.file_part(content, kind, name=calendar.NAME)


@dataclass(frozen=True, slots=True)
class Mail:
    """What differs from message to message beside the words."""

    message_id: str
    at: datetime
    unsubscribe: str = ""


def of_guests(guests: Sequence[GuestRecord]) -> dict[str, str]:
    """Return what placeholders say of the guests whom one mail addresses."""
    if len(guests) <= 1:
        one = guests[0] if guests else GuestRecord()
        return {
            "first_name": one.first_name,
            "last_name": one.last_name,
            "title": one.title,
            "name": one.full_name,
            "company": one.company,
        }
    last = list(dict.fromkeys(each.last_name for each in guests if each.last_name))
    companies = {each.company for each in guests if each.company}
    return {
        "first_name": listed([each.first_name for each in guests if each.first_name]),
        "last_name": listed(last),
        "title": "",
        "name": listed([each.full_name for each in guests if each.full_name]),
        "company": companies.pop() if len(companies) == 1 else "",
    }


def listed(words: Sequence[str]) -> str:
    """Return words as one enumerates them: "Ann, Ben and Carl"."""
    *first, last = words or [""]
    if not first:
        return last
    return _("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last}
