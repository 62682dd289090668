"""Who may see Customer Data, and who knows of it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Found, Measure, Promise, declare, promise
from seatrobot.practices.confidentiality import separation

declare(
    Promise(
        "confidentiality.need",
        sentence=_("Our staff see Customer Data only when a need for it was stated."),
        measured_by=_(
            "As a member of staff without a live grant, the examination asks the vault for an"
            " organization's keys; and the journal is searched for anything a member of staff"
            " has opened."
        ),
        waits_for=_("Not examined yet."),
    )
)
declare(
    Promise(
        "confidentiality.logged",
        sentence=_(
            "Every access to Customer Data is logged, and the log cannot be changed unseen."
        ),
        measured_by=_(
            "The journal is compared with its Merkle tree and its signed checkpoints by"
            " another database role."
        ),
        waits_for=_("Not examined yet."),
    )
)


@promise(
    "confidentiality.separated",
    sentence=_("The database itself keeps organizations apart."),
    measured_by=_(
        "Another database role looks at every table's row-level security and at what the"
        " application's role may do; then the application asks for rows without an organization,"
        " and for rows of others while it acts for one kept for this."
    ),
    measures=[
        Measure("tables", _("tables with rows of organizations looked at"), least=10),
        Measure("unguarded", _("tables without a guard that holds"), most=0),
        Measure("rights", _("rights of the application beyond what it needs"), most=0),
        Measure("rows", _("rows seen that must not be"), most=0),
    ],
)
def separated() -> Found:
    return separation.look()


declare(
    Promise(
        "confidentiality.bound",
        sentence=_("Every employee and contractor is bound to our policies on Customer Data."),
        measured_by=_(
            "No member of staff has access with a policy that is unsigned or out of date."
        ),
        waits_for=_("Policies are not signed in this product yet."),
    )
)
