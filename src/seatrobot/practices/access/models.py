"""How many sign-ins the web tier saw, counted without a look at the log of sign-ins."""

from django.db import models


class SignInTally(models.Model):
    """The sign-ins of an hour (UTC). since: from when on they were counted.

    The first row is made with the table, so that counting that never happened is seen, too.
    """

    hour = models.DateTimeField(primary_key=True)
    count = models.IntegerField()
    since = models.DateTimeField()

    class Meta:
        db_table = "access_sign_in_tally"

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}: {self.count}"
