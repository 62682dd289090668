"""`seatrobot practices`: whether the operator's file is right, and verifying what was published."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

WRONG = 1
MISUSED = 2


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `seatrobot practices check` and `seatrobot practices verify`."""
    parser = commands.add_parser("practices", help="the practices page and what it publishes")
    actions = parser.add_subparsers(required=True, metavar="action")
    check = actions.add_parser("check", help="say whether practices.toml is right")
    check.set_defaults(run=run_check, standalone=True)
    verify = actions.add_parser("verify", help="verify a published document, also without network")
    verify.add_argument("file", type=Path, help="the document, as it was fetched")
    verify.add_argument("signature", type=Path, help="its signature (….sig)")
    verify.add_argument(
        "--key", metavar="KEY", help="the line from /practices/key; without it, this instance's own"
    )
    verify.set_defaults(run=run_verify, standalone=True)


def run_check(_args: argparse.Namespace) -> int:
    """Print one sentence for each mistake in practices.toml; return 1 when there is one."""
    _set_up()
    from seatrobot.practices import profile

    wrong = profile.all_mistakes()
    for sentence in wrong:
        sys.stderr.write(f"{sentence}\n")
    if not wrong:
        state = "is right" if profile.changed_at() else "does not exist; that is all right"
        sys.stdout.write(f"{profile.path()} {state}.\n")
    return WRONG if wrong else 0


def run_verify(args: argparse.Namespace) -> int:
    """Say whether a document is what was signed; return 1 when it is not."""
    _set_up()
    from seatrobot.kernel.journal import signing
    from seatrobot.practices.formats.keys import BadKey, read_key

    try:
        key = read_key(args.key) if args.key else signing.public_key()
        signing.verify_bytes(args.file.read_bytes(), args.signature.read_text(), key)
    except BadKey:
        sys.stderr.write("This is no key; copy the whole line from /practices/key.\n")
        return MISUSED
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"A file cannot be read: {error}.\n")
        return MISUSED
    except signing.BadSignature as error:
        sys.stderr.write(f"Not verified: {error}.\n")
        return WRONG
    sys.stdout.write(f"Verified: {args.file} is what was signed with this key.\n")
    return 0


def _set_up() -> None:
    """Set Django up without a database, which none of this needs."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seatrobot.settings")
    django.setup()
