"""The inlet for reports of mail servers (SEATROBOT_BOUNCES): a confined process of its own."""

from __future__ import annotations

import asyncio
import os

from seatrobot.kernel.vault.holding import process
from seatrobot.runtime import confinement, reachable
from seatrobot.runtime.config import Config
from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.terminal import say

PART = "inlet"


def run() -> int:
    """Listen for reports until the process is ended; RefusedError where none is set up."""
    config = Config.from_env()
    host, port = config.bounces_at
    if not port:
        raise RefusedError("SEATROBOT_BOUNCES says where reports of mail servers are taken.")
    os.umask(0o077)
    scratch = reachable.prepare(config, PART)
    os.environ["TMPDIR"] = str(scratch)
    reachable.of_inlet(config).enter()
    if not confinement.version():
        say(f"the inlet {reachable.unconfined()}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seatrobot.settings")
    import django

    django.setup()
    process.name = PART

    from seatrobot.invitations import inlet

    async def forever() -> None:
        server = await inlet.serve(host, port)
        async with server:
            await server.serve_forever()

    asyncio.run(forever())
    return 0
