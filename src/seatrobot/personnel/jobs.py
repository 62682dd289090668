"""Background work of personnel: telling people by mail what ends."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.urls import reverse

from seatrobot.accounts import mail
from seatrobot.accounts.models import Account
from seatrobot.kernel.jobs import Work, defer, every, job
from seatrobot.personnel import reminding
from seatrobot.personnel.feature import Action


@every("* * * * *", "personnel.remind")
def remind(work: Work) -> None:
    """Note who is to be told what, and have one mail written to each."""
    with work.acting():
        for account_id, reminders in reminding.note_due().items():
            defer(
                "personnel.mail-reminders",
                account_id=str(account_id),
                reminder_ids=" ".join(map(str, reminders)),
            )


@job("personnel.mail-reminders", tries=3)
def mail_reminders(work: Work, account_id: str, reminder_ids: str) -> None:
    """Mail a person what ends; nothing when they have done it meanwhile."""
    with work.acting():
        account = Account.objects.filter(pk=UUID(account_id)).first()
        if account is None:
            return
        ids = [UUID(each) for each in reminder_ids.split()]
        sentences = reminding.sentences(account.pk, ids)
        if not sentences:
            return
        message = mail.to_person(
            account.sealed,
            "duty_reminder",
            sentences=sentences,
            link=f"{settings.BASE_URL}{reverse('staff-duties:list')}",
        )
    mail.deliver(work, message, subject=account.pk, sent=Action.REMINDER_SEND)
