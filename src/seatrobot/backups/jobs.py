"""What looks after backups in the background: whether something is wrong, and who is told."""

from __future__ import annotations

from uuid import UUID

from seatrobot.accounts import mail
from seatrobot.accounts.models import Account
from seatrobot.backups import alerts
from seatrobot.backups.feature import Action
from seatrobot.backups.models import Alert
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work, every, job


class NotTold(Exception):
    """An address of SEATROBOT_ALERTS did not take an alert; it is tried again each minute."""


@every("* * * * *", "backups.look")
def look(_work: Work) -> None:
    """Look whether backups are made and shipped, and raise or close alerts."""
    alerts.look()


@job("backups.tell")
def tell(work: Work, alert_id: str) -> None:
    """Tell the operator of an alert, or that it is over."""
    with work.acting():
        row = Alert.objects.filter(pk=UUID(alert_id)).first()
    if row is None or (row.told_at is not None and row.solved_at is None):
        return
    if not alerts.tell(row):
        raise NotTold
    with work.acting():
        Alert.objects.filter(pk=row.pk, told_at=None).update(told_at=now())


@job("backups.mail-alert", tries=4)
def mail_alert(work: Work, alert_id: str, account_id: str) -> None:
    """Mail somebody of the staff that backups fail."""
    with work.acting():
        row = Alert.objects.filter(pk=UUID(alert_id)).first()
        person = Account.objects.filter(pk=UUID(account_id), staff__is_enabled=True).first()
        if row is None or person is None:
            return
        message = mail.to_person(
            person.sealed, "backup_alert", title=alerts.title(row), text=alerts.text(row)
        )
    mail.deliver(work, message, subject=person.pk, sent=Action.ALERT_MAIL)
