"""Background work of laptops: telling owners, and forgetting what nobody confirmed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from seatrobot.accounts import mail
from seatrobot.devices import judging, reading, services
from seatrobot.devices.feature import Action
from seatrobot.devices.models import Device
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work, defer, every, job, nightly

EVERY = timedelta(hours=1)


@job("devices.tell-owner", tries=3)
def tell_owner(work: Work, device_id: str) -> None:
    """Mail the owner of a laptop what is wrong with it, unless it is well by now."""
    with work.acting():
        row = Device.objects.select_related("account").filter(pk=UUID(device_id)).first()
        codes = reading.problems_of(row) if row else []
        if row is None or not codes:
            return
        message = mail.to_person(
            row.account.sealed,
            "laptop_out_of_posture",
            laptop=row.sealed.name,
            problems=[judging.explain(code) for code in codes],
            link=_page(),
        )
    mail.deliver(work, message, subject=row.account_id, sent=Action.DEVICE_TELL)


@nightly("devices.purge")
def purge(work: Work) -> None:
    """Forget tokens that are over and laptops that nobody confirmed."""
    with work.acting():
        services.purge(now())


@every("41 * * * *", "devices.remind")
def remind(work: Work) -> None:
    """Have the owners of laptops mailed that fell silent within the last hour, once for each time.

    Whoever has another laptop in posture hears nothing: access goes on.
    """
    moment = now()
    since, until = moment - judging.FRESH_FOR - EVERY, moment - judging.FRESH_FOR
    with work.acting():
        rows = Device.objects.filter(
            reported_at__gt=since, reported_at__lte=until, account__staff__is_enabled=True
        )
        for row in rows.defer("sealed"):
            is_last = not row.problems and row.copied_at is None
            if is_last and not reading.posture_of(row.account_id).holds:
                defer("devices.tell-silence", device_id=str(row.pk))


@job("devices.tell-silence", tries=3)
def tell_silence(work: Work, device_id: str) -> None:
    """Mail the owner of a laptop that it has not reported for a day, unless it has by now."""
    with work.acting():
        row = Device.objects.select_related("account").filter(pk=UUID(device_id)).first()
        if row is None or reading.state_of(row) != reading.State.SILENT:
            return
        message = mail.to_person(
            row.account.sealed, "laptop_silent", laptop=row.sealed.name, link=_page()
        )
    mail.deliver(work, message, subject=row.account_id, sent=Action.DEVICE_TELL)


def _page() -> str:
    return f"{settings.BASE_URL}{reverse('staff-devices:list')}"
