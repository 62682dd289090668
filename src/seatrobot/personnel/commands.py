"""`seatrobot personnel …`: the operator publishes policies and courses."""

from __future__ import annotations

import argparse
import sys

REFUSED = 1


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `seatrobot personnel list|publish`."""
    personnel = commands.add_parser("personnel", help="policies and courses of the staff")
    acts = personnel.add_subparsers(required=True, metavar="act")
    listing = acts.add_parser("list", help="what is in force, and which files say otherwise")
    listing.set_defaults(run=run_list)
    publishing = acts.add_parser("publish", help="bring into force what the files say")
    publishing.set_defaults(run=run_publish)


def run_list(_args: argparse.Namespace) -> int:
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.kernel.refusal import Refused
    from seatrobot.personnel import publishing

    try:
        with acting(Actor.operator("personnel list")):
            lines = publishing.lines()
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    for line in lines:
        state = f"edition {line.number}" if line.number else "not published"
        more = "  the file says otherwise: `seatrobot personnel publish`" if line.differs else ""
        whose = "your text" if line.is_own else "text of the product"
        sys.stdout.write(f"{line.kind}  {line.name}  {line.title}  {state}  {whose}{more}\n")
    return 0


def run_publish(_args: argparse.Namespace) -> int:
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.kernel.refusal import Refused
    from seatrobot.personnel import publishing, rules

    try:
        with acting(Actor.operator("personnel publish")):
            made = publishing.publish()
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    for edition in made:
        what = f"edition {edition.number}" if edition.digest else "withdrawn"
        sys.stdout.write(f"{edition.kind}  {edition.name}  {edition.title}  {what}\n")
    days = rules.GRACE.days
    sys.stdout.write(
        f"Who has signed the text before has {days} days to sign the new one.\n"
        if made
        else "Everything is published as the files say it.\n"
    )
    return 0
