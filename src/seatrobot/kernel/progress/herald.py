"""A thread that writes down how far some work is, and that it is alive, over its own connection."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from seatrobot.kernel.clock import now
from seatrobot.kernel.progress.models import Progress

SECONDS_BETWEEN_REPORTS = 0.25
SECONDS_BETWEEN_SIGNS = 10.0
"""Well below models.SILENCE, so that a few may be lost."""

log = logging.getLogger(__name__)


class Herald(threading.Thread):
    """Tells at once, then whenever something new is reported, and at least every ten seconds."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(name=f"progress-{progress.kind}", daemon=True)
        self._progress = progress
        self._said = (progress.done, progress.total)
        self._news, self._over = threading.Event(), threading.Event()

    def report(self, done: int, total: int) -> None:
        """Note how far the work is; it is written down soon."""
        self._said = (done, total)
        self._news.set()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._over.set()
        self._news.set()
        self.join()

    def run(self) -> None:
        connection = connections.create_connection("default")
        try:
            while not self._over.is_set():
                self._news.clear()
                self._try_to_tell(connection)
                if not self._over.wait(SECONDS_BETWEEN_REPORTS):
                    self._news.wait(SECONDS_BETWEEN_SIGNS)
        finally:
            connection.close()

    def _try_to_tell(self, connection: BaseDatabaseWrapper) -> None:
        try:
            self._tell(connection)
        except DatabaseError:
            log.warning("progress could not be written down; trying again", exc_info=True)
            connection.close()

    def _tell(self, connection: BaseDatabaseWrapper) -> None:
        done, total = self._said
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('seatrobot.organization', %s, false)",
                [str(self._progress.organization_id)],
            )
            cursor.execute(
                "UPDATE kernel_progress SET done = %s, total = %s, updated_at = %s"
                " WHERE id = %s AND state = 'running'",
                [done, total, now(), self._progress.pk],
            )
