"""What events do in the background."""

from __future__ import annotations

from seatrobot.events import retention
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.jobs import Work, alone, nightly
from seatrobot.kernel.vault import services as vault


@nightly("events.delete-due")
def delete_due(work: Work) -> None:
    """Announce and delete the events whose day has come, in each organization."""
    for organization_id in vault.organizations():
        with alone(organization_id), acting(Actor.system(work.name), organization_id):
            retention.announce(organization_id)
        with alone(organization_id), acting(Actor.system(work.name), organization_id):
            retention.delete_due(organization_id)
