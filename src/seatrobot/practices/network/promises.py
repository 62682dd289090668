"""The way to our servers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Promise, declare

declare(
    Promise(
        "network.factors",
        sentence=_("Every access to a server takes two factors."),
        measured_by=_("The live configuration of each host."),
        waits_for=_("Hosts are not registered yet."),
    )
)
declare(
    Promise(
        "network.firewall",
        sentence=_("Firewalls follow good practice."),
        measured_by=_("Live rules are compared with the declared list of flows."),
        waits_for=_("The declared list of flows is not built yet."),
    )
)
declare(
    Promise(
        "network.ports",
        sentence=_("Ports that are not needed are blocked."),
        measured_by=_("A scan from outside finds only declared ports."),
        waits_for=_("The declared list of flows is not built yet."),
    )
)
