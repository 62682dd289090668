"""Django, set up in this process on a database that answers."""

from __future__ import annotations

import os
import sysconfig
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from seatrobot.kernel import loaded
from seatrobot.runtime import address, guard
from seatrobot.runtime.config import Config
from seatrobot.runtime.database import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrobot.runtime.database import Urls


@contextmanager
def application(*, as_owner: bool = False) -> Iterator[Urls]:
    """Set Django up as the application's role, after the guard has looked at that role.

    as_owner: also the database alias `owner`, for migrations. Starts the embedded database for
    the block when it is not running. RefusedError when the role is unfit or nothing answers.
    """
    config = Config.from_env()
    config.first_run()
    address.take_noted(config)
    with running(config) as urls:
        guard.check(urls.app)
        os.environ["DATABASE_URL"] = urls.app
        os.environ["DATABASE_OWNER_URL"] = urls.owner if as_owner else ""
        os.environ["DATABASE_EXAMINER_URL"] = urls.examiner
        os.environ["DATABASE_RECORDER_URL"] = urls.recorder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seatrobot.settings")
        import django
        from django.db import connections

        django.setup()
        loaded.permitted += linked_by_python()
        try:
            yield urls
        finally:
            connections.close_all()


def linked_by_python() -> list[str]:
    """Return what Python runs at each start and its directory only links to, as on Debian.

    There `sitecustomize` of the system's Python is a file below /etc.
    """
    file = Path(sysconfig.get_path("stdlib"), "sitecustomize.py")
    return [str(file.resolve())] if file.is_symlink() else []
