"""The e-mail domains an organization allows its members."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.models import SecuritySettings


def check_domain(organization_id: UUID, address: str) -> None:
    """Refuse an e-mail address outside the domains the organization allows its members."""
    row = SecuritySettings.objects.filter(organization_id=organization_id).first()
    allowed = row.sealed.domains if row else []
    if allowed and address.rpartition("@")[2].lower() not in allowed:
        raise Refused(
            _("Members need an address at %(domains)s, and this is %(address)s.")
            % {"domains": ", ".join(allowed), "address": address}
        )
