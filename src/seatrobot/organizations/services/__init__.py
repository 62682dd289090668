"""What can be done with an organization, by area."""

from seatrobot.organizations.services.factor_resets import reset_factors
from seatrobot.organizations.services.founding import add_member, found, rename
from seatrobot.organizations.services.inviting import (
    accept,
    find_invitation,
    invite,
    join_as_new_person,
    resend,
    withdraw,
)
from seatrobot.organizations.services.membership import (
    change_member,
    member_version,
    remove_member,
    transfer_ownership,
)

__all__ = [
    "accept",
    "add_member",
    "change_member",
    "find_invitation",
    "found",
    "invite",
    "join_as_new_person",
    "member_version",
    "remove_member",
    "rename",
    "resend",
    "reset_factors",
    "transfer_ownership",
    "withdraw",
]
