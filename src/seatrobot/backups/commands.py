"""`seatrobot backups`: what there is, whether it can be read, and one now."""

from __future__ import annotations

import argparse
import os
import sys

WRONG = 1


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `seatrobot backups list`, `verify`, `now`, and `ship`, which `seatrobot up` runs."""
    backups = commands.add_parser("backups", help="backups: list, verify, make one now")
    actions = backups.add_subparsers(required=True, metavar="action")
    listing = actions.add_parser("list", help="what there is, where, and until when")
    listing.set_defaults(run=run_list)
    verify = actions.add_parser("verify", help="read backups and their log in every store")
    verify.add_argument("--store", help="in this one alone")
    verify.add_argument("--all", action="store_true", help="every backup, not only the newest")
    verify.set_defaults(run=run_verify)
    make = actions.add_parser("now", help="make a backup")
    make.set_defaults(run=run_now)
    ship = actions.add_parser("ship", help="ship the log, as `seatrobot up` does")
    ship.set_defaults(run=run_ship)


def run_list(_args: argparse.Namespace) -> int:
    """Print each backup; return 1 where none can be restored."""
    from seatrobot.backups.services import catalogue
    from seatrobot.backups.source import shown

    found = catalogue()
    for each in found:
        backup = each.backup
        size = max((copy.size for copy in each.copies), default=0)
        where = ", ".join(each.counts_in) or "nowhere yet: the log through its end is not shipped"
        sys.stdout.write(
            f"{backup.made_at:%Y-%m-%d %H:%M} UTC  {backup.pk}  {size / 1e6:.1f} MB"
            f"  through {shown(backup.to_lsn)}  destroyed by {backup.destroy_by:%Y-%m-%d %H:%M}"
            f"{'  (held)' if backup.hold_id else ''}  whole in: {where}\n"
        )
    if not any(each.counts_in for each in found):
        sys.stdout.write("No backup could be restored yet.\n")
        return WRONG
    return 0


def run_verify(args: argparse.Namespace) -> int:
    """Read backups as a restore would, and print what is wrong; return 1 for anything."""
    from seatrobot.backups.configured import store, stores
    from seatrobot.backups.verifying import verify

    problems = 0
    for each in [store(args.store)] if args.store else stores():
        for sentence, is_well in verify(each, newest_alone=not args.all):
            problems += not is_well
            sys.stdout.write(f"{each.name}: {sentence}\n")
    return WRONG if problems else 0


def run_now(_args: argparse.Namespace) -> int:
    """Make a backup now."""
    from seatrobot.backups.services import BackupFailed, back_up

    try:
        backup = back_up()
    except BackupFailed as error:
        sys.stderr.write(f"No backup was made: {error}.\n")
        return WRONG
    sys.stdout.write(
        f"The backup {backup.pk} is made; it is destroyed by {backup.destroy_by:%Y-%m-%d}.\n"
    )
    return 0


def run_ship(_args: argparse.Namespace) -> int:
    """Ship the log until told to stop."""
    from seatrobot.backups import shipping
    from seatrobot.backups.source import NoSource

    os.nice(5)
    try:
        shipping.run()
    except NoSource as error:
        sys.stderr.write(f"Nothing is backed up: {error}.\n")
        return WRONG
    return 0
