"""How a command is told by whose grant it sees an organization; imports nothing of Django."""

from __future__ import annotations

import argparse
from uuid import UUID


def add_grant(parser: argparse.ArgumentParser) -> None:
    """Add `--grant`, or `--staff` and `--reason`, which ask for a grant."""
    group = parser.add_argument_group(
        "whose access it is", "an organization's data is seen by a grant alone, here too"
    )
    group.add_argument("--grant", type=UUID, metavar="ID", help="a grant that is open")
    group.add_argument("--staff", default="", metavar="ADDRESS", help="who of the staff asks")
    group.add_argument("--reason", default="", help="why, in more than one word")
    group.add_argument("--ticket", default="", help="the ticket in which somebody asked for help")
