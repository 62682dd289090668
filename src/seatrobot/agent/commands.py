"""`seatrobot device enrol|report|show`, also as the file that staff download."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Parsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  its only name

FAILED, NOT_WELL = 1, 3


def add_parser(commands: Parsers) -> None:
    """Add the commands for a laptop of staff; none needs a database."""
    device = commands.add_parser("device", help="enrol this laptop of staff, and report how it is")
    add_acts(device.add_subparsers(required=True, metavar="act"))


def add_acts(acts: Parsers) -> None:
    enrol = acts.add_parser("enrol", help="make a key on this machine and have it enrolled")
    enrol.add_argument("server", help="such as https://guests.example.org")
    enrol.add_argument("token", help="from the page “Laptops” of the staff area")
    enrol.add_argument("--name", default="", help="what you call this machine")
    enrol.set_defaults(run=run_enrol, standalone=True)
    report = acts.add_parser("report", help="report disk encryption and screen lock")
    report.set_defaults(run=run_report, standalone=True)
    show = acts.add_parser("show", help="show what would be reported, and send nothing")
    show.set_defaults(run=run_show, standalone=True)


def run_enrol(args: argparse.Namespace) -> int:
    """Enrol this machine and say what to compare."""
    from seatrobot.agent.reporting import AgentError, Place, enrol

    try:
        answer = enrol(Place.of_this_user(), args.server, args.token, args.name or platform.node())
    except AgentError as error:
        return _fail(error)
    _say(f"Key of this machine: {answer['fingerprint']}")
    _say(f"Compare it with the page and confirm there: {answer['confirm']}")
    _say("Then run `report`, once now and at least once a day.")
    return 0


def run_report(_args: argparse.Namespace) -> int:
    """Report; the exit code is 0 when all is well and 3 when something is to be done."""
    from seatrobot.agent.reporting import AgentError, Place, report

    try:
        answer = report(Place.of_this_user())
    except AgentError as error:
        return _fail(error)
    _say(answer["summary"])
    for problem in answer["problems"]:
        _say(f"- {problem['sentence']} {problem['what_to_do']}")
    return NOT_WELL if answer["problems"] else 0


def run_show(_args: argparse.Namespace) -> int:
    from seatrobot.agent.collecting import collect

    _say(json.dumps(collect(), indent=2, sort_keys=True))
    return 0


def main() -> int:
    """Run as a program of its own."""
    parser = argparse.ArgumentParser(
        prog="seatrobot-device", description="Reports disk encryption and screen lock of a laptop."
    )
    add_acts(parser.add_subparsers(required=True, metavar="act"))
    args = parser.parse_args()
    return int(args.run(args))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _fail(error: Exception) -> int:
    sys.stderr.write(f"{error}\n")
    return FAILED
