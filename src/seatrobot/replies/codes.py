"""Codes mailed to a party, with which whoever has the link proves that they read its mail."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.utils.translation import gettext as _

from seatrobot.guests.models import Guest
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.refusal import Refused
from seatrobot.replies.hooks import told
from seatrobot.replies.links import LinkHolder
from seatrobot.replies.models import Code, CodeRecord
from seatrobot.replies.reading import Invitation

DIGITS = 6
VALID = timedelta(minutes=15)
MOST_TRIES = 5
MOST_MAILED = 5
WINDOW = timedelta(hours=1)
"""Of a party: five codes in an hour, and five tries of each, so that of a million codes 25 are
tried in an hour."""


class WrongCode(Refused):
    """The code is another one, was used, or is too old."""

    status = 422


def can_mail(invitation: Invitation) -> bool:
    """Return whether a code can be mailed: a package mails, and the party has an address."""
    has_address = any(each.record.email or each.record.delivery_email for each in invitation.guests)
    return bool(told()) and has_address


def is_waiting(holder: LinkHolder) -> bool:
    return _live(holder) is not None


def send(holder: LinkHolder, invitation: Invitation) -> str:
    """Have a new code mailed to the party; return the sentence that says what becomes of it."""
    rows = Code.objects.filter(party_id=holder.party_id)
    if rows.filter(made_at__gt=now() - WINDOW).count() >= MOST_MAILED:
        return _("Several codes were sent already. Please try again in an hour, or ask your host.")
    if not can_mail(invitation):
        return _("No code can be sent to you. Please ask your host.")
    rows.filter(made_at__lte=now() - WINDOW).delete()
    rows.filter(used_at=None).update(used_at=now())
    row = Code(
        pk=new_id(),
        organization_id=holder.organization_id,
        event_id=holder.event_id,
        party_id=holder.party_id,
        sealed=CodeRecord(f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"),
        made_at=now(),
    )
    row.save(force_insert=True)
    sent = [each.code(holder.party_id, event_id=holder.event_id, code_id=row.pk) for each in told()]
    if not any(sent):
        row.delete()
        return _("No code can be sent to you. Please ask your host.")
    return _("A code of six digits is on its way to your address. It is valid for 15 minutes.")


def use(holder: LinkHolder, typed: str) -> None:
    """Take a typed code; raise WrongCode, whose try counts also where nothing else is kept."""
    Guest.objects.select_for_update(no_key=True).filter(party_id=holder.party_id).first()
    row = _live(holder)
    digits = "".join(sign for sign in typed if sign.isdigit())
    if row is None:
        raise WrongCode(_("This code is not valid any more. Please have a new one sent."))
    if not secrets.compare_digest(digits.encode(), row.sealed.code.encode()):
        row.tries += 1
        row.save(update_fields=["tries"])
        raise WrongCode(_("This is not the code that was sent. Please look again."))
    row.used_at = now()
    row.save(update_fields=["used_at"])


def _live(holder: LinkHolder) -> Code | None:
    rows = Code.objects.filter(
        party_id=holder.party_id, used_at=None, tries__lt=MOST_TRIES, made_at__gt=now() - VALID
    )
    return rows.order_by("-made_at").first()
