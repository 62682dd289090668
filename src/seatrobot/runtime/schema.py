"""The schema is made and changed by its owner alone."""

import psycopg

from seatrobot.kernel.vault import versions
from seatrobot.runtime import examination, roles
from seatrobot.runtime.errors import RefusedError


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
