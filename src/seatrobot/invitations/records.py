"""What is sealed of mail to guests: texts, senders, deliveries and reports."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

import msgspec


class Text(msgspec.Struct, omit_defaults=True):
    """A message in one language.

    body: Markdown with placeholders. preheader: shown by mail programs behind the subject. button:
    what the button to the answer page says.
    """

    subject: str = ""
    preheader: str = ""
    body: str = ""
    button: str = ""


class MessageRecord(msgspec.Struct, omit_defaults=True):
    """texts: by language (BCP 47), "" is the language of the event team.

    calendar: whether the date goes along as a file. accent: colour of button and links, as #rrggbb.
    alt: what the picture shows.
    """

    name: str = ""
    texts: dict[str, Text] = {}
    calendar: bool = False
    accent: str = ""
    alt: str = ""

    def text_in(self, language: str) -> tuple[str, Text]:
        """Return the language and text for somebody who reads `language`: exact, wider, or ""."""
        wanted = language.replace("_", "-")
        for each in (wanted, wanted.partition("-")[0]):
            if each and each in self.texts:
                return each, self.texts[each]
        return "", self.texts.get("", Text())


class PictureRecord(msgspec.Struct):
    """A picture, re-encoded by us. kind: the end of its media type, "jpeg" or "png"."""

    data: bytes
    kind: str
    width: int
    height: int


class SenderRecord(msgspec.Struct, omit_defaults=True):
    """Who mail of an organization is from, and its own SMTP server where it has one.

    address: of the header From; empty for the instance's. host: empty for the instance's server.
    security: "starttls" or "tls". selector: of the DKIM key with which that server signs.
    """

    name: str = ""
    address: str = ""
    reply_to: str = ""
    host: str = ""
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password: str = ""
    selector: str = ""


class MailingRecord(msgspec.Struct, omit_defaults=True):
    """To whom a mailing went.

    query: the filter of the guest list that chose the guests. left_out: how many of them were not
    written to, by reason.
    """

    CLEAR: ClassVar[frozenset[str]] = frozenset({"left_out"})

    query: str = ""
    left_out: dict[str, int] = {}


class DeliveryRecord(msgspec.Struct, omit_defaults=True):
    """One message to one address.

    guests: all of the party whom it addresses, in order. answer: what the mail server said. why:
    what came back. subject, body: of what has no template, such as a code, until it is handed over.
    version: of a test, which message it shows.
    """

    REFERS: ClassVar[frozenset[str]] = frozenset({"guests"})

    to: str
    guests: list[UUID] = []
    language: str = ""
    answer: str = ""
    why: str = ""
    subject: str = ""
    body: str = ""
    version: UUID | None = None


class SuppressionRecord(msgspec.Struct, omit_defaults=True):
    address: str = ""


class ReportRecord(msgspec.Struct, omit_defaults=True):
    """What came back about a delivery: status (RFC 3463), text of the server, address it names."""

    status: str = ""
    diagnostic: str = ""
    recipient: str = ""
