"""Whether everybody of the staff is bound to the policies on Customer Data."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.promises.declaring import Measure, Measurement, promise
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.personnel import conditions
from seatrobot.personnel.duties import CUSTOMER_DATA
from seatrobot.practices.checks import duties


@promise(
    "confidentiality.bound",
    sentence=_("Every employee and contractor is bound to our policies on Customer Data."),
    measured_by=_(
        "For everybody of the staff who is enabled, the signature of their passkey over the whole"
        " text of every policy in force is verified, and with it the journal's entry. A policy on"
        " Customer Data must be in force. Whoever is new, and everybody after a new edition of a"
        " text they signed, has 14 days, from the day that the journal has. For whoever has not"
        " signed the condition of access must say no."
    ),
    measures=[
        Measure("people", _("people of the staff"), least=1),
        Measure("unbound", _("of them late with signing a policy"), most=0),
        Measure("forged", _("signatures or texts that fail to verify"), most=0),
        Measure("gone", _("signatures that the journal has and that are gone"), most=0),
        Measure("open", _("of them with access all the same"), most=0),
    ],
)
def bound() -> Measurement:
    """Verify signatures under all policies, and ask for access without them."""
    with acting(ACTOR), examining() as examiner:
        found = duties.policies(examiner, now(), needed={CUSTOMER_DATA})
        let_in = [each for each in found.missing if conditions.policies_signed(each).holds]
    notes = [f"{person}: time is over" for person in found.late]
    notes += [f"{what} is stored otherwise than it was made" for what in found.forged]
    notes += [f"{pk} is gone" for pk in found.gone]
    notes += [f"{person} is let in" for person in let_in]
    return Measurement(
        {
            "people": found.people,
            "unbound": len(found.late),
            "forged": len(found.forged),
            "gone": len(found.gone),
            "open": len(let_in),
        },
        notes,
    )
