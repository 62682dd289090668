"""Makes members of the staff fulfil what is asked of them before they see Customer Data.

Run beside an instance, with its environment: `python fit.py dana@… erik@…`. Each background check
is confirmed by the person before, that of the first by the last; `--checks` does that alone, for
all but the first; `--join` makes all of them staff, each confirmed by the person before, and prints
the link of each; `--sign` has them sign what is in force. How people fulfil each condition is
walked elsewhere; the walks of grants begin where that ends.
"""

from __future__ import annotations

import sys
from uuid import UUID

from seatrobot.runtime.application import application


def confirm_checks(people: list[UUID], first: int) -> None:
    from seatrobot.accounts.models import BackgroundCheck
    from seatrobot.accounts.staff import checks
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor

    for place, account in enumerate(people[first:], first):
        with acting(Actor.staff(people[place - 1])):
            found = BackgroundCheck.objects.filter(account=account, confirmed_by=None)
            for check in found.select_related("account__staff"):
                checks.confirm(member=check.account.staff, check_id=check.pk)


def report_laptop(account: UUID) -> None:
    from seatrobot.devices.models import Device, DeviceRecord
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.kernel.clock import now

    with acting(Actor.staff(account)):
        Device.objects.create(
            account_id=account,
            key_hash=account.bytes,
            sealed=DeviceRecord("Laptop", "ssh-ed25519 AAAA"),
            created_at=now(),
            confirmed_at=now(),
            reported_at=now(),
            problems=[],
        )


def learn_and_sign(account: UUID) -> None:
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.kernel.clock import now
    from seatrobot.personnel.duties import published
    from seatrobot.personnel.models import Edition, Kind, Result, Signature

    with acting(Actor.staff(account)):
        for each in published():
            row = Edition.objects.get(
                kind=each.kind, name=each.name, number=each.editions[-1].number
            )
            edition = {"account_id": account, "edition": row}
            done = Signature if each.kind == Kind.POLICY else Result
            if done.objects.filter(**edition).exists():
                continue
            if each.kind == Kind.POLICY:
                Signature.objects.create(**edition, at=now(), signed="{}")
            else:
                Result.objects.create(**edition, at=now(), asked=1, passed=True)


def join(addresses: list[str]) -> None:
    """Make people staff as the operator does, and print the link of each."""
    from seatrobot.accounts.models import StaffMember
    from seatrobot.accounts.staff import checks, services
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.kernel.clock import now

    operator = Actor.operator("staff add")
    with acting(operator):
        colleague = StaffMember.objects.filter(is_enabled=True).first()
    for address in addresses:
        name = address.partition("@")[0].replace(".", " ").title()
        with acting(operator):
            member = services.add(email=address, name=name)
            check = checks.record(member=member, on=now().date(), reference="HR-20", passed=True)
        if colleague is not None:
            with acting(Actor.staff(colleague.pk)):
                checks.confirm(member=member, check_id=check.pk)
        with acting(operator):
            sys.stdout.write(f"{member.pk} {services.enable(email=address)}\n")
        colleague = member


def main(addresses: list[str]) -> None:
    with application():
        from django.apps import apps

        from seatrobot.accounts import services as accounts
        from seatrobot.kernel.acting import acting
        from seatrobot.kernel.actor import Actor
        from seatrobot.kernel.staff import conditions

        if "--join" in addresses:
            join([address for address in addresses if "@" in address])
            return
        found = [accounts.find(address) for address in addresses if "@" in address]
        people = [account.pk for account in found if account]
        if "--sign" in addresses:
            for account in people:
                learn_and_sign(account)
                with acting(Actor.staff(account)):
                    conditions.changed(account)
            return
        if "--checks" in addresses:
            confirm_checks(people, 1)
            return
        confirm_checks(people, 0)
        for account in people:
            if apps.is_installed("seatrobot.devices"):
                report_laptop(account)
            if apps.is_installed("seatrobot.personnel"):
                learn_and_sign(account)
            with acting(Actor.staff(account)):
                conditions.changed(account)
                unmet = [each.id for each in conditions.unmet(account)]
            assert not unmet, unmet


if __name__ == "__main__":
    main(sys.argv[1:])
