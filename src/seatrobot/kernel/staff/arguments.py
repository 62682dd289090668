"""How a command is told by whose grant it sees an organization; imports nothing of Django."""

from __future__ import annotations

import argparse
from uuid import UUID


def add_grant(parser: argparse.ArgumentParser) -> None:
    """Add `--grant` and `--code`, both given by the page of the grant in the staff area."""
    group = parser.add_argument_group(
        "whose access it is", "an organization's data is seen by a grant alone, here too"
    )
    group.add_argument("--grant", type=UUID, metavar="ID", help="a grant that is open")
    group.add_argument(
        "--code",
        default="",
        help="that its holder made on its page for one command; asked for at a terminal",
    )
