"""Rules of others that we follow."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Attested, Promise, declare

declare(
    Promise(
        "compliance.cards",
        sentence=_("Payment card numbers never touch the service."),
        measured_by=_("Stored text and logs are searched for card numbers."),
        waits_for=_("Nothing refuses or searches for card numbers yet."),
    )
)
declare(
    Promise(
        "compliance.providers",
        sentence=_("The certificates of our hosting providers are known and current."),
        measured_by=_(
            "No machine can measure this: whoever is responsible for security has seen the"
            " certificates and attests until when the first of them is valid."
        ),
        attested_by=Attested(
            roles=[_("Head of Security"), _("Managing director")], longest=timedelta(days=366)
        ),
    )
)
