"""A real dinner to look at: an organization, three colleagues and 537 public people, seated."""

from __future__ import annotations

import secrets
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from seatrobot.accounts.models import Account
from seatrobot.accounts.services import create_account
from seatrobot.demo.dinner import prepare_dinner
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.principals import Operator
from seatrobot.organizations import services
from seatrobot.organizations.permissions import GrantedRole, Role

COMMAND = "seatrobot demo"
PEOPLE = {Role.OWNER: "Alice", Role.TEAM: "Bob", Role.DOOR: "Doris"}


def prepare() -> list[str]:
    """Make the demonstration organization once; return the lines that tell how to sign in."""
    card = Path(settings.CONFIG.data) / "demo.txt"
    if not card.exists():
        with transaction.atomic():
            lines = _prepare()
            card.touch(mode=0o600)
            card.write_text("\n".join(lines))
    return [_("Demonstration organization; sign in as one of:"), *card.read_text().splitlines()]


def _prepare() -> list[str]:
    passwords = {role: secrets.token_urlsafe(12) for role in PEOPLE}
    with acting(Actor.system(COMMAND)):
        people = {role: _account(name, passwords[role]) for role, name in PEOPLE.items()}
        alice = services.found(name=_("Capitol Dinner Committee"), owner=people[Role.OWNER])
    with alice.acting():
        dinner = prepare_dinner(Operator.service(alice.organization_id, COMMAND))
        services.add_member(alice.organization_id, people[Role.TEAM], Role.TEAM)
        door = GrantedRole(Role.DOOR, dinner.pk)
        services.add_member(alice.organization_id, people[Role.DOOR], Role.LIMITED, [door])
    return [
        f"  {_email(name):<26} {passwords[role]:<18} {role.label}" for role, name in PEOPLE.items()
    ]


def _account(name: str, password: str) -> Account:
    return create_account(email=_email(name), name=name, password=password)


def _email(name: str) -> str:
    return f"{name.lower()}@seatrobot.example"
