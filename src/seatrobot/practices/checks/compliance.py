"""Compliance: the certificates of providers, which people attest."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import AttestationRule, Promise, declare

declare(
    Promise(
        "compliance.providers",
        sentence=_("The certificates of our hosting providers are known and current."),
        measured_by=_(
            "No machine can measure this: whoever is responsible for security has seen the"
            " certificates and attests until when the first of them is valid."
        ),
        attested_by=AttestationRule(
            roles=[_("Head of Security"), _("Managing director")], longest=timedelta(days=366)
        ),
    )
)
