"""What invitations do in the background: the outbox of each organization, and mailings in time."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from seatrobot.invitations import sending, telling
from seatrobot.invitations.mailer import MailOffice
from seatrobot.invitations.models import Delivery, Mailing, State
from seatrobot.invitations.outbox import End, Outbox
from seatrobot.invitations.services import mailings
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work, alone, defer, every, job
from seatrobot.kernel.principals import Operator
from seatrobot.kernel.vault import services as vault

SEND = "invitations.send"
SOONEST = timedelta(seconds=1)


@job(SEND)
def send(work: Work) -> None:
    """Hand over what is due for an organization, and come again where more is left."""
    assert work.organization_id is not None
    with work.acting():
        if sending.is_paused(work.organization_id):
            return
    office = MailOffice(work.organization_id, work.acting)
    result = Outbox(work.organization_id, office).run()
    with work.acting():
        if result.end == End.FAILED:
            sending.note_failure(work.organization_id, result.error)
        elif result.handed:
            sending.note_failure(work.organization_id, "")
        if result.end == End.LONG:
            ask(work.organization_id)
        if result.end == End.PACED:
            later = max(result.wait, SOONEST)
            defer(SEND, after=later, once=f"{SEND} later {work.organization_id}")


def ask(organization_id: UUID) -> None:
    """Have the outbox of the organization acted for emptied soon."""
    defer(SEND, once=f"{SEND} {organization_id}")


@every("* * * * *", "invitations.due")
def due(work: Work) -> None:
    """Look in each organization for what is due again, or was left by a process that is gone."""
    for organization_id in vault.organizations():
        with alone(organization_id), acting(Actor.system(work.name), organization_id):
            rows = Delivery.objects.filter(organization_id=organization_id)
            is_due = rows.filter(state=State.QUEUED, next_at__lte=now()).exists()
            was_left = rows.filter(state__in=(State.HANDING, State.DOTTING)).exists()
            if is_due or was_left:
                ask(organization_id)
            begin_due(organization_id)


@job("invitations.begin", tries=3)
def begin(work: Work, event_id: str, mailing_id: str) -> None:
    """Queue the messages of a mailing whose time has come, for whoever started it."""
    with work.acting():
        assert work.organization_id is not None
        service = Operator.service(work.organization_id, work.name)
        event, mailing = UUID(event_id), UUID(mailing_id)
        if mailings.begin(actor=service, event_id=event, mailing_id=mailing):
            ask(work.organization_id)


@job("invitations.tell", tries=3)
def tell(work: Work, party_id: str, event_id: str, answer_id: str) -> None:
    """Mail a party what was recorded of its answer."""
    with work.acting():
        assert work.organization_id is not None
        telling.tell_answer(
            actor=Operator.service(work.organization_id, work.name),
            party_id=UUID(party_id),
            event_id=UUID(event_id),
            answer_id=UUID(answer_id),
        )


@job("invitations.tell-code", tries=3)
def tell_code(work: Work, party_id: str, event_id: str, code_id: str) -> None:
    """Mail a party the code that it asked for."""
    with work.acting():
        telling.tell_code(party_id=UUID(party_id), event_id=UUID(event_id), code_id=UUID(code_id))


def begin_due(organization_id: UUID) -> None:
    """Begin mailings whose time has come."""
    rows = Mailing.objects.filter(organization_id=organization_id, state=Mailing.State.WAITING)
    for pk, event_id in rows.filter(send_at__lte=now()).values_list("pk", "event_id"):
        defer(
            "invitations.begin",
            once=f"invitations.begin {pk}",
            event_id=str(event_id),
            mailing_id=str(pk),
        )
