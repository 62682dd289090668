"""Warnings to the staff: 60, 30, 7 and 0 days before a certificate ends, and when to look again."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from seatrobot.accounts import mail
from seatrobot.accounts.models import Account
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work, defer, job, nightly
from seatrobot.providers import reading
from seatrobot.providers.feature import Action
from seatrobot.providers.models import Certificate, Provider, Warned

AHEAD = (60, 30, 7, 0)
CHECK = "check"


@nightly("providers.warn")
def warn(work: Work) -> None:
    """Have everybody of the staff mailed each warning that is due and was not mailed yet."""
    with work.acting():
        staff = Account.objects.filter(staff__is_enabled=True).values_list("pk", flat=True)
        for provider in Provider.objects.filter(ended_at=None).prefetch_related("certificates"):
            for row in reading.newest(list(provider.certificates.all())):
                for what in due(row, now().date()):
                    _row, is_new = Warned.objects.get_or_create(certificate=row, what=what)
                    for account in staff if is_new else ():
                        defer(
                            "providers.mail-warning",
                            certificate_id=str(row.pk),
                            account_id=str(account),
                        )


def due(row: Certificate, today: date) -> list[str]:
    """Return what there is to warn of; of several steps that have passed, the last one."""
    left = (row.valid_until - today).days
    steps = [step for step in AHEAD if left <= step]
    found = [f"ends-{min(steps)}"] if steps else []
    return [*found, CHECK] if row.next_check <= today else found


@job("providers.mail-warning", tries=3)
def mail_warning(work: Work, certificate_id: str, account_id: str) -> None:
    """Mail somebody of the staff that a certificate ends, or has to be looked at again."""
    with work.acting():
        rows = Certificate.objects.select_related("provider").filter(pk=UUID(certificate_id))
        row = rows.first()
        person = Account.objects.filter(pk=UUID(account_id), staff__is_enabled=True).first()
        if row is None or person is None:
            return
        path = reverse("staff-providers:provider", args=[row.provider_id])
        message = mail.to_person(
            person.sealed,
            "certificate_ends",
            provider=row.provider.name,
            certificate=row.get_kind_display(),
            until=row.valid_until,
            check=row.next_check,
            is_over=row.valid_until < now().date(),
            link=f"{settings.BASE_URL}{path}",
        )
    mail.deliver(work, message, subject=person.pk, sent=Action.CERTIFICATE_WARN)
