"""What the checks store: the web server's count of sign-ins, and the probe organization."""

from django.db import models

from seatrobot.kernel.ids import new_id


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


class TlsCount(models.Model):
    """Requests of a day (UTC) by what TLS agreed on, as the web server or the front says.

    suite, group: "" where it is not told. networks: from how many of them, each counted once by
    each worker. is_local: from this machine, as examinations are.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    day = models.DateField()
    protocol = models.CharField(max_length=60)
    suite = models.CharField(max_length=60)
    group = models.CharField(max_length=60, db_column="key_group")
    is_local = models.BooleanField()
    requests = models.BigIntegerField()
    networks = models.BigIntegerField()

    class Meta:
        db_table = "practices_tls_count"
        constraints = (
            models.UniqueConstraint(
                fields=["day", "protocol", "suite", "group", "is_local"], name="one_tls_count"
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.protocol} {self.suite} {self.group}: {self.requests}"


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
