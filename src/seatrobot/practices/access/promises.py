"""Signing in leaves a trace that its people can read."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Found, Measure, promise
from seatrobot.practices.access import pages, sign_ins


@promise(
    "access.signins",
    sentence=_("Every sign-in is logged with the type of device and the IP address."),
    measured_by=_(
        "The web server counts the sessions it hands out at a sign-in, without a look at the log;"
        " another database role compares that with the sign-ins logged in the last 24 hours, and"
        " looks whether each has a type of device and a sealed record."
    ),
    measures=[
        Measure("logged", _("sign-ins logged in the last 24 hours")),
        Measure("missing", _("sign-ins that are not in the log"), most=0),
        Measure("surplus", _("sign-ins in the log that nobody made"), most=0),
        Measure("bare", _("sign-ins without a device or record"), most=0),
    ],
    every=timedelta(minutes=15),
)
def signins() -> Found:
    return sign_ins.look()


@promise(
    "access.visible",
    sentence=_("The log is there for users and for their administrators."),
    measured_by=_(
        "In an organization kept for this an administrator signs in over HTTP: the page of the"
        " account lists the session, the access log and the sign-in log show the sign-in, a plain"
        " member is refused and a stranger is asked to sign in."
    ),
    measures=[
        Measure("asked", _("pages asked for"), least=8),
        Measure("wrong", _("pages that did not answer as they must"), most=0),
    ],
    every=timedelta(minutes=30),
)
def visible() -> Found:
    return pages.look()
