"""Personnel practices: background checks, which people attest."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import AttestationRule, Promise, declare

declare(
    Promise(
        "personnel.checks",
        sentence=_("Backgrounds are checked before employment starts."),
        measured_by=_(
            "No machine can measure this: whoever is responsible for people attests it, and a"
            " second person confirms."
        ),
        attested_by=AttestationRule(
            roles=[_("Head of People"), _("Managing director")],
            longest=timedelta(days=366),
            people=2,
        ),
    )
)
