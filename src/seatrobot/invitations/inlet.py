"""The inlet for what comes back: LMTP (RFC 2033), for return paths that we made and nothing else.

A recipient whose tag is not ours is refused at RCPT. A message is accepted when it is committed,
with one answer for each recipient, as the RFC wants.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from aiosmtpd.lmtp import LMTP
from asgiref.sync import sync_to_async
from django.db import close_old_connections

from seatrobot.invitations import tokens
from seatrobot.invitations.returns import MOST_BYTES
from seatrobot.invitations.services import reporting
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import KeysUnavailable

ACTOR = Actor.system("invitations.inlet")
KEPT, UNKNOWN = "250 2.0.0 kept", "550 5.1.1 no such address"
LATER, GONE = "451 4.3.0 try again later", "250 2.0.0 nothing to do"
MOST_RECIPIENTS = 20
log = logging.getLogger(__name__)


class Handler:
    """Answers the commands of one inlet."""

    async def handle_RCPT(  # noqa: N802  aiosmtpd's
        self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        if tokens.whose(address, vault.organizations()) is None:
            return UNKNOWN
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's
        said = [await sync_to_async(take)(to, envelope.content) for to in envelope.rcpt_tos]
        return "\r\n".join(said)


def take(recipient: str, raw: bytes) -> str:
    """Take what came to a return path, and return the answer of the inlet."""
    found = tokens.whose(recipient, vault.organizations())
    if found is None:
        return UNKNOWN
    organization_id, delivery_id = found
    close_old_connections()
    try:
        with acting(ACTOR, organization_id):
            kind = reporting.take(delivery_id=delivery_id, raw=raw)
    except KeysUnavailable:
        return LATER
    except Exception:
        log.exception("A report for organization %s was not taken.", organization_id)
        return LATER
    return KEPT if kind else GONE


async def serve(host: str, port: int) -> asyncio.Server:
    """Listen at an address."""
    loop = asyncio.get_running_loop()

    def factory() -> LMTP:
        return LMTP(
            Handler(),
            data_size_limit=MOST_BYTES,
            enable_SMTPUTF8=True,
            hostname="seatrobot",
            loop=loop,
        )

    return await loop.create_server(factory, host, port)
