"""What administrators have to protect their people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Promise, declare

declare(
    Promise(
        "administrators.tools",
        sentence=_(
            "Administrators can protect their users: second factors, session lifetime,"
            " networks, roles, signing others out."
        ),
        measured_by=_(
            "Each setting is made in an organization kept for this, and a member of it is"
            " seen to be stopped."
        ),
        waits_for=_("Not examined yet."),
    )
)
