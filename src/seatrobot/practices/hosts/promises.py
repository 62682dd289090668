"""The machines."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Promise, declare

declare(
    Promise(
        "hosts.scans",
        sentence=_("Production hosts are scanned for vulnerabilities automatically."),
        measured_by=_("The age of the last scan of each host."),
        waits_for=_("Scans are not built yet."),
    )
)
declare(
    Promise(
        "hosts.remediated",
        sentence=_("Findings that are a risk are fixed in time."),
        measured_by=_("No finding is past its deadline."),
        waits_for=_("Scans are not built yet."),
    )
)
declare(
    Promise(
        "hosts.laptops",
        sentence=_("Laptops lock their screens and are fully encrypted."),
        measured_by=_("No device of staff with access is out of posture."),
        waits_for=_("The register of devices is not built yet."),
    )
)
