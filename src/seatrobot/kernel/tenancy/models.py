"""What a table of Customer Data is made of."""

from typing import ClassVar

from django.db import models

from seatrobot.kernel.ids import new_id
from seatrobot.kernel.tenancy.carrying import EVERYTHING, Carried


class TenantModel(models.Model):
    """A row of Customer Data: it carries its organization, and the database guards it.

    The migration that creates the table must also run `Guard` (kernel.tenancy.operations); the
    test of all tables fails otherwise.

    A foreign key to another such table has `db_constraint=False`: the migration makes one that
    holds the organization, and the event where both have one, too (`operations.Reference`).

    carried: what of it is in the archive of an organization, and comes back on import.
    """

    carried: ClassVar[Carried] = EVERYTHING

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")

    class Meta:
        abstract = True
