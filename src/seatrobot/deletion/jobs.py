"""What deletions do in the background."""

from __future__ import annotations

from uuid import UUID

from seatrobot.accounts import mail
from seatrobot.accounts.models import AccountRecord
from seatrobot.deletion import receipts, steps
from seatrobot.deletion.models import Deletion
from seatrobot.kernel.jobs import Work, every, job


@every("* * * * *", "deletion.advance-all")
def advance_all(_work: Work) -> None:
    """Take the next steps of every deletion."""
    steps.advance_all()


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
