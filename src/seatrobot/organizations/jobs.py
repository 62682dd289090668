"""What organizations do in the background."""

from __future__ import annotations

from uuid import UUID

from seatrobot.accounts import mail as transport
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work, job
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.actions import Action
from seatrobot.organizations.models import SentMail


@job("organizations.deliver-mail", tries=4)
def deliver(work: Work, mail_id: str) -> None:
    """Hand one message to SMTP and note what came of it; a failure raises, to be tried again."""
    with work.acting():
        mail = SentMail.objects.filter(pk=UUID(mail_id), sent_at=None).first()
        if mail is None:
            return
        message = transport.compose(mail.sealed.to, mail.sealed.subject, mail.sealed.body)
        journal.record(Action.MAIL_SEND, subject=mail.pk)
    try:
        transport.send(message)
    except transport.MailNotSent as error:
        with work.acting():
            SentMail.objects.filter(pk=mail.pk).update(error=str(error)[:200])
        raise
    with work.acting():
        SentMail.objects.filter(pk=mail.pk).update(error="", sent_at=now())
