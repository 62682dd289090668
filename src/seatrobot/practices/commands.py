"""`seatrobot promises …`: those of the kernel, and reviewing the words beside the checks."""

from __future__ import annotations

import argparse
import os
import sys

from seatrobot.kernel.promises import commands as kernel

MISUSED = 2


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `seatrobot promises`, with `review` for whoever changes the source."""
    actions = kernel.add_parser(commands)
    review = actions.add_parser(
        "review", help="note that sentence and check of promises were read together"
    )
    review.add_argument("ids", nargs="*", metavar="ID", help="such as access.signins")
    review.add_argument("--all", action="store_true", help="every promise, also those withdrawn")
    review.add_argument("--why", required=True, help="why the wording changed; it is published")
    review.set_defaults(run=run_review, standalone=True)


def run_review(args: argparse.Namespace) -> int:
    """Write what changed into the changelog of the sentences; needs no instance."""
    _set_up_without_instance()
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
    except KeyError as unknown:
        sys.stderr.write(f"There is no promise {unknown.args[0]}.\n")
        return MISUSED
    wording.save(entries)
    newest = {entry.id: (entry.sentence, entry.check) for entry in entries}
    changed = [name for name in newest if before.get(name) != newest[name]]
    sys.stdout.writelines(f"reviewed {name}\n" for name in changed)
    sys.stdout.write(f"{len(changed)} changed, {len(names) - len(changed)} as they were.\n")
    return 0


def _set_up_without_instance() -> None:
    """Set Django up to know the declared promises; its settings touch no data of an instance."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seatrobot.settings")
    django.setup()
