"""What an organization demands of its members, read with the membership in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from django.db import models
from django.utils.translation import gettext_lazy as _

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


class Factor(models.TextChoices):
    """How a person must have signed in, the weakest first."""

    ANY = "any", _("A password is enough")
    SECOND = "second", _("A second factor")
    PHISHING_RESISTANT = "phishing-resistant", _("A passkey")


@dataclass(frozen=True, slots=True)
class Policy:
    """One organization's demands on one member; None and empty ask nothing.

    deadline: from then on `factor` is asked of this member; before it, only announced.
    longest_session: since the sign-in. longest_idle: between two uses of the session.
    """

    factor: Factor = Factor.ANY
    deadline: datetime | None = None
    longest_session: timedelta | None = None
    longest_idle: timedelta | None = None
    networks: tuple[Network, ...] = ()

    def admits(self, address: Address) -> bool:
        """Return whether the address is in an allowed network; all are where none is named."""
        return not self.networks or any(address in network for network in self.networks)


OPEN = Policy()
