"""What the page promises about itself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Promise, declare

declare(
    Promise(
        "transparency.contact",
        sentence=_("Questions about security reach a person."),
        measured_by=_(
            "The file /.well-known/security.txt is fetched over HTTP and read as any finder"
            " of a fault would."
        ),
        waits_for=_("The contact file is not published yet."),
    )
)
