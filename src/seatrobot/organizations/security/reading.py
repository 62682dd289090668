"""Settings as demands: read beside the membership, so that they cost no statement of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from seatrobot.organizations.security.models import SecuritySettings
from seatrobot.organizations.security.policy import OPEN, Factor, Network, Policy

BESIDE = "organization__security__"
NAMES = (
    "id",
    "factor",
    "factor_since",
    "grace_days",
    "session_hours",
    "idle_minutes",
    "limits_networks",
    "sealed",
)
COLUMNS = tuple(BESIDE + name for name in NAMES)
"""What a query of memberships asks for besides its own columns."""


def policy_of(row: Mapping[str, Any], organization_id: UUID, joined: datetime) -> Policy:
    """Return what the settings in a row of memberships ask of a member who joined then."""
    found = {name: row[BESIDE + name] for name in NAMES}
    if found["id"] is None:
        return OPEN
    networks: tuple[Network, ...] = ()
    if found["limits_networks"]:
        networks = _networks(found["id"], organization_id, bytes(found["sealed"]))
    hours, minutes = found["session_hours"], found["idle_minutes"]
    return Policy(
        factor=Factor(found["factor"]),
        deadline=_deadline(found["factor_since"], found["grace_days"], joined),
        longest_session=timedelta(hours=hours) if hours else None,
        longest_idle=timedelta(minutes=minutes) if minutes else None,
        networks=networks,
    )


def _deadline(since: datetime | None, grace_days: int, joined: datetime) -> datetime | None:
    """Return the grace of a member; one who joined later has as long from that day on."""
    return max(since, joined) + timedelta(days=grace_days) if since else None


@lru_cache(maxsize=256)
def _networks(pk: UUID, organization_id: UUID, raw: bytes) -> tuple[Network, ...]:
    """Open the networks of one version of the settings, once per process."""
    record = SecuritySettings._meta.get_field("sealed").open_record(pk, organization_id, raw)
    return tuple(ip_network(text) for text in record.networks)
