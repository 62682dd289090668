"""Commands about the journal for the operator and for auditors."""

from __future__ import annotations

import argparse
import sys


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `seatrobot journal verify [--full]` and `seatrobot journal key`."""
    journal = commands.add_parser("journal", help="prove that the journal is what was written")
    actions = journal.add_subparsers(required=True, metavar="action")
    verify = actions.add_parser("verify", help="compare the journal with its signed trees")
    verify.add_argument("--full", action="store_true", help="every entry, not only a part")
    verify.set_defaults(run=run_verify)
    key = actions.add_parser("key", help="print the public key that checkpoints are signed with")
    key.set_defaults(run=run_key)


def run_verify(args: argparse.Namespace) -> int:
    """Print one sentence per finding, then what was covered; return 1 when something is wrong."""
    from seatrobot.kernel.examiner import NoExaminer, examining
    from seatrobot.kernel.journal.verifying import verify

    try:
        with examining() as connection:
            seen = verify(connection, full=args.full)
    except NoExaminer as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    for finding in seen.findings:
        sys.stdout.write(f"{finding.sentence}\n")
    sys.stdout.write(
        f"{seen.entries} entries and {seen.leaves} leaves counted, {seen.walked} compared one by "
        f"one, {seen.waiting} waiting for their place: "
        f"{'nothing is wrong' if seen.ok else f'{len(seen.findings)} findings'}.\n"
    )
    return 0 if seen.ok else 1


def run_key(_args: argparse.Namespace) -> None:
    from seatrobot.kernel.journal import signing

    sys.stdout.write(f"{signing.verifier_key()}\n")
