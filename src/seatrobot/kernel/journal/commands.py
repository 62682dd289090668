"""Commands about the journal for the operator and for auditors."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

WRONG = 1
MISUSED = 2


class _Offline(argparse.Action):
    """A file to verify: then the command needs neither a database nor an instance."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        _option: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, values)
        namespace.standalone = values is not None


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `seatrobot journal verify`, `prove`, `checkpoint` and `key`."""
    journal = commands.add_parser("journal", help="prove that the journal is what was written")
    actions = journal.add_subparsers(required=True, metavar="action")
    verify = actions.add_parser(
        "verify", help="compare the journal with its signed trees, or verify a proof offline"
    )
    verify.add_argument("file", nargs="?", type=Path, action=_Offline, help="a proof, to verify")
    verify.add_argument(
        "--key",
        action="append",
        default=[],
        help="with a proof: a line that `seatrobot journal key` prints; a second one demands its"
        " signature (ML-DSA-44) of a head as well",
    )
    verify.add_argument("--full", action="store_true", help="every entry, not only a part")
    verify.set_defaults(run=run_verify)
    prove = actions.add_parser("prove", help="print a proof (JSON) that anybody verifies offline")
    what = prove.add_mutually_exclusive_group(required=True)
    what.add_argument("--entry", type=UUID, metavar="ID", help="that this entry is in the journal")
    what.add_argument(
        "--since", type=Path, metavar="FILE", help="that the journal continues a kept checkpoint"
    )
    prove.set_defaults(run=run_prove)
    checkpoint = actions.add_parser("checkpoint", help="print the newest checkpoint, to be kept")
    checkpoint.add_argument(
        "--organization", type=UUID, metavar="ID", help="whose journal; without it, the platform's"
    )
    checkpoint.set_defaults(run=run_checkpoint)
    key = actions.add_parser("key", help="print the public key that checkpoints are signed with")
    key.add_argument(
        "--ml-dsa", action="store_true", help="the other one, of the log of heads (ML-DSA-44)"
    )
    key.set_defaults(run=run_key)


def run_verify(args: argparse.Namespace) -> int:
    """Verify a proof, or the whole journal; return 1 when something is wrong."""
    return _verify_proof(args) if args.file else _verify_journal(full=args.full)


def _verify_proof(args: argparse.Namespace) -> int:
    from seatrobot.kernel.heads import log_file
    from seatrobot.kernel.journal import proofs, signing

    try:
        key, ml_dsa = log_file.read_keys(args.key)
        file = args.file.read_bytes()
        if ml_dsa or log_file.is_log(file):
            proven = log_file.verify(file, key, ml_dsa)
        else:
            proven = proofs.verify(file, key)
        sys.stdout.write(f"{proven}\n")
    except signing.BadKey:
        sys.stderr.write("Name the key with --key: the whole line of `seatrobot journal key`.\n")
        return MISUSED
    except OSError as error:
        sys.stderr.write(f"{args.file} cannot be read: {error.strerror}.\n")
        return MISUSED
    except proofs.BadProof as error:
        sys.stderr.write(f"Not proven: {error}\n")
        return WRONG
    return 0


def _verify_journal(*, full: bool) -> int:
    """Print one sentence per finding, then what was covered."""
    from seatrobot.kernel.examiner import NoExaminer, examining
    from seatrobot.kernel.journal.verifying import verify

    try:
        with examining() as connection:
            seen = verify(connection, full=full)
    except NoExaminer as missing:
        sys.stderr.write(f"{missing}\n")
        return WRONG
    for finding in seen.findings:
        sys.stdout.write(f"{finding.sentence}\n")
    sys.stdout.write(
        f"{seen.entries} entries and {seen.leaves} leaves counted, {seen.walked} compared one by "
        f"one, {seen.waiting} waiting for their place: "
        f"{'nothing is wrong' if seen.ok else f'{len(seen.findings)} findings'}.\n"
    )
    return 0 if seen.ok else WRONG


def run_prove(args: argparse.Namespace) -> int:
    """Print a proof, or say why there is none; return 1 when the journal was changed."""
    from seatrobot.kernel.examiner import NoExaminer, examining
    from seatrobot.kernel.journal import proofs, proving

    try:
        if args.entry:
            with examining() as examiner:
                proof = proofs.written(proving.prove_entry(examiner, args.entry))
        else:
            kept = args.since.read_text("utf-8")
            compared = proving.compare(proving.stream_of(kept), kept)
            sys.stderr.write(f"{compared.sentence}\n")
            if compared.proof is None:
                return WRONG
            proof = proofs.written(compared.proof)
    except (proving.NoProof, NoExaminer) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return MISUSED
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{args.since} cannot be read: {error}.\n")
        return MISUSED
    sys.stdout.write(proof.decode())
    return 0


def run_checkpoint(args: argparse.Namespace) -> int:
    from seatrobot.kernel.ids import PLATFORM
    from seatrobot.kernel.journal import proving

    try:
        sys.stdout.write(proving.newest_checkpoint(args.organization or PLATFORM))
    except proving.NoProof as refusal:
        sys.stderr.write(f"{refusal}\n")
        return MISUSED
    return 0


def run_key(args: argparse.Namespace) -> None:
    from seatrobot.kernel.heads import cosigning, services
    from seatrobot.kernel.journal import signing

    other = args.ml_dsa and cosigning.verifier_key(services.origin()).text
    sys.stdout.write(f"{other or signing.verifier_key()}\n")
