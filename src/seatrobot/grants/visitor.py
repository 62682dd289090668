"""Staff who visit an organization by a live grant, as a principal that services ask."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.http import Http404

from seatrobot.grants.models import StaffGrant
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.features import ByStaff, Permission
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.tenancy.scopes import Scope
from seatrobot.kernel.unit_of_work import UnitOfWork
from seatrobot.kernel.vault.keyring import KeyClass

NOTED_EVERY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor(Principal):
    """A member of the staff in one organization, for as long as their grant counts.

    seen_events: the events that it shows; None for all. Keys of special categories never open.
    """

    grant_id: UUID
    may_change: bool
    seen_events: frozenset[UUID] | None
    expires_at: datetime

    def may(self, permission: Permission, event_id: UUID | None = None) -> bool:
        """Return whether staff have a permission by this grant, in an event or anywhere."""
        if permission.by_staff == ByStaff.NEVER or not self.sees(event_id):
            return False
        if permission.by_staff == ByStaff.EVERYWHERE:
            return self.seen_events is None
        return permission.by_staff == ByStaff.READING or self.may_change

    @property
    def events(self) -> AbstractSet[UUID] | None:
        return self.seen_events

    def key_classes(self, event_id: UUID | None = None) -> frozenset[KeyClass]:  # noqa: ARG002  none anywhere
        return frozenset()

    @contextmanager
    def acting(
        self,
        scope: Scope | None = None,
        *,
        event_id: UUID | None = None,  # noqa: ARG002  no special keys in any
    ) -> Iterator[UnitOfWork]:
        """Open a unit of work by this grant; raises GrantRefused unless it counts, see `acting`."""
        with acting(self.actor, self.organization_id, scope=scope, grant=self.grant_id) as unit:
            self._note()
            yield unit

    def _note(self) -> None:
        """Note when the grant was used last: a clock that is set back does not prolong it."""
        moment = now()
        StaffGrant.objects.filter(
            Q(seen_at=None) | Q(seen_at__lt=moment - NOTED_EVERY), pk=self.grant_id
        ).update(seen_at=moment)


def load_visitor(staff_id: UUID, grant_id: UUID) -> Visitor:
    """Return a staff member as a visitor by one of their grants; Http404 where it is not theirs.

    Call in a unit of work of theirs. Whether the grant counts now is asked when they act.
    """
    row = StaffGrant.objects.filter(pk=grant_id, account_id=staff_id).first()
    if row is None:
        raise Http404
    return Visitor(
        actor=Actor.staff(staff_id),
        organization_id=row.organization_id,
        grant_id=row.pk,
        may_change=row.may_change,
        seen_events=frozenset(row.event_ids) if row.event_ids is not None else None,
        expires_at=row.expires_at or now(),
    )
