"""What the kernel asks about grants: why one opens nothing, and that what is open be closed."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.accounts.models import StaffMember
from seatrobot.grants.models import StaffGrant, State
from seatrobot.grants.reading import state_of
from seatrobot.grants.services import closing
from seatrobot.kernel.staff.standing import GrantSource


class KnownGrants(GrantSource):
    """Tells the kernel why a grant opens nothing."""

    def why_not(self, grant_id: UUID, staff_id: UUID, organization_id: UUID) -> tuple[str, str]:
        if not StaffMember.objects.filter(pk=staff_id, is_enabled=True).exists():
            return "disabled", _("Your staff account is disabled: ask the operator to enable it.")
        row = StaffGrant.objects.filter(pk=grant_id).first()
        if row is None:
            return "gone", _("This grant is gone, and so may be the organization.")
        if row.account_id != staff_id:
            return "foreign", _("This grant is another person's: ask for one of your own.")
        if row.organization_id != organization_id:
            return "foreign", _("This grant is for another organization.")
        state = state_of(row)
        return state.value, str(WHY_NOT[state])

    def close(self, staff_id: UUID) -> None:
        closing.close(staff_id)


WHY_NOT = {
    State.LIVE: gettext_lazy(
        "The clock of this service went back: no grant counts until it is right again."
    ),
    State.ASKED: gettext_lazy("Nobody has approved this grant yet."),
    State.DENIED: gettext_lazy("The organization denied this grant."),
    State.LAPSED: gettext_lazy("Nobody answered this request within 12 hours: ask again."),
    State.CANCELLED: gettext_lazy("You took this request back."),
    State.ENDED: gettext_lazy("You ended this grant: ask for another if you still need one."),
    State.WITHDRAWN: gettext_lazy("The organization ended this grant."),
    State.EXPIRED: gettext_lazy("This grant has expired: ask for another if you need one."),
    State.CLOSED: gettext_lazy("This grant was closed because a condition was not met any more."),
}
