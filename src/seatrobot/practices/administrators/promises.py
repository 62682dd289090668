"""What administrators have to protect their people."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Found, Measure, promise
from seatrobot.practices.administrators import settings


@promise(
    "administrators.tools",
    sentence=_(
        "Administrators can protect their users: second factors, session lifetime, networks,"
        " roles, signing others out."
    ),
    measured_by=_(
        "Each setting is made in an organization kept for this, and a member of it, who was let in"
        " before, is seen to be stopped over HTTP, and let in again when it is taken back."
    ),
    measures=[
        Measure("tried", _("settings tried"), least=8),
        Measure("ineffective", _("settings that stop nobody"), most=0),
        Measure("sticking", _("settings that stop more than they should"), most=0),
    ],
    every=timedelta(minutes=30),
    patience=timedelta(seconds=60),
)
def tools() -> Found:
    return settings.look()
