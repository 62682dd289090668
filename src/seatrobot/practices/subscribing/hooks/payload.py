"""What is posted, and the signature by which whoever receives knows that it is ours.

Signed is `ID.TIMESTAMP.BODY`. The id stays the same when a delivery is tried again, so a receiver
keeps those it has seen; the timestamp (seconds since 1970) tells an old one that is replayed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import signing
from seatrobot.practices import addresses
from seatrobot.practices.subscribing.news import News

ID, TIMESTAMP, SIGNATURE = "Seatrobot-Id", "Seatrobot-Timestamp", "Seatrobot-Signature"


def of_news(news: News) -> bytes:
    return _encode(
        {
            "promise": news.promise,
            "section": news.section,
            "sentence": news.sentence,
            "before": news.before,
            "state": news.state,
            "reason": news.reason,
            "at": news.at.isoformat(),
            "link": news.link,
        }
    )


def of_test() -> bytes:
    """Return a body in the same form, about a promise that does not exist."""
    return _encode(
        {
            "promise": "test.test",
            "section": "test",
            "sentence": "This is a test: no promise has changed.",
            "before": "kept",
            "state": "kept",
            "reason": "",
            "at": now().isoformat(),
            "link": addresses.of_promise("test.test"),
        }
    )


def headers(delivery_id: str, body: bytes) -> Mapping[str, str]:
    """Return the headers of a delivery; the signature is a signed note, in base64."""
    timestamp = str(int(now().timestamp()))
    note = signing.sign_bytes(signed(delivery_id, timestamp, body))
    return {
        "Content-Type": "application/json",
        "User-Agent": "Seatrobot",
        ID: delivery_id,
        TIMESTAMP: timestamp,
        SIGNATURE: base64.b64encode(note.encode()).decode(),
    }


def signed(delivery_id: str, timestamp: str, body: bytes) -> bytes:
    """Return exactly what is signed."""
    return f"{delivery_id}.{timestamp}.".encode() + body


def _encode(record: Mapping[str, str]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode()
