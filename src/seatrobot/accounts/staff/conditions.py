"""What accounts knows of a staff member who asks to see Customer Data, see `kernel.staff`."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from seatrobot.accounts.models import Passkey, StaffMember
from seatrobot.accounts.staff import checks
from seatrobot.kernel.clock import now
from seatrobot.kernel.staff.conditions import Condition

PASSKEY_FRESH_FOR = timedelta(hours=12)
"""As long as a session of staff lasts at most."""
LONGEST_AHEAD = timedelta(minutes=1)
"""By so much the clock may have been set back since; after more of it nothing is fresh."""


def enabled(account_id: UUID) -> Condition:
    return Condition(
        id="accounts.enabled",
        heading=_("Enabled"),
        sentence=_("Your staff account is enabled."),
        holds=StaffMember.objects.filter(pk=account_id, is_enabled=True).exists(),
        what_to_do=_("Ask the operator to enable your staff account."),
    )


def not_ended(account_id: UUID) -> Condition:
    """Hold until the end of the last day (UTC) of somebody who works here for a time."""
    last_days = StaffMember.objects.filter(pk=account_id).values_list("ends_on", flat=True)
    ends_on = last_days.first()
    until = datetime.combine(ends_on + timedelta(days=1), time(), UTC) if ends_on else None
    return Condition(
        id="accounts.not-ended",
        heading=_("Works here"),
        sentence=_("The last day of your work here has not passed."),
        holds=until is None or now() < until,
        until=until,
        what_to_do=_("Ask the operator to extend your time, if your work goes on."),
    )


def background_checked(account_id: UUID) -> Condition:
    return Condition(
        id="accounts.background-checked",
        heading=_("Background"),
        sentence=_("Your background was checked, and two people have recorded it."),
        holds=checks.is_checked(account_id),
        what_to_do=_("Ask a colleague to confirm your background check on the page of people.")
        if checks.waits_for_second(account_id)
        else _("Ask two colleagues to record your background check on the page of people."),
    )


def passkey_fresh(account_id: UUID) -> Condition:
    """Hold for 12 hours after a passkey of the person was enrolled or used."""
    moments = Passkey.objects.filter(account=account_id).values_list("created_at", "used_at")
    last = max((used or made for made, used in moments), default=None)
    until = last + PASSKEY_FRESH_FOR if last else None
    return Condition(
        id="accounts.passkey-fresh",
        heading=_("Passkey"),
        sentence=_("You signed in with your passkey within the last 12 hours."),
        holds=last is not None and last - LONGEST_AHEAD <= now() < last + PASSKEY_FRESH_FOR,
        until=until,
        what_to_do=_("Sign in with your passkey again."),
        url=reverse("staff:sign-in"),
        renews_itself=True,
        is_mailed=False,
    )
