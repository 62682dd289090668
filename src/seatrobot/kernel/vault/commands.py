"""Commands about keys for the operator: which there are, new ones, everything sealed anew."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from uuid import UUID

WRONG = 1


def add_parser(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    """Add `seatrobot keys list`, `rotate` and `reseal`; return where more actions are added."""
    keys = commands.add_parser("keys", help="the keys that everything is sealed under")
    actions = keys.add_subparsers(required=True, metavar="action")
    listed = actions.add_parser("list", help="age, algorithm and state of each key; never a key")
    listed.set_defaults(run=run_list)
    rotate = actions.add_parser(
        "rotate", help="make new keys, of the policy's algorithms, and seal everything anew"
    )
    rotate.set_defaults(run=run_rotate)
    reseal = actions.add_parser(
        "reseal", help="seal anew, in the background, what older keys still hold"
    )
    reseal.set_defaults(run=run_reseal)
    for each in (listed, rotate, reseal):
        whose = each.add_mutually_exclusive_group()
        whose.add_argument("--organization", type=UUID, metavar="ID", help="of one organization")
        whose.add_argument("--platform", action="store_true", help="of accounts and the platform")
    return actions


def run_list(args: argparse.Namespace) -> int:
    """Print a line for each key; return 1 when a keyring cannot be read."""
    from seatrobot.kernel.vault import services as vault
    from seatrobot.kernel.vault.errors import VaultError

    code = 0
    for organization_id in _chosen(args):
        try:
            keys = vault.keys(organization_id)
        except VaultError as error:
            sys.stderr.write(f"{_name(organization_id)}: {error}\n")
            code = WRONG
            continue
        for key in keys:
            state = "closed" if not key.is_enabled else "seals" if key.is_primary else "opens"
            made = f"{key.made:%Y-%m-%d}" if key.made else "unknown"
            sys.stdout.write(
                f"{_name(organization_id)}  {key.purpose:8}  {key.id:08x}  {key.algorithm:18}"
                f"  {state:6}  {made}\n"
            )
    return code


def run_rotate(args: argparse.Namespace) -> int:
    """Make new keys and ask for everything to be sealed anew; return 1 when one failed."""
    from seatrobot.kernel.actor import Actor
    from seatrobot.kernel.vault import resealing
    from seatrobot.kernel.vault.errors import VaultError

    code = 0
    for organization_id in _chosen(args):
        try:
            fresh = resealing.rotate(Actor.operator("keys"), organization_id)
            _ask(organization_id)
        except VaultError as error:
            sys.stderr.write(f"{_name(organization_id)}: {error}\n")
            code = WRONG
            continue
        made = ", ".join(f"{key.purpose} {key.algorithm}" for key in fresh)
        sys.stdout.write(f"{_name(organization_id)}: new keys ({made})\n")
    return code


def run_reseal(args: argparse.Namespace) -> None:
    """Ask for everything to be sealed anew; jobs do it."""
    for organization_id in _chosen(args):
        _ask(organization_id)
        sys.stdout.write(f"{_name(organization_id)}: the jobs seal it anew\n")


def _ask(organization_id: UUID) -> None:
    from seatrobot.kernel.actor import Actor
    from seatrobot.kernel.vault import resealing

    resealing.ask(Actor.operator("keys"), organization_id)


def _chosen(args: argparse.Namespace) -> Iterator[UUID]:
    from seatrobot.kernel.ids import PLATFORM
    from seatrobot.kernel.vault import resealing

    if args.platform:
        yield PLATFORM
    elif args.organization:
        yield args.organization
    else:
        yield from resealing.everybody()


def _name(organization_id: UUID) -> str:
    from seatrobot.kernel.ids import PLATFORM

    return f"{'platform' if organization_id == PLATFORM else organization_id!s:36}"
