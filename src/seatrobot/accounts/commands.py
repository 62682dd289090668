"""Commands about accounts for the operator."""

from __future__ import annotations

import argparse
import sys


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `seatrobot reset-link EMAIL`."""
    parser = commands.add_parser(
        "reset-link", help="print a link with which a person sets a new password"
    )
    parser.add_argument("email", help="the address the person signs in with")
    parser.set_defaults(run=run_reset_link)


def run_reset_link(args: argparse.Namespace) -> int:
    """Print the link and return 0, or say that nobody has the address and return 1."""
    from seatrobot.accounts import resetting, services
    from seatrobot.accounts.staff.people import is_staff
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.kernel.journal import services as journal
    from seatrobot.kernel.journal.actions import Action

    account = services.find(args.email)
    if account is None:
        sys.stderr.write("Nobody signs in with this address.\n")
        return 1
    if is_staff(account):
        sys.stderr.write("Staff have no password: see `seatrobot staff link`.\n")
        return 1
    with acting(Actor.system("reset-link")):
        journal.record(Action.ACCOUNT_PASSWORD_RESET_SEND, subject=account.pk)
    sys.stdout.write(f"{resetting.link(account)}\n(valid for 60 minutes, once)\n")
    return 0
