"""`seatrobot organization add`: a link to set up one more organization on this instance."""

from __future__ import annotations

import argparse
import sys
from typing import Any


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    organization = commands.add_parser("organization", help="organizations of this instance")
    acts = organization.add_subparsers(required=True, metavar="act")
    add = acts.add_parser("add", help="print a link to set up one more organization")
    add.set_defaults(run=run_add)


def run_add(_args: argparse.Namespace) -> None:
    from django.conf import settings

    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.organizations.setup import further_link

    with acting(Actor.operator("organization add")):
        link = further_link()
    sys.stdout.write(f"{settings.BASE_URL}{link}\n")
    sys.stdout.write(
        "(valid for 24 hours, once: the person who uses it becomes the Primary Owner)\n"
    )
