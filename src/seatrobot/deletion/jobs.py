"""What deletions do in the background."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.urls import reverse

from seatrobot.accounts import mail
from seatrobot.accounts.models import Account, AccountRecord
from seatrobot.deletion import alerts, receipts, steps
from seatrobot.deletion.feature import Action
from seatrobot.deletion.models import Alert, Deletion
from seatrobot.kernel.jobs import Work, every, job


@every("* * * * *", "deletion.advance-all")
def advance_all(_work: Work) -> None:
    """Take the next steps of every deletion, and tell the staff of those that are late."""
    steps.advance_all()
    alerts.look()


@job("deletion.advance")
def advance(_work: Work) -> None:
    """Take them now: a deletion is wanted at once."""
    steps.advance_all()


@job("deletion.mail-receipt", tries=4)
def mail_receipt(work: Work, deletion_id: str) -> None:
    """Mail the final receipt to whoever asked for the deletion, and forget the address."""
    with work.acting():
        deletion = Deletion.objects.filter(pk=UUID(deletion_id)).first()
        if deletion is None or not deletion.sealed.email:
            return
        person = AccountRecord(email=deletion.sealed.email, name=deletion.sealed.name)
        message = mail.to_person(person, "receipt", organization=str(deletion.customer_id))
        message.attach(receipts.file_name(deletion), receipts.make(deletion), "text/plain")
    try:
        mail.deliver(work, message, subject=deletion.pk)
    except mail.MailNotSent:
        if work.is_last_try:
            steps.forget_person(deletion)
        raise
    steps.forget_person(deletion)


@job("deletion.mail-alert", tries=4)
def mail_alert(work: Work, alert_id: str, account_id: str) -> None:
    """Mail somebody of the staff that a deletion is late."""
    with work.acting():
        row = Alert.objects.filter(pk=UUID(alert_id), solved_at=None).first()
        person = Account.objects.filter(pk=UUID(account_id), staff__is_enabled=True).first()
        if row is None or person is None:
            return
        message = mail.to_person(
            person.sealed,
            "deletion_late",
            deletion=row.deletion_id,
            kind=row.get_kind_display(),
            state=row.get_state_display(),
            due_at=row.due_at,
            broken_at=row.due_at + alerts.BROKEN_AFTER,
            link=f"{settings.BASE_URL}{reverse('staff-deletions:list')}",
        )
    mail.deliver(work, message, subject=person.pk, sent=Action.ALERT_MAIL)
