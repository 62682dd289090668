"""The schema is made and changed by its owner alone."""

import psycopg

from seatrobot.kernel.manifest import database
from seatrobot.kernel.vault import versions
from seatrobot.runtime import examination, roles
from seatrobot.runtime.database import OTHERWISE
from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.terminal import say


def migrate(owner_url: str, verbosity: int = 1) -> None:
    """Bring the schema up to date; Django must be set up with DATABASE_OWNER_URL in place."""
    from django.core.management import call_command
    from django.db import connections

    from seatrobot.kernel.vault.fields import sealed_fields

    if not owner_url:
        raise RefusedError("Set DATABASE_OWNER_URL to the role that owns the schema to migrate.")
    call_command("migrate", database="owner", verbosity=verbosity, interactive=False)
    connections["owner"].close()
    roles.close_history(owner_url)
    examination.admit(owner_url)
    with psycopg.connect(owner_url) as owner:
        columns = [(each.model._meta.db_table, str(each.column)) for each in sealed_fields()]
        versions.hold(owner, columns)
    if other := otherwise(owner_url):
        say(other)


def otherwise(owner_url: str) -> str:
    """Return a sentence when the database defines something else than this build makes, else ""."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        live = database.take(owner, is_embedded=False)
    found = database.compare(database.built(), live, is_embedded=False)
    if not found:
        return ""
    return (
        f"{OTHERWISE}: {len(found)} definitions differ, the first: {found[0].sentence}. Another"
        " build made it, whose migrations were other ones, or somebody changed it by hand; no"
        " migration mends that, and promises about the database stay broken. Data of a build that"
        " was never released: begin with an empty directory."
    )
