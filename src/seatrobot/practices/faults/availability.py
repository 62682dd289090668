"""Faults of availability: a web server without deadlines or limits, or with waiting threads."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from typing import Any

from seatrobot.practices.faults.declaring import Instance, fault

PROMISE = "availability.slow"
ORDINARY = "seatrobot.runtime.receiving.ORDINARY"


@fault(PROMISE, "a thread that waits for the body of its request")
def waiting_in_threads(instance: Instance) -> Iterator[None]:
    with instance.patched_web(
        "seatrobot.runtime.receiving.Receiver._small",
        f"__import__('{__name__}', fromlist=['_']).received_in_thread(Body)",
    ):
        yield


@fault(PROMISE, "no time within which a body must be sent")
def endless_bodies(instance: Instance) -> Iterator[None]:
    with instance.patched_web(ORDINARY, "Limits(2 * MIB, patience=3600, pause=3600)"):
        yield


@fault(PROMISE, "no limit of a body's size")
def huge_bodies(instance: Instance) -> Iterator[None]:
    with instance.patched_web(ORDINARY, "Limits(2**40, patience=20, pause=10)"):
        yield


@fault(PROMISE, "files taken before anybody is signed in")
def files_of_strangers(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.web.front.is_signed_in", "lambda environ: True"):
        yield


@fault(PROMISE, "readers who take nothing and are never let go")
def endless_readers(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.runtime.keeper.STALLED", "3600.0"):
        yield


@fault(PROMISE, "no time within which the head of a request must be sent")
def endless_heads(instance: Instance) -> Iterator[None]:
    with instance.started_web("seatrobot.runtime.serving.HEAD_MILLISECONDS", "60_000"):
        yield


def received_in_thread(body: Any) -> Callable[..., Any]:
    """Return a receiver as of a server that gives each connection one of its threads."""

    async def small(receiver: Any, protocol: Any, _length: int) -> Any:
        front = receiver.routes.may_send_files.__self__

        async def received() -> bytes:
            return bytes(await protocol())

        def waited() -> Any:
            future = asyncio.run_coroutine_threadsafe(received(), front.loop)
            return body(io.BytesIO(future.result()))

        return await front._in_thread("waiting", waited)  # noqa: SLF001  as the front itself does

    return small
