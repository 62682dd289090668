"""What organizations do in the background."""

from __future__ import annotations

from uuid import UUID

from seatrobot.accounts import mail as transport
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import PendingReset
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work, alone, job, nightly
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations import members, retention
from seatrobot.organizations.feature import Permission
from seatrobot.organizations.models import SentMail
from seatrobot.organizations.services import factor_resets


@job("organizations.reset-factors")
def reset_when_due(work: Work, reset_id: str) -> None:
    """Reset factors after the wait, unless cancelled or the asker has lost the permission."""
    with work.acting():
        due = PendingReset.objects.select_for_update().filter(pk=UUID(reset_id), due_at__lte=now())
        pending = due.select_related("account").first()
        if pending is None:
            return
        asker = members.behind(work)
        if asker is None or not asker.may(Permission.MEMBER_CHANGE):
            pending.delete()
            return
        factor_resets.finish(pending.account)


class MailMissing(Exception):
    """No message bears the identifier: the job is tried again, and its failure is logged."""


@job("organizations.deliver-mail", tries=4)
def deliver(work: Work, mail_id: str) -> None:
    """Hand one message to SMTP and note what came of it; a failure raises, to be tried again."""
    with work.acting():
        mail = SentMail.objects.filter(pk=UUID(mail_id)).first()
        if mail is None:
            raise MailMissing(mail_id)
        if mail.sent_at is not None:
            return
        message = transport.compose(mail.sealed.to, mail.sealed.subject, mail.sealed.body)
    try:
        transport.send(message)
    except transport.MailNotSent as error:
        with work.acting():
            SentMail.objects.filter(pk=mail.pk).update(error=str(error)[:200])
            if work.is_last_try:
                journal.record(Action.MAIL_FAIL, subject_id=mail.pk)
        raise
    with work.acting():
        journal.record(Action.MAIL_SEND, subject_id=mail.pk)
        SentMail.objects.filter(pk=mail.pk).update(error="", sent_at=now())


@nightly("organizations.purge")
def purge(work: Work) -> None:
    """Delete in each organization what was kept long enough (`retention`)."""
    for organization_id in vault.organizations():
        with alone(organization_id), acting(Actor.system(work.name), organization_id):
            retention.purge()
