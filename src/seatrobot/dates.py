"""The dates that can be kept: what PostgreSQL, Python and every time zone can all tell.

PostgreSQL keeps years that Python cannot read, so that one such row would break every page that
shows it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

FIRST_YEAR, LAST_YEAR = 1900, 2199
EARLIEST = datetime(FIRST_YEAR - 1, 12, 31, tzinfo=UTC)
LATEST = datetime(LAST_YEAR + 1, 1, 2, tzinfo=UTC)
"""Both a day beyond the years, for the time zones."""


def check_date(value: date) -> None:
    """Raise ValidationError for a date, or a date and time, that is not kept."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValidationError(
            # Text, lest a language groups the digits of a year.
            _("Choose a date in the years %(first)s to %(last)s.")
            % {"first": str(FIRST_YEAR), "last": str(LAST_YEAR)},
            code="out_of_range",
        )


def bounded(name: str, *columns: str) -> models.CheckConstraint:
    """Return the constraint that these columns hold such moments, or nothing."""
    condition = models.Q()
    for column in columns:
        condition &= models.Q(**{f"{column}__range": (EARLIEST, LATEST)})
    return models.CheckConstraint(condition=condition, name=name)
