"""What the machines tell."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Promise, declare

declare(
    Promise(
        "logging.central",
        sentence=_(
            "Logs about security, monitoring, availability, access and metrics are in one place."
        ),
        measured_by=_("Every component has logged within its interval."),
        waits_for=_("The central log is not built yet."),
    )
)
declare(
    Promise(
        "logging.analysed",
        sentence=_("Logs are analysed for security events automatically."),
        measured_by=_("Each rule fires on its recorded sample, and the last run is fresh."),
        waits_for=_("The rules are not built yet."),
    )
)
declare(
    Promise(
        "logging.overseen",
        sentence=_("A security team watches."),
        measured_by=_("No alert is unacknowledged past its limit."),
        waits_for=_("Alerts are not built yet."),
    )
)
