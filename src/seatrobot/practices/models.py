"""What the checks store: the web server's count of sign-ins, and the probe organization."""

from django.db import models


class SignInCount(models.Model):
    """The sign-ins of an hour (UTC), counted by the web server. since: when counting began.

    The first row is made with the table, so that a count that never begins is noticed, too.
    """

    hour = models.DateTimeField(primary_key=True)
    count = models.IntegerField()
    since = models.DateTimeField()

    class Meta:
        db_table = "practices_sign_in_count"

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}: {self.count}"


class Probe(models.Model):
    """The probe organization and its accounts (`checks/probe.py`): one row of identifiers.

    foreign: another organization, with an owner of its own. staff_id: of a disabled account.
    """

    organization_id = models.UUIDField()
    owner_id = models.UUIDField()
    administrator_id = models.UUIDField()
    member_id = models.UUIDField()
    door_id = models.UUIDField()
    foreign_organization_id = models.UUIDField()
    foreign_owner_id = models.UUIDField()
    staff_id = models.UUIDField()

    class Meta:
        db_table = "practices_probe"

    def __str__(self) -> str:
        return str(self.organization_id)
