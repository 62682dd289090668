"""A mail server on loopback that keeps what it gets."""

from __future__ import annotations

import re
import time
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

ARRIVAL_SECONDS = 20


class Mailbox:
    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd's own name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 Message accepted for delivery"

    def link_for(self, address: str) -> str:
        """Wait for a message to the address; return the link in its text."""
        text = self.message_for(address).get_content()
        found = re.search(r"http://\S+", text)
        assert found, text
        return found.group()

    def message_for(self, address: str, subject: str = "") -> EmailMessage:
        """Wait for a message to the address with these words in its subject; return the newest."""
        deadline = time.monotonic() + ARRIVAL_SECONDS
        while time.monotonic() < deadline:
            for message in reversed(self.messages):
                if message["To"] == address and subject in str(message["Subject"]):
                    return message
            time.sleep(0.1)
        raise AssertionError(f"no mail for {address} in {ARRIVAL_SECONDS} s")


def listen(mailbox: Mailbox, port: int) -> Controller:
    """Serve the mailbox on loopback until `stop` is called on what comes back."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    return controller
