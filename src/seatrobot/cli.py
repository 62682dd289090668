"""The command `seatrobot`. What a command needs is imported when it runs, so help is quick."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

from seatrobot.kernel.vault.holding import process
from seatrobot.runtime.errors import NotAnsweringError, RefusedError
from seatrobot.runtime.terminal import complain, say

# Each has `add_parser(subparsers)` and imports Django only inside the function that a parser
# names with `set_defaults(run=...)`. That is called with the arguments while Django is set up and
# the database answers (`standalone=True`: with neither); it returns an exit code, or None for 0.
MODULES = [
    "seatrobot.runtime.commands",
    "seatrobot.runtime.key_commands",
    "seatrobot.kernel.journal.commands",
    "seatrobot.accounts.commands",
    "seatrobot.accounts.staff.commands",
    "seatrobot.personnel.commands",
    "seatrobot.organizations.commands",
    "seatrobot.deletion.commands",
    "seatrobot.guests.commands",
    "seatrobot.archive.commands",
    "seatrobot.practices.commands",
    "seatrobot.practices.crypto_commands",
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
    from seatrobot.runtime import key_commands

    state = key_commands.look()
    for each in (*state.problems, *state.remarks):
        complain(f"{each}.")
    if not state.is_usable:
        say("Nothing that is sealed can be read or changed until then. What is not is served: the")
        say("practices page, and whether the service is well. Nothing has been changed.")
        return
    try:
        with acting(Actor.operator("welcome")):
            publish_first()
    except Refused as error:  # a text of the operator's own that is none
        complain(str(error))
    if args.demo:
        run_demo(args)
    if link := first_run_link():
        say(f"Set up your organization: {settings.BASE_URL}{link} (one time, valid 24 h)")
    elif not args.demo and sys.stdout.isatty():  # `up` says by itself where it runs
        say(f"An organization is set up here. Sign in at {settings.BASE_URL}/sign-in/")


def _run(args: argparse.Namespace) -> int | None:
    if args.standalone:
        return args.run(args)  # type: ignore[no-any-return]  # argparse keeps what we gave it
    from seatrobot.runtime.application import application
    from seatrobot.runtime.showing import after_commit

    process.name = f"command {sys.argv[1] if len(sys.argv) > 1 else ''}".strip()
    with application(), after_commit():
        from seatrobot.kernel.vault.errors import KeysUnavailable

        try:
            return args.run(args)  # type: ignore[no-any-return]  # argparse keeps what we gave it
        except KeysUnavailable as error:
            raise NotAnsweringError(f"The keys cannot be used: {error.cause}.") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="seatrobot", description="Guest lists, seating by robot and check-in."
    )
    parser.set_defaults(standalone=False)
    commands = parser.add_subparsers(required=True, metavar="command")
    for module in MODULES:
        import_module(module).add_parser(commands)
    return parser
