"""Commands about deletions, for whoever holds a receipt and for who restores a backup."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

WRONG = 1
MISUSED = 2


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `seatrobot receipt verify` and `seatrobot erasures replay`."""
    receipt = commands.add_parser("receipt", help="receipts of deletions")
    actions = receipt.add_subparsers(required=True, metavar="action")
    verify = actions.add_parser("verify", help="verify a receipt offline")
    verify.add_argument("file", type=Path, help="the receipt, as it was downloaded")
    verify.add_argument("--key", required=True, help="the line that `seatrobot journal key` prints")
    verify.set_defaults(run=run_verify, standalone=True)
    erasures = commands.add_parser("erasures", help="what was deleted, kept outside the database")
    actions = erasures.add_subparsers(required=True, metavar="action")
    replay = actions.add_parser(
        "replay", help="delete again what a restored database holds although it was deleted"
    )
    replay.set_defaults(run=run_replay)


def run_verify(args: argparse.Namespace) -> int:
    """Print what a receipt says; return 1 when it is not as it was signed."""
    from seatrobot.deletion import verifying_receipts
    from seatrobot.kernel.journal import signing

    try:
        facts = verifying_receipts.verify(args.file.read_text("utf-8"), signing.read_key(args.key))
    except signing.BadKey:
        sys.stderr.write("Name the key with --key: the whole line of `seatrobot journal key`.\n")
        return MISUSED
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{args.file} cannot be read: {error}.\n")
        return MISUSED
    except verifying_receipts.NoReceipt as error:
        sys.stderr.write(f"Not a valid receipt: {error}.\n")
        return WRONG
    sys.stdout.write("".join(f"{line}\n" for line in verifying_receipts.sentences(facts)))
    return 0


def run_replay(_args: argparse.Namespace) -> int:
    """Replay the ledger and print how much was deleted again; return 1 when it cannot be read."""
    from seatrobot.deletion import ledger, replaying

    try:
        gone = replaying.replay(ledger.read())
    except ledger.LedgerBroken as error:
        sys.stderr.write(f"{error}\n")
        return WRONG
    told = ", ".join(f"{number} of {table}" for table, number in sorted(gone.items()))
    sys.stdout.write(f"Deleted again: {told}.\n" if gone else "Nothing had to be deleted again.\n")
    if not replaying.sees_database():
        sys.stderr.write(
            "Only organizations with keys were looked at: without DATABASE_EXAMINER_URL nobody sees"
            " those that the database has besides.\n"
        )
    return 0
