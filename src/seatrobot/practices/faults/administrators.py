"""Faults of security features for administrators: settings that stop nobody."""

from __future__ import annotations

from collections.abc import Iterator

from seatrobot.practices.faults.declaring import Instance, fault

SIGN_OUT = "seatrobot.organizations.security.services.sign_out_{}"


@fault("administrators.tools", "a guard that looks at no setting")
def unguarded(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.organizations.pages.demand", "lambda *_: None"):
        yield


@fault("administrators.tools", "roles that everybody has")
def every_role(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.organizations.members.Member.may", "lambda *_: True"):
        yield


@fault("administrators.tools", "signing others out that ends no session")
def not_signed_out(instance: Instance) -> Iterator[None]:
    with instance.patched(SIGN_OUT.format("everybody"), lambda **_: 0):
        yield
