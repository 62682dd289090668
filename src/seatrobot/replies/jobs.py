"""Background work of answers."""

from __future__ import annotations

from uuid import UUID

from seatrobot.deletion import requests
from seatrobot.guests.models import Guest
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import Work, alone, every, job
from seatrobot.kernel.principals import Operator
from seatrobot.kernel.vault import services as vault
from seatrobot.replies import waiting


def _service(work: Work, organization_id: UUID) -> Operator:
    return Operator(actor=Actor.job(work.name), organization_id=organization_id)


@job("replies.promote", tries=3)
def promote(work: Work, *, event_id: str) -> None:
    """Give places that came free by an answer to those who wait."""
    assert work.organization_id is not None
    actor = _service(work, work.organization_id)
    with actor.acting():
        waiting.promote(actor=actor, event_id=UUID(event_id))


@every("* * * * *", "replies.promote-waiting")
def promote_waiting(work: Work) -> None:
    """Give places that came free in any other way, such as a guest whom the team removed."""
    for organization_id in vault.organizations():
        with alone(organization_id):
            with acting(Actor.system(work.name), organization_id):
                found = waiting.events_with_turns()
            for event_id in found:
                actor = Operator.service(organization_id, work.name)
                with actor.acting():
                    waiting.promote(actor=actor, event_id=event_id)


@job("replies.note-request", tries=3)
def note_request(work: Work, *, party_id: str, kind: str) -> None:
    """Note among the organization's requests what guests asked about their data."""
    assert work.organization_id is not None
    actor = _service(work, work.organization_id)
    with actor.acting():
        for guest_id in Guest.objects.filter(party_id=party_id).values_list("pk", flat=True):
            waits = {each.row.kind for each in requests.waiting(actor, guest_id)}
            if kind not in waits:
                requests.note(
                    actor=actor,
                    subject_id=guest_id,
                    kind=kind,
                    received_on=now().date(),
                    request_id=new_id(),
                )
