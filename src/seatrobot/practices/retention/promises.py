"""How data leaves."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Promise, declare

declare(
    Promise(
        "retention.anytime",
        sentence=_("The Primary Owner can delete Customer Data at any time."),
        measured_by=_("The deletion is tried in an organization kept for this."),
        waits_for=_("Deleting a whole organization is not built yet."),
    )
)
declare(
    Promise(
        "retention.production",
        sentence=_("Deleted data is gone from all production systems within 24 hours."),
        measured_by=_(
            "The age of the oldest deletion that is not finished; after each, the raw files"
            " of the database are searched."
        ),
        waits_for=_("Deleting a whole organization is not built yet."),
    )
)
declare(
    Promise(
        "retention.backups",
        sentence=_("Backups that hold deleted data are destroyed within 14 days."),
        measured_by=_("The age of the oldest backup past its date."),
        waits_for=_("Backups are not built yet."),
    )
)
declare(
    Promise(
        "retention.investigation",
        sentence=_("Only an open investigation may extend that, and only for a time."),
        measured_by=_("No hold stands without an open incident, and none has expired."),
        waits_for=_("Holds are not built yet."),
    )
)
declare(
    Promise(
        "retention.return",
        sentence=_("Customer Data can be exported, whole."),
        measured_by=_("The last export is imported into an empty instance and compared."),
        waits_for=_("The export of a whole organization is not built yet."),
    )
)
