"""The operator's own words, so read that a slip in their file never takes the page down."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from seatrobot.practices.profile import BadProfile, Profile, profile

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Words:
    """is_readable: false when there is a file and it cannot be used."""

    profile: Profile
    is_readable: bool = True


def words() -> Words:
    """Return what the operator says, or that their file cannot be read."""
    try:
        return Words(profile())
    except (BadProfile, OSError) as error:
        log.warning("the operator's profile cannot be used: %s", error)
        return Words(Profile(), is_readable=False)
