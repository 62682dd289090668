"""Coming back."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Promise, declare

declare(
    Promise(
        "recovery.redundant",
        sentence=_("Data is stored at several locations."),
        measured_by=_("The newest backup is in each store, and verifies."),
        waits_for=_("Backups are not built yet."),
    )
)
declare(
    Promise(
        "recovery.nightly",
        sentence=_("Customer Data and source code are backed up every night."),
        measured_by=_("The age of the newest backup of each."),
        waits_for=_("Backups are not built yet."),
    )
)
declare(
    Promise(
        "recovery.alert",
        sentence=_("Operations is alerted when a backup fails."),
        measured_by=_("The last failure made on purpose raised an alert."),
        waits_for=_("Backups are not built yet."),
    )
)
declare(
    Promise(
        "recovery.tested",
        sentence=_("Backups are fully tested at least every 90 days."),
        measured_by=_("The age of the last restore into an empty server that passed."),
        waits_for=_("Backups are not built yet."),
    )
)
