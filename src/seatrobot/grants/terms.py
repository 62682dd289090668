"""What a grant was asked for, as one identifier that its entry in the access log bears.

None of it changes afterwards, whatever becomes of the grant. Whoever compares a row with the entry
of its request needs no key of the organization.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from seatrobot.accounts.sign_in_log.recording import mark
from seatrobot.grants.models import StaffGrant

TERMS = (
    *("id", "organization_id", "account_id", "category", "is_emergency", "may_change"),
    *("event_ids", "minutes"),
)
"""The columns that the mark covers."""


def mark_of(row: StaffGrant) -> UUID:
    """Return the mark of a grant."""
    return mark_of_values([getattr(row, name) for name in TERMS])


def mark_of_values(values: Sequence[Any]) -> UUID:
    """Return the mark of a grant whose columns TERMS are these."""
    return mark([None if each is None else _plain(each) for each in values])


def _plain(value: Any) -> Any:
    return value if isinstance(value, list) else str(value)
