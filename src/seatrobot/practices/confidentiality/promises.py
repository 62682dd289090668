"""Who may see Customer Data, and who knows of it."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Found, Measure, Promise, Unit, declare, promise
from seatrobot.practices.confidentiality import access, separation
from seatrobot.practices.confidentiality import need as without_grant


@promise(
    "confidentiality.need",
    sentence=_("Our staff see Customer Data only when a need for it was stated."),
    measured_by=_(
        "As a member of staff without a grant, the examination asks the vault for an organization's"
        " keys in several ways; and another database role searches organizations' journals of the"
        " last 30 days for anything that staff did there. Grants are not built yet, so nothing may"
        " be found."
    ),
    measures=[
        Measure("tries", _("ways tried to open an organization's data as staff"), least=3),
        Measure("opened", _("of them that opened something"), most=0),
        Measure("entries", _("acts of staff in organizations' journals"), most=0),
    ],
)
def need() -> Found:
    return without_grant.look()


@promise(
    "confidentiality.logged",
    sentence=_("Every access to Customer Data is logged, and the log cannot be changed unseen."),
    measured_by=_(
        "Another database role counts the journal, compares it with its Merkle tree and its signed"
        " checkpoints, the newest entries and a slice of the older ones one by one. Then something"
        " is read in an organization kept for this and must leave an entry, and something is"
        " changed whose entry cannot be written and must be refused."
    ),
    measures=[
        Measure("entries", _("entries counted"), least=1),
        Measure("missing", _("entries that are missing"), most=0),
        Measure("changed", _("entries that were changed"), most=0),
        Measure("unproven", _("entries that the tree does not prove"), most=0),
        Measure("waiting", _("age of the oldest entry without a place"), Unit.SECONDS, most=600),
        Measure("unlogged", _("accesses that left no entry"), most=0),
        Measure("unrefused", _("accesses that were not refused without one"), most=0),
    ],
    every=timedelta(minutes=15),
)
def logged() -> Found:
    return access.look()


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
