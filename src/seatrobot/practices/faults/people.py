"""People of the staff in an instance into which faults are seeded; their checks are made up."""

from __future__ import annotations

from seatrobot.accounts import services as accounts
from seatrobot.accounts.models import Account, BackgroundCheck, StaffMember
from seatrobot.accounts.staff import checks, services
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now

OPERATOR = Actor.operator("faults")


def staff_member(name: str) -> Account:
    """Return somebody of the staff, made and enabled as the operator and two people do it.

    The check of the first is confirmed once there is a second.
    """
    email = f"{name.lower()}@staff.seatrobot.test"
    with acting(OPERATOR):
        if accounts.find(email) is None:
            services.add(email=email, name=name)
            services.record_check(email=email, on=now().date(), reference="made-up", passed=True)
    _confirm_checks()
    with acting(OPERATOR):
        services.enable(email=email)
    _confirm_checks()
    account = accounts.find(email)
    assert account is not None
    return account


def disable(account: Account) -> None:
    with acting(OPERATOR):
        services.disable(email=account.sealed.email)


def _confirm_checks() -> None:
    enabled = list(StaffMember.objects.filter(is_enabled=True))
    for check in BackgroundCheck.objects.filter(confirmed_by=None).select_related("account__staff"):
        for each in enabled:
            if each.pk not in {check.account_id, check.recorded_by}:
                with acting(Actor.staff(each.pk)):
                    checks.confirm(member=check.account.staff, check_id=check.pk)
                break
