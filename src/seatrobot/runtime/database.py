"""The database of an instance: an outside server, the embedded one, or that one for a moment."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from seatrobot.runtime import roles
from seatrobot.runtime.directory import InUseError, held, make_private
from seatrobot.runtime.errors import NotAnsweringError
from seatrobot.runtime.postgres import ADMINISTRATOR, EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrobot.runtime.config import Config

OTHER_START_SECONDS = 30
OTHERWISE = "The database is not what this build makes"
"""How a sentence begins that `seatrobot migrate` prints, and `up` repeats."""


@dataclass(frozen=True, slots=True)
class Urls:
    """Connection URLs of the roles: application, owner, examiner, recorder ("" when not known)."""

    app: str
    owner: str
    examiner: str
    recorder: str


def embedded(config: Config) -> EmbeddedPostgres:
    return EmbeddedPostgres(config.data / "postgresql")


def start(server: EmbeddedPostgres) -> Urls:
    """Start the embedded server with its roles and its database in place."""
    server.start()
    roles.prepare(
        server.url(ADMINISTRATOR, "postgres"),
        owner_password=server.password(roles.OWNER),
        app_password=server.password(roles.APP),
        examiner_password=server.password(roles.EXAMINER),
        recorder_password=server.password(roles.RECORDER),
    )
    return urls_of(server)


def urls_of(server: EmbeddedPostgres) -> Urls:
    names = (roles.APP, roles.OWNER, roles.EXAMINER, roles.RECORDER)
    return Urls(*(server.url(role) for role in names))


def outside(config: Config) -> Urls:
    """Return the URLs of the operator's own database, as configured."""
    return Urls(config.database_url, config.owner_url, config.examiner_url, config.recorder_url)


@contextmanager
def running(config: Config) -> Iterator[Urls]:
    """Give the URLs of a database that answers while the block runs.

    An outside one as configured; the embedded one that `seatrobot up` keeps in another terminal;
    or else the embedded one started for this block and stopped after it.
    """
    if config.database_url:
        yield outside(config)
        return
    make_private(config.data)
    server = embedded(config)
    with ExitStack() as stack:
        ours = _hold(stack, config)
        stack.callback(server.stop)
        yield start(server) if ours else _other(server)


def _hold(stack: ExitStack, config: Config) -> bool:
    try:
        stack.enter_context(held(config.data))
    except InUseError:
        return False
    return True


def _other(server: EmbeddedPostgres) -> Urls:
    """Wait for the server that another process keeps, or is just starting."""
    deadline = time.monotonic() + OTHER_START_SECONDS
    while True:
        urls = urls_of(server)
        try:
            psycopg.connect(urls.app).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise NotAnsweringError(
                    f"The embedded database does not answer: {error}"
                ) from error
            time.sleep(0.2)
        else:
            return urls
