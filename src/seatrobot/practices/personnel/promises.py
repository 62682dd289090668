"""The people who run the service."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Attested, Promise, declare

declare(
    Promise(
        "personnel.checks",
        sentence=_("Backgrounds are checked before employment starts."),
        measured_by=_(
            "No machine can measure this: whoever is responsible for people attests it, and a"
            " second person confirms."
        ),
        attested_by=Attested(
            roles=[_("Head of People"), _("Managing director")],
            longest=timedelta(days=366),
            people=2,
        ),
    )
)
declare(
    Promise(
        "personnel.training",
        sentence=_("Staff are trained in privacy and security, at the start and every year."),
        measured_by=_("No member of staff has access whose training is overdue."),
        waits_for=_("Training is not recorded in this product yet."),
    )
)
declare(
    Promise(
        "personnel.policy",
        sentence=_("Everyone has read and signed the information security policy."),
        measured_by=_("No member of staff has access without a signature under the present text."),
        waits_for=_("Policies are not signed in this product yet."),
    )
)
