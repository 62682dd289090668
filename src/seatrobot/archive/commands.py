"""`seatrobot archive check` and `seatrobot archive import`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

from seatrobot.kernel.staff.arguments import add_grant

if TYPE_CHECKING:
    from seatrobot.archive.reading import Opened

REFUSED = 1
"""Exit code: nothing was changed, and why is said on stderr."""


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    archive = commands.add_parser("archive", help="archives of everything of an organization")
    acts = archive.add_subparsers(required=True, metavar="act")
    check = acts.add_parser("check", help="compare an archive with its manifest; needs no instance")
    check.add_argument("file", type=Path, help="the archive (.zip)")
    check.set_defaults(run=run_check, standalone=True)
    bring = acts.add_parser("import", help="bring an archive into an organization that is empty")
    bring.add_argument("file", type=Path, help="the archive (.zip)")
    bring.add_argument("--organization", type=UUID, required=True, help="the empty organization")
    bring.add_argument(
        "--leave-unknown",
        action="store_true",
        help="import an archive of a newer version without what this one does not know",
    )
    add_grant(bring)
    bring.set_defaults(run=run_import)


def run_check(args: argparse.Namespace) -> int:
    """Say what an archive holds, or what is wrong with it; looks at no database."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=False)
    from seatrobot.archive import reading
    from seatrobot.kernel.refusal import Refused

    try:
        with args.file.open("rb") as file:
            opened = reading.open_archive(file)
            opened.verify()
    except OSError as error:
        return _complain(f"{args.file} cannot be read: {error.strerror or error}.")
    except Refused as refusal:
        return _complain(refusal.sentence)
    for line in _told(opened):
        sys.stdout.write(f"{line}\n")
    return 0


def _told(opened: Opened) -> list[str]:
    manifest = opened.manifest
    lines = [f"{table.name:34}{table.rows:>9}  {table.what}" for table in manifest.tables]
    return [
        f"An archive of {manifest.made_at}, whole and as its manifest says.",
        *lines,
        f"canonical {manifest.canonical}",
    ]


def run_import(args: argparse.Namespace) -> int:
    """Import, or say in one sentence why not.

    A grant that may change something lets it begin. The rows are written by the service itself,
    because staff write none of arrivals and memories, and the organization has nothing to be seen.
    """
    from seatrobot.grants import operating
    from seatrobot.kernel.refusal import Refused

    try:
        with args.file.open("rb") as file:
            operator = operating.grant_for_command(
                args, args.organization, "archive import", changes=True
            )
            with operating.hold_back_output(operator, f"archive import {args.organization}"):
                return _import(args, file)
    except OSError as error:
        return _complain(f"{args.file} cannot be read: {error.strerror or error}.")
    except Refused as refusal:
        return _complain(refusal.sentence)


def _import(args: argparse.Namespace, file: IO[bytes]) -> int:
    from seatrobot.archive import importing
    from seatrobot.kernel.principals import Operator
    from seatrobot.kernel.refusal import Refused

    service = Operator.service(args.organization, "archive-import")
    try:
        with service.acting():
            done = importing.import_archive(
                actor=service, file=file, leave_unknown=args.leave_unknown
            )
    except Refused as refusal:
        return _complain(refusal.sentence)
    for name, rows in done.rows.items():
        sys.stdout.write(f"{name:34}{rows:>9}\n")
    for part in done.left:
        sys.stdout.write(f"left out: {part}\n")
    sys.stdout.write(f"{done.total} rows imported. Invite the members again.\n")
    return 0


def _complain(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return REFUSED
