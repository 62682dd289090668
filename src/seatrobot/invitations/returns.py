"""Reading what comes back: reports of mail servers (RFC 3464, 6533), complaints (RFC 5965), others.

The order matters: many bounces also say that they were sent automatically. Whatever is sent here is
read without trust: an unreadable message is of kind `unknown`, never an error.
"""

from __future__ import annotations

import email
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from typing import Any

from flufl.bounce import all_failures

from seatrobot.invitations.models import Report

MOST_BYTES = 2_000_000
LONGEST = 300
HARD = re.compile(r"5\.(1\.[1236]|1\.10|2\.1|4\.4)")
"""Statuses (RFC 3463) that say that there is no such address, now and later."""
ACTIONS = {
    "failed": Report.Kind.BOUNCE,
    "delayed": Report.Kind.DELAYED,
    "relayed": Report.Kind.RELAYED,
    "expanded": Report.Kind.RELAYED,
    "delivered": Report.Kind.DELIVERED,
}
"""In the order in which one counts that names several recipients."""
RETURNED = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"}
)
STATUS_PARTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
REPORT_PARTS = STATUS_PARTS | {"message/feedback-report", "message/disposition-notification"}
COMPLAINTS = frozenset({"abuse", "fraud", "not-spam", "other", "virus", "opt-out"})
REPLY_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder")
AUTOMATIC = re.compile(
    r"\s*(automatische antwort|abwesenheit|(out of (the )?office)|auto(matic)?[ -]?reply"
    r"|réponse automatique|absence|respuesta automática|risposta automatica)\b",
    re.IGNORECASE,
)
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Returned:
    """What came back. hard: whether the address does not exist. recipient: as the report names it.

    about: the return path that a complaint names.
    """

    kind: Report.Kind
    status: str = ""
    diagnostic: str = ""
    recipient: str = ""
    hard: bool = False
    about: str = ""


UNKNOWN = Returned(Report.Kind.UNKNOWN)


def read(raw: bytes) -> Returned:
    """Return what a message that came back says."""
    try:
        return _read(email.message_from_bytes(raw[:MOST_BYTES]))
    except (Exception, RecursionError):  # noqa: BLE001  3,000 nested parts, broken encoded words …
        return UNKNOWN


def _read(message: Message) -> Returned:
    for part in _parts(message):
        kind = part.get_content_type()
        if kind in STATUS_PARTS and (found := _of_status(part)):
            return found
        if kind == "message/feedback-report":
            return _complaint(part)
    return _of_others(message)


def _parts(message: Message) -> Iterator[Message]:
    """Walk through a message, but not into the one that was returned to us."""
    yield message
    kind = message.get_content_type()
    if kind not in RETURNED | REPORT_PARTS and message.is_multipart():
        for part in message.get_payload():
            yield from _parts(part)  # type: ignore[arg-type]  # those of a multipart are messages


def _of_status(part: Message) -> Returned | None:
    blocks = [each for each in _blocks(part) if each.get("action") or each.get("final-recipient")]
    if not blocks:
        return None
    order = list(ACTIONS)
    block = min(blocks, key=lambda each: order.index(a) if (a := _action(each)) in ACTIONS else 9)
    diagnostic = _clean(block.get("diagnostic-code"))
    found = _STATUS.search(_clean(block.get("status")))
    status = found[0] if found else ""
    better = _STATUS.search(diagnostic)
    if better and status in {"", "5.0.0", "4.0.0"}:
        status = better[0]
    kind = ACTIONS.get(_action(block))
    if kind is None:
        return None
    hard = kind == Report.Kind.BOUNCE and bool(HARD.fullmatch(status))
    recipient = _address(block.get("original-recipient") or block.get("final-recipient"))
    return Returned(kind, status, diagnostic, recipient, hard)


def _blocks(part: Message) -> list[Message]:
    payload: Any = part.get_payload()
    if part.get_content_type() == "message/delivery-status" and isinstance(payload, list):
        return payload
    if isinstance(payload, list):
        whole = payload[0].as_bytes() if payload else b""
    else:
        whole = part.get_payload(decode=True) or b""
    return [email.message_from_bytes(each) for each in re.split(rb"(?:\r?\n){2,}", whole)]


def _complaint(part: Message) -> Returned:
    payload: Any = part.get_payload()
    block = payload[0] if isinstance(payload, list) and payload else None
    if block is None:
        block = email.message_from_string(payload if isinstance(payload, str) else "")
    kind = _clean(block.get("feedback-type")).lower()
    if kind not in COMPLAINTS:
        return UNKNOWN
    return Returned(
        Report.Kind.COMPLAINT,
        diagnostic=kind,
        recipient=_address(block.get("original-rcpt-to")),
        about=_address(block.get("original-mail-from")),
    )


def _of_others(message: Message) -> Returned:
    """Read what is no report by the standards."""
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001  it stumbles over a message without From
        temporary, permanent = frozenset(), frozenset()
    for kind, addresses in ((Report.Kind.BOUNCE, permanent), (Report.Kind.DELAYED, temporary)):
        if addresses:
            first = min(each.decode("ascii", "replace") for each in addresses)
            return Returned(kind, recipient=_clean(first))
    automatic = _clean(message["auto-submitted"]).lower().partition(";")[0]
    if (automatic and automatic != "no") or any(message[name] for name in REPLY_HEADERS):
        return Returned(Report.Kind.AUTOMATIC)
    if _clean(message["precedence"]).lower() in {"auto_reply", "bulk", "junk", "list"}:
        return Returned(Report.Kind.AUTOMATIC)
    sender = parseaddr(_clean(message["from"]))[1].lower()
    if _clean(message["return-path"]) == "<>" or sender.startswith(
        ("mailer-daemon@", "postmaster@")
    ):
        return UNKNOWN
    if AUTOMATIC.match(_clean(str(make_header(decode_header(message["subject"] or ""))))):
        return Returned(Report.Kind.AUTOMATIC)
    return Returned(Report.Kind.ANSWER)


def _action(block: Message) -> str:
    return _clean(block.get("action")).lower().partition(" ")[0]


def _clean(value: object) -> str:
    text = str(value or "").encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())[:LONGEST]


def _address(value: object) -> str:
    """Return the address of "rfc822; a@b", or of one in angle brackets."""
    return _clean(value).rpartition(";")[2].strip().strip("<>")
