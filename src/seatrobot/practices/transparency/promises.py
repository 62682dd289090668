"""What the page promises about itself."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Found, Measure, Promise, declare, promise
from seatrobot.practices.transparency import evidence

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


@promise(
    "transparency.evidence",
    sentence=_("Nobody rewrites the evidence on this page."),
    measured_by=_(
        "Each piece of evidence and each attestation of the last two days, and a slice of those"
        " before, is compared by another database role with our signature and with the hash in"
        " its journal entry; and each such entry with the evidence it stands for."
    ),
    measures=[
        Measure("looked_at", _("statements looked at"), least=1),
        Measure("foreign", _("statements without our signature or journal entry"), most=0),
        Measure("missing", _("statements that the journal knows and that are gone"), most=0),
    ],
    every=timedelta(minutes=30),
)
def rewritten() -> Found:
    return evidence.look()
