"""The command `seatrobot`. What a command needs is imported when it runs, so help is quick."""

from __future__ import annotations

import argparse
import os
from importlib import import_module

from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.terminal import complain, say

# Each has `add_parser(subparsers)` and imports Django only inside the function that a parser
# names with `set_defaults(run=...)`. That is called with the arguments while Django is set up and
# the database answers (`standalone=True`: with neither); it returns an exit code, or None for 0.
MODULES = [
    "seatrobot.runtime.commands",
    "seatrobot.kernel.journal.commands",
    "seatrobot.accounts.commands",
    "seatrobot.accounts.staff.commands",
    "seatrobot.personnel.commands",
    "seatrobot.organizations.commands",
    "seatrobot.guests.commands",
    "seatrobot.practices.commands",
    "seatrobot.witness.commands",
    "seatrobot.agent.commands",
    "seatrobot.cli",
]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code (0 done, 2 misused, 75 and 78 refused)."""
    args = _parser().parse_args(arguments)
    os.umask(0o077)  # what any command writes is its owner's alone
    try:
        return _run(args) or 0
    except RefusedError as error:
        complain(str(error))
        return error.code
    except KeyboardInterrupt:
        return 130


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands that show the product to a person."""
    demo = commands.add_parser("demo", help="prepare a demonstration organization")
    demo.set_defaults(run=run_demo)
    welcome = commands.add_parser("welcome", help="say how to sign in for the first time")
    welcome.add_argument("--demo", action="store_true", help="prepare the demonstration before")
    welcome.set_defaults(run=run_welcome)


def run_demo(_args: argparse.Namespace) -> None:
    from seatrobot.demo import prepare

    for line in prepare():
        say(line)


def run_welcome(args: argparse.Namespace) -> None:
    from django.conf import settings

    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.kernel.refusal import Refused
    from seatrobot.organizations.setup import first_run_link
    from seatrobot.personnel.publishing import publish_first

    try:
        with acting(Actor.operator("welcome")):
            publish_first()
    except Refused as error:  # a text of the operator's own that is none
        complain(str(error))
    if args.demo:
        run_demo(args)
    if link := first_run_link():
        say(f"Set up your organization: {settings.BASE_URL}{link} (one time, valid 24 h)")


def _run(args: argparse.Namespace) -> int | None:
    if args.standalone:
        return args.run(args)  # type: ignore[no-any-return]  # argparse keeps what we gave it
    from seatrobot.runtime.application import application
    from seatrobot.runtime.showing import after_commit

    with application(), after_commit():
        return args.run(args)  # type: ignore[no-any-return]  # argparse keeps what we gave it


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="seatrobot", description="Guest lists, seating by robot and check-in."
    )
    parser.set_defaults(standalone=False)
    commands = parser.add_subparsers(required=True, metavar="command")
    for module in MODULES:
        import_module(module).add_parser(commands)
    return parser
