"""Who an organization's mail is from, over which server it goes, and how fast."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from seatrobot.invitations import sending
from seatrobot.invitations.feature import Action, Permission
from seatrobot.invitations.models import Sender, Suppression
from seatrobot.invitations.records import SenderRecord
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.versions import ChangedMeanwhile, version_of

PORTS = frozenset({25, 465, 587, 2525})


class WrongSender(Refused):
    """Settings with which no mail could be sent."""

    status = 422


def load(actor: Principal) -> tuple[SenderRecord, tuple[int, int], str]:
    """Return the sender, most messages a minute in all and to a domain, and the version."""
    actor.require(Permission.SENDER_CHANGE)
    row = sending.sender_row(actor.organization_id)
    record = row.sealed if row else SenderRecord()
    pace = (row.per_minute, row.per_domain) if row else (0, 0)
    return record, pace, version_of(record, pace)


def change(*, actor: Principal, record: SenderRecord, pace: tuple[int, int], seen: str) -> None:
    """Change the sender. Raises WrongSender and ChangedMeanwhile."""
    actor.require(Permission.SENDER_CHANGE)
    if record.host and record.port not in PORTS:
        ports = ", ".join(map(str, sorted(PORTS)))
        raise WrongSender(_("A mail server takes mail at one of %s.") % ports, field="port")
    row = Sender.objects.select_for_update().filter(organization_id=actor.organization_id).first()
    known, known_pace, version = load(actor)
    if version != seen:
        raise ChangedMeanwhile(_("Somebody else changed the sender meanwhile."))
    if row is None:
        row = Sender(organization_id=actor.organization_id, sealed=record)
    names = record.__struct_fields__
    changed = [name for name in names if getattr(known, name) != getattr(record, name)]
    if known_pace != pace:
        changed.append("pace")
    if not changed:
        return
    row.sealed, (row.per_minute, row.per_domain) = record, pace
    row.error, row.failing_since, row.next_at = "", None, None
    row.save()
    journal.record(Action.SENDER_CHANGE, changed=changed)


def suppressions(actor: Principal) -> QuerySet[Suppression]:
    """Return the addresses that get no mail, the newest first."""
    actor.require(Permission.SENDER_CHANGE)
    rows = Suppression.objects.filter(organization_id=actor.organization_id)
    return rows.select_related("event").order_by("-at")


def address_of(row: Suppression) -> str:
    return row.sealed.address or _("An address that was erased")
