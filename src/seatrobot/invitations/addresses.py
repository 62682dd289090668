"""Addresses as rows are looked up by them: blind indexes, and who gets no mail any more."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from seatrobot.invitations.models import Delivery, Suppression
from seatrobot.kernel.vault import services as vault
from seatrobot.normalizing import fold


def address_index(organization_id: UUID, address: str) -> bytes:
    """Return the blind index of an address, whatever its capitals."""
    return vault.blind_index(organization_id, fold(address))


def domain_index(organization_id: UUID, address: str) -> bytes:
    return vault.blind_index(organization_id, "domain " + fold(domain_of(address)))


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def suppressed(
    organization_id: UUID, event_id: UUID, addresses: Collection[str]
) -> dict[str, Suppression.Reason]:
    """Return those of the addresses that get no mailing of an event, and why."""
    wanted = {address_index(organization_id, each): each for each in addresses}
    rows = Suppression.objects.filter(organization_id=organization_id)
    rows = rows.filter(Q(event_id=event_id) | Q(event_id=None))
    if len(wanted) < FEW:
        rows = rows.filter(address_index__in=list(wanted))
    found = rows.order_by("event_id").values_list("address_index", "reason")
    return {
        wanted[bytes(index)]: Suppression.Reason(reason)
        for index, reason in found
        if bytes(index) in wanted
    }


FEW = 100
"""So many addresses are looked up one by one; for more, all that are suppressed are read."""


def address_index_of(delivery: Delivery) -> bytes:
    """Return the index of a delivery that came with an archive."""
    return address_index(delivery.organization_id, delivery.sealed.to)


def domain_index_of(delivery: Delivery) -> bytes:
    return domain_index(delivery.organization_id, delivery.sealed.to)


def suppressed_index_of(suppression: Suppression) -> bytes:
    return address_index(suppression.organization_id, suppression.sealed.address)
