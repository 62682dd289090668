"""`seatrobot staff …`: the operator's command line alone decides who is staff."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seatrobot.accounts.staff.services import StaffLine

    Parsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  its only name

REFUSED = 1


def add_parser(commands: Parsers) -> None:
    """Add `seatrobot staff add|list|disable|enable|link`."""
    staff = commands.add_parser("staff", help="say who runs this service")
    acts = staff.add_subparsers(required=True, metavar="act")
    add = _act(acts, "add", "make somebody staff, and print their link", run_add)
    add.add_argument("--name", required=True, help="the person's name")
    add.add_argument(
        "--last-day",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="the last day (UTC) of somebody who works here for a time",
    )
    _act(acts, "disable", "end somebody's access, at once", run_disable)
    _act(acts, "enable", "give somebody their access back", run_enable)
    _act(acts, "link", "print a new link, which voids older passkeys once used", run_link)
    acts.add_parser("list", help="list the staff").set_defaults(run=run_list)


def run_add(args: argparse.Namespace) -> int:
    from seatrobot.accounts.staff import services

    def add() -> list[str]:
        return _link(services.add(email=args.email, name=args.name, ends_on=args.last_day))

    return _do("add", add)


def run_link(args: argparse.Namespace) -> int:
    from seatrobot.accounts.staff import services

    return _do("link", lambda: _link(services.new_link(email=args.email)))


def run_disable(args: argparse.Namespace) -> int:
    from seatrobot.accounts.staff import services

    def disable() -> list[str]:
        services.disable(email=args.email)
        return ["Disabled. Every session has ended."]

    return _do("disable", disable)


def run_enable(args: argparse.Namespace) -> int:
    from seatrobot.accounts.staff import services

    def enable() -> list[str]:
        services.enable(email=args.email)
        return ["Enabled, with the passkeys of before."]

    return _do("enable", enable)


def run_list(_args: argparse.Namespace) -> int:
    from seatrobot.accounts.feature import Action
    from seatrobot.accounts.staff import services
    from seatrobot.kernel.journal import services as journal

    def show() -> list[str]:
        journal.record(Action.STAFF_LIST)
        return [_line(person) for person in services.staff_lines()] or ["There is no staff yet."]

    return _do("list", show)


def _act(
    acts: Parsers, name: str, text: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    parser = acts.add_parser(name, help=text)
    parser.add_argument("email", help="the person's address")
    parser.set_defaults(run=run)
    return parser


def _do(act: str, run: Callable[[], list[str]]) -> int:
    """Run one act in the operator's name and print its lines; or say in one sentence why not."""
    from django.core.exceptions import ValidationError

    from seatrobot.accounts.staff.services import StaffRefused
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor

    try:
        with acting(Actor.operator(f"staff {act}")):
            lines = run()
    except StaffRefused as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    except ValidationError as error:
        sys.stderr.write(f"{' '.join(error.messages)}\n")
        return REFUSED
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _link(link: str) -> list[str]:
    return [link, "(valid for 24 hours, once: whoever opens it enrols the passkey of this person)"]


def _line(person: StaffLine) -> str:
    last = person.last_sign_in
    return "  ".join(
        (
            person.email,
            person.name,
            "enabled" if person.is_enabled else "disabled",
            f"passkeys: {person.passkeys}",
            f"last sign-in: {last:%Y-%m-%d %H:%M} UTC" if last else "last sign-in: never",
        )
    )
