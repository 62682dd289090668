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
NEXT = (
    "A colleague of the staff area confirms the check on the page of people; then enable them with"
    " `seatrobot staff enable`. The very first of the staff is enabled without."
)


def add_parser(commands: Parsers) -> None:
    """Add `seatrobot staff add|check|list|disable|enable|last-day|link`."""
    staff = commands.add_parser("staff", help="say who runs this service")
    acts = staff.add_subparsers(required=True, metavar="act")
    add = _act(acts, "add", "make somebody staff, not enabled before their check", run_add)
    add.add_argument("--name", required=True, help="the person's name")
    add.add_argument(
        "--last-day",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="the last day (UTC) of somebody who works here for a time",
    )
    _add_check(add, required=False)
    check = _act(acts, "check", "record that somebody's background was checked", run_check)
    _add_check(check, required=True)
    last_day = _act(acts, "last-day", "say until when somebody works here", run_last_day)
    last_day.add_argument("day", metavar="YYYY-MM-DD|none", help="the last day (UTC), or none")
    _act(acts, "disable", "end somebody's access, at once", run_disable)
    _act(acts, "enable", "let somebody in, and print their first link", run_enable)
    _act(acts, "link", "print a new link, which voids older passkeys once used", run_link)
    acts.add_parser("list", help="list the staff").set_defaults(run=run_list)


def run_add(args: argparse.Namespace) -> int:
    from seatrobot.accounts.staff import checks, services

    def add() -> list[str]:
        member = services.add(email=args.email, name=args.name, ends_on=args.last_day)
        if not args.checked or not args.reference:
            return ["Added, and not enabled before a background check.", NEXT]
        services.record_check(
            email=args.email, on=args.checked, reference=args.reference, passed=True
        )
        if not checks.may_be_enabled(member):
            return ["Added, with a background check that a colleague has to confirm.", NEXT]
        return _enabled(services.enable(email=args.email))

    return _do("add", add)


def run_check(args: argparse.Namespace) -> int:
    from seatrobot.accounts.staff import services

    def check() -> list[str]:
        services.record_check(
            email=args.email,
            on=args.checked,
            reference=args.reference,
            passed=not args.not_passed,
        )
        return ["Recorded.", NEXT] if not args.not_passed else ["Recorded: not passed."]

    return _do("check", check)


def run_last_day(args: argparse.Namespace) -> int:
    from seatrobot.accounts.staff import services

    def set_last_day() -> list[str]:
        services.set_last_day(email=args.email, ends_on=_day(args.day))
        return ["The last day is changed."]

    return _do("last-day", set_last_day)


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
        return _enabled(services.enable(email=args.email))

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

    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.kernel.refusal import Refused

    try:
        with acting(Actor.operator(f"staff {act}")):
            lines = run()
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    except ValidationError as error:
        sys.stderr.write(f"{' '.join(error.messages)}\n")
        return REFUSED
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _add_check(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument(
        "--checked",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        required=required,
        help="the day of the report of the background check",
    )
    parser.add_argument(
        "--reference", required=required, help="under which the provider of the check finds it"
    )
    if required:
        parser.add_argument("--not-passed", action="store_true", help="it was not passed")


def _day(text: str) -> date | None:
    """Return a day; raise ValidationError for what is none."""
    from django.core.exceptions import ValidationError

    if text == "none":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValidationError("Give the day as YYYY-MM-DD, or none.") from None


def _enabled(link: str) -> list[str]:
    return _link(link) if link else ["Enabled, with the passkeys of before."]


def _link(link: str) -> list[str]:
    about = (
        "(valid for 24 hours, once: whoever opens it enrols the passkey of this person; a link that"
        " was printed before is void)"
    )
    return [link, about]


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
