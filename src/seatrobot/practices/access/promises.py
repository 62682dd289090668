"""Signing in leaves a trace that its people can read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Promise, declare

declare(
    Promise(
        "access.signins",
        sentence=_("Every sign-in is logged with the type of device and the IP address."),
        measured_by=_(
            "Sign-ins that the web server counted are compared with sign-ins in the log."
        ),
        waits_for=_("Not examined yet."),
    )
)
declare(
    Promise(
        "access.visible",
        sentence=_("The log is there for users and for their administrators."),
        measured_by=_(
            "The pages are opened over HTTP as a user and as an administrator of an"
            " organization kept for this."
        ),
        waits_for=_("Not examined yet."),
    )
)
