"""A fresh instance of its own for a benchmark: embedded PostgreSQL as the product runs it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seatrobot.events.models import Event
    from seatrobot.organizations.members import Member


@contextmanager
def instance(kept: Path | None = None) -> Iterator[None]:
    """Start everything; Django is set up inside.

    kept: a directory to begin in or go on with, left as it is at the end; None: one of its own,
    deleted at the end.
    """
    data = kept or Path(tempfile.mkdtemp(prefix="seatrobot-bench-"))
    data.mkdir(mode=0o700, exist_ok=True)
    os.environ["SEATROBOT_DATA"] = str(data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "seatrobot.settings"
    from seatrobot.runtime import database
    from seatrobot.runtime.postgres import EmbeddedPostgres

    server = EmbeddedPostgres(data / "postgresql")
    try:
        urls = database.start(server)
        os.environ |= {"DATABASE_URL": urls.app, "DATABASE_OWNER_URL": urls.owner}
        os.environ["DATABASE_EXAMINER_URL"] = urls.examiner
        os.environ["DATABASE_RECORDER_URL"] = urls.recorder
        _prepare(urls.owner, data)
        yield
    finally:
        server.stop()
        if kept is None:
            shutil.rmtree(data, ignore_errors=True)


def _prepare(owner_url: str, data: Path) -> None:
    import django

    from seatrobot.runtime import schema, static_files
    from seatrobot.runtime.config import Config

    Config.from_env().first_run()
    django.setup()
    schema.migrate(owner_url, verbosity=0)
    static_files.collect(data)


def owner_and_event() -> tuple[Member, Event]:
    """Make an organization with its Primary Owner, and an event without a limit."""
    from seatrobot.accounts.services import create_account
    from seatrobot.events import services as events
    from seatrobot.events.facts import EventFacts
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.organizations import services

    with acting(Actor.system("bench")):
        account = create_account(
            email="alice@seatrobot.test", name="Alice", password="correct horse battery staple"
        )
        member = services.found(name="Foundation", owner=account)
    facts = EventFacts(
        "Benchmark", datetime(2027, 1, 20, 23, tzinfo=UTC), datetime(2027, 1, 21, 3, tzinfo=UTC)
    )
    with acting(member.actor, member.organization_id):
        return member, events.create(actor=member, facts=facts)


def guest_csv(rows: int) -> bytes:
    """Return a guest list of so many made-up people with ten columns."""
    first = ("Alma", "Bella", "Çelik", "Dénes", "Émile", "Fatima", "Gül", "Hana", "Ines", "Jürgen")
    last = ("Adams", "Bishop", "Castro", "Dvořák", "Engel", "Fischer", "García", "Håkansson")
    lines = ["reference,title,first name,last name,email,phone,company,party,state,tags"]
    lines += [
        f"R{n:06},Dr.,{first[n % 10]},{last[n % 8]}{n},guest{n}@example.org,+1 202 555 {n:06},"
        f"Company {n % 997},{'Green' if n % 3 else 'Blue'},S{n % 50:02},"
        f"{'vip; press' if n % 7 == 0 else ''}"
        for n in range(rows)
    ]
    return "\n".join(lines).encode()
