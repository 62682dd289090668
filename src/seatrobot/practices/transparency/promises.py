"""What the page promises about itself."""

from __future__ import annotations

from datetime import timedelta

import pysequoia
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.clock import now
from seatrobot.kernel.promises.declaring import CannotTell, Found, Measure, Number, promise
from seatrobot.practices.transparency import evidence, fetching, openpgp, rfc9116, security_txt

LEAST_DAYS = 30
MOST_DAYS = 366


@promise(
    "transparency.contact",
    sentence=_("Questions about security reach a person."),
    measured_by=_(
        "The file /.well-known/security.txt is fetched over HTTP from the running web server and"
        " read as any finder of a fault would (RFC 9116): it names a contact, its OpenPGP"
        " signature verifies with the key published beside it, and it does not expire soon."
    ),
    measures=[
        Measure("answers", _("contact files that answer"), least=1),
        Measure("contacts", _("contacts named"), least=1),
        Measure("signatures", _("signatures by the published key"), least=1),
        Measure("mistakes", _("mistakes in the contact file"), most=0),
        Measure("days", _("days until it expires"), least=LEAST_DAYS, most=MOST_DAYS),
    ],
    fresh_for=timedelta(hours=2),
)
def contact() -> Found:
    """Fetch and judge the file; one that does not answer reaches nobody, so that is broken."""
    nothing: dict[str, Number] = {
        "answers": 0,
        "contacts": 0,
        "signatures": 0,
        "mistakes": 0,
        "days": 0,
    }
    try:
        data = fetching.fetch(security_txt.PLACE)
        key = fetching.fetch(security_txt.KEY_PLACE)
    except fetching.NoAnswer as silent:
        return Found(nothing, [str(silent)])
    text = rfc9116.signed_text(data, key)
    if text is None:
        return Found(nothing | {"answers": 1}, ["The signature does not verify."])
    found = rfc9116.read(text)
    wrong = [*found.wrong, *_strange_contacts(found), *_strange_key(key, found)]
    days = (found.expires - now()).days if found.expires else 0
    if not wrong and days >= LEAST_DAYS and found.contacts == [security_txt.contact_page()]:
        raise CannotTell(_("The operator has not said yet where questions go."))
    measured = {"contacts": len(found.contacts), "mistakes": len(wrong), "days": days}
    return Found(nothing | {"answers": 1, "signatures": 1} | measured, wrong)


def _strange_contacts(found: rfc9116.Contacts) -> list[str]:
    others = [value for value in found.contacts if value != security_txt.contact_page()]
    return ["A contact is no address." for value in others if not rfc9116.is_address(value)]


def _strange_key(key: bytes, found: rfc9116.Contacts) -> list[str]:
    """Say when the published key is not ours, or is not the one that the file names."""
    published = str(pysequoia.Cert.from_bytes(key).fingerprint).upper()
    wrong = []
    if published != openpgp.fingerprint():
        wrong.append("The published key is not the one in the data directory.")
    named = [value for value in found.encryption if value.startswith("openpgp4fpr:")]
    if f"openpgp4fpr:{published}" not in named:
        wrong.append("The file does not name the published key.")
    return wrong


@promise(
    "transparency.evidence",
    sentence=_("Nobody rewrites the evidence on this page."),
    measured_by=_(
        "The evidence and the changes of state of the last two days, a slice of older evidence and"
        " every attestation are compared by another database role with our signature and with"
        " their journal entries; and those entries with what they stand for. The strips of the"
        " last 90 days are compared with the evidence that is kept of them."
    ),
    measures=[
        Measure("looked_at", _("statements looked at"), least=1),
        Measure("foreign", _("statements without our signature or journal entry"), most=0),
        Measure("missing", _("statements that the journal knows and that are gone"), most=0),
        Measure("days", _("days in a strip that the evidence does not bear out"), most=0),
    ],
    every=timedelta(minutes=30),
)
def rewritten() -> Found:
    return evidence.look()
