"""Which organization is kept for examinations, and who belongs to it."""

from django.db import models


class Probe(models.Model):
    """One row. Identifiers only: the organization is like any other, and nobody is its member."""

    organization_id = models.UUIDField()
    owner_id = models.UUIDField()
    administrator_id = models.UUIDField()
    member_id = models.UUIDField()

    class Meta:
        db_table = "probe_probe"

    def __str__(self) -> str:
        return str(self.organization_id)
