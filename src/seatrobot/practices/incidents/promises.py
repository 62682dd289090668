"""When something happens."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Promise, declare

declare(
    Promise(
        "incidents.procedure",
        sentence=_("There is a procedure for incidents, and it is used."),
        measured_by=_("Every closed incident has a review."),
        waits_for=_("Records of incidents are not built yet."),
    )
)
declare(
    Promise(
        "incidents.notify",
        sentence=_("Customers are told promptly of unauthorized access to their data."),
        measured_by=_("The time from confirmation to notice."),
        waits_for=_("Records of incidents are not built yet."),
    )
)
