"""Staying up."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Promise, declare

declare(
    Promise(
        "availability.server",
        sentence=_("The failure of one server is survived."),
        measured_by=_(
            "The last failover exercise: nothing acknowledged was lost, and how long it took."
        ),
        waits_for=_("Failover is not built yet."),
    )
)
declare(
    Promise(
        "availability.datacentre",
        sentence=_("The failure of a data centre is survived."),
        measured_by=_("The last exercise in which a zone was lost."),
        waits_for=_("Failover is not built yet."),
    )
)
declare(
    Promise(
        "availability.exercises",
        sentence=_("Operations exercises this regularly."),
        measured_by=_("The age of the last exercise."),
        waits_for=_("Exercises are not built yet."),
    )
)
declare(
    Promise(
        "availability.oncall",
        sentence=_("Somebody is on call around the clock."),
        measured_by=_(
            "The rota has no gap in the next 14 days, and the last page was acknowledged in time."
        ),
        waits_for=_("The rota is not built yet."),
    )
)
