"""Data under keys, on the wire and on the disk."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Promise, declare

declare(
    Promise(
        "encryption.transit",
        sentence=_("All traffic is encrypted with the latest recommended protocols."),
        measured_by=_(
            "A client from outside tries old and new protocols at the live listener and looks"
            " at its certificate."
        ),
        waits_for=_("Not examined yet."),
    )
)
declare(
    Promise(
        "encryption.rest",
        sentence=_(
            "Customer Data is sealed under the organization's own keys before it reaches the"
            " database."
        ),
        measured_by=_(
            "Canaries are written through the service and searched for in the database's"
            " files; and another database role looks at sealed columns."
        ),
        waits_for=_("Not examined yet."),
    )
)
declare(
    Promise(
        "encryption.agility",
        sentence=_("The cryptography follows the landscape promptly."),
        measured_by=_(
            "No key is past its rotation date, and nothing is in use outside the"
            " cryptographic policy."
        ),
        waits_for=_("The cryptographic policy and the inventory of keys are not built yet."),
    )
)
declare(
    Promise(
        "encryption.compatibility",
        sentence=_("The needs of older clients are weighed in the open."),
        measured_by=_("Clients are counted by protocol version."),
        waits_for=_("Clients are not counted yet."),
    )
)
