"""`seatrobot promises list` and `examine`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seatrobot.kernel.promises.status import PromiseStatus

BROKEN = 1
MISUSED = 2
WAIT_SECONDS = 120


def add_parser(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    """Add `seatrobot promises list` and `examine`; return where more actions are added."""
    parser = commands.add_parser("promises", help="list and examine the promises")
    actions = parser.add_subparsers(required=True, metavar="action")
    listing = actions.add_parser("list", help="print every promise with its state")
    listing.set_defaults(run=run_list)
    examine = actions.add_parser(
        "examine", help="examine promises now; exit code 1 when one of them is broken"
    )
    examine.add_argument("ids", nargs="*", metavar="ID", help="such as access.signins; none: all")
    examine.add_argument("--due", action="store_true", help="only those that are due")
    examine.set_defaults(run=run_examine)
    return actions


def run_list(_args: argparse.Namespace) -> int:
    from seatrobot.kernel.promises import reading

    return _print(reading.statuses())


def run_examine(args: argparse.Namespace) -> int:
    """Examine, print the status of each promise, and return 1 when one of them is broken."""
    from django.db import DatabaseError

    from seatrobot.kernel.promises.services import CannotRecord

    try:
        return _run_examine(args)
    except DatabaseError as error:
        sys.stderr.write(f"The evidence cannot be stored: {str(error).splitlines()[0]}.\n")
    except CannotRecord as error:
        sys.stderr.write(f"{error}\n")
    return MISUSED


def _run_examine(args: argparse.Namespace) -> int:
    from seatrobot.kernel.promises import reading, services
    from seatrobot.kernel.promises.declaring import PROMISES

    if unknown := [name for name in args.ids if name not in PROMISES]:
        sys.stderr.write(f"There is no promise {', '.join(unknown)}.\n")
        return MISUSED
    if args.due:
        try:
            examined = {row.promise for row in services.examine_due()}
        except services.Busy:
            return 0  # another scheduler is examining them
    else:
        examined = set(args.ids or PROMISES)
        if not _examine_all(examined):
            sys.stderr.write("Another process is examining; try again later.\n")
            return MISUSED
    return _print([row for row in reading.statuses() if row.promise.id in examined])


def _examine_all(names: set[str]) -> bool:
    """Examine when no other process does; return whether that was possible within two minutes."""
    from seatrobot.kernel.promises import services
    from seatrobot.kernel.promises.declaring import PROMISES

    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            with services.examining_alone():
                for promise in PROMISES.values():
                    if promise.id in names and promise.examine:
                        services.examine(promise)
                services.record_changes()
        except services.Busy:
            time.sleep(0.5)
        else:
            return True
    return False


def _print(rows: Sequence[PromiseStatus]) -> int:
    for row in rows:
        sys.stdout.write(f"{row.state:9} {row.promise.id:28} {row.reason}".rstrip() + "\n")
        notes = row.examination.notes if row.examination else []
        sys.stdout.writelines(f"          {note}\n" for note in notes)
    return BROKEN if any(row.state == "broken" for row in rows) else 0
