"""`seatrobot promises review` and `reword` for developers, `seatrobot practices` for operators."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from seatrobot.kernel.promises import commands as kernel

WRONG = 1
MISUSED = 2


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands; none of them needs a database."""
    promises = kernel.add_parser(commands)
    reword = promises.add_parser(
        "reword", help="write the present wording into the changelog, before it is changed"
    )
    reword.add_argument("ids", nargs="+", metavar="ID", help="such as access.signins")
    reword.set_defaults(run=run_reword, standalone=True)
    review = promises.add_parser(
        "review", help="record that sentence and check of promises were read together"
    )
    review.add_argument("ids", nargs="*", metavar="ID", help="such as access.signins")
    review.add_argument("--all", action="store_true", help="every promise, also those withdrawn")
    review.add_argument("--why", default="", help="why a wording changed; it is published")
    review.set_defaults(run=run_review, standalone=True)

    practices = commands.add_parser("practices", help="the practices page and what it publishes")
    actions = practices.add_subparsers(required=True, metavar="action")
    check = actions.add_parser("check", help="say whether practices.toml is right")
    check.set_defaults(run=run_check, standalone=True)
    verify = actions.add_parser("verify", help="verify a published document, also without network")
    verify.add_argument("file", type=Path, help="the document, as it was fetched")
    verify.add_argument("signature", type=Path, help="its signature (….sig)")
    verify.add_argument(
        "--key", metavar="KEY", help="the line from /practices/key; without it, this instance's own"
    )
    verify.set_defaults(run=run_verify, standalone=True)


def run_reword(args: argparse.Namespace) -> int:
    """Write the present wording of promises into the changelog, so that it can be changed."""
    _set_up()
    from seatrobot.practices import wording

    try:
        wording.save(wording.reword(wording.load(), args.ids))
    except wording.WordingError as error:
        sys.stderr.write(f"{error}\n")
        return MISUSED
    sys.stdout.write("Now change the sentence or its measured_by, then run `review`.\n")
    return 0


def run_review(args: argparse.Namespace) -> int:
    """Record that promises were reviewed: add new wordings to the changelog, and new checks."""
    _set_up()
    from seatrobot.kernel.clock import now
    from seatrobot.practices import wording

    entries = wording.load()
    if not args.ids and not args.all:
        sys.stderr.write("Name the promises you have reviewed, or --all.\n")
        return MISUSED
    names = wording.to_review(entries) if args.all else args.ids
    before = {entry.id: (entry.sentence, entry.check) for entry in entries}
    try:
        entries = wording.review(entries, names, why=args.why, today=now().date())
    except wording.WordingError as error:
        sys.stderr.write(f"{error}\n")
        return MISUSED
    wording.save(entries)
    newest = {entry.id: (entry.sentence, entry.check) for entry in entries}
    changed = [name for name in newest if before.get(name) != newest[name]]
    sys.stdout.writelines(f"reviewed {name}\n" for name in changed)
    sys.stdout.write(f"{len(changed)} changed, {len(names) - len(changed)} unchanged.\n")
    return 0


def run_check(_args: argparse.Namespace) -> int:
    """Print one sentence for each mistake in practices.toml; return 1 when there is one."""
    _set_up()
    from seatrobot.practices import profile

    mistakes = profile.all_mistakes()
    for sentence in mistakes:
        sys.stderr.write(f"{sentence}\n")
    if not mistakes:
        state = "is right" if profile.changed_at() else "does not exist; that is all right"
        sys.stdout.write(f"{profile.path()} {state}.\n")
    return WRONG if mistakes else 0


def run_verify(args: argparse.Namespace) -> int:
    """Verify a document against its signature; return 1 when it does not match."""
    _set_up()
    from seatrobot.kernel.journal import signing

    try:
        key = signing.read_key(args.key) if args.key else signing.public_key()
        signing.verify_bytes(args.file.read_bytes(), args.signature.read_text(), key)
    except signing.BadKey:
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
    """Set Django up without a database."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seatrobot.settings")
    django.setup()
