"""Background work of laptops: telling owners, and forgetting what nobody confirmed."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.urls import reverse

from seatrobot.accounts import mail
from seatrobot.devices import judging, reading, services
from seatrobot.devices.feature import Action
from seatrobot.devices.models import Device
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work, job, nightly


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
            link=f"{settings.BASE_URL}{reverse('staff-devices:list')}",
        )
    mail.deliver(work, message, subject=row.account_id, sent=Action.DEVICE_TELL)


@nightly("devices.purge")
def purge(work: Work) -> None:
    """Forget tokens that are over and laptops that nobody confirmed."""
    with work.acting():
        services.purge(now())
