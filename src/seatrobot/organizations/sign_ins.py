"""What a member does with an account is in the journal of the organization too."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.dispatch import receiver

from seatrobot.accounts.signals import noted
from seatrobot.kernel import acting
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.actions import Action
from seatrobot.organizations.models import Membership


@receiver(noted)
def note(action: Action, account_id: UUID, **_: Any) -> None:
    actor = acting.current().actor
    rows = Membership.objects.filter(account_id=account_id)
    for organization_id in list(rows.values_list("organization_id", flat=True)):
        with acting.acting(actor, organization_id):
            journal.record(action, subject=account_id)
