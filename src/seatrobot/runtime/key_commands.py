"""Commands about the root key: what it is, on paper, from paper, another one."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seatrobot.kernel.vault import commands as keys
from seatrobot.runtime.config import Config
from seatrobot.runtime.terminal import complain, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from seatrobot.kernel.vault.checking import State
    from seatrobot.kernel.vault.rootkey import FileHolder

WRONG, MISUSED = 1, 2
KEEPING = (
    "Keep it where others of its kind are not, away from the machine, dry and locked. Whoever reads"
    " it can copy it. When the root key is rotated, its sheets open nothing that is sealed from"
    " then on: print new ones, and destroy this one when the old backups are gone."
)
ACCOUNTS = "SELECT EXISTS (SELECT FROM accounts_account)"
ORGANIZATIONS = "SELECT id FROM organizations_organization"


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add `seatrobot root check`, `sheets` and `rotate`, and `seatrobot keys recover`."""
    root = commands.add_parser("root", help="the root key, which wraps the keys of everybody")
    actions = root.add_subparsers(required=True, metavar="action")
    check = actions.add_parser(
        "check", help="say whether root key, key store and database belong together"
    )
    check.set_defaults(run=run_check)
    sheets = actions.add_parser("sheets", help="print the root key on sheets of paper")
    sheets.add_argument("--need", type=int, default=3, help="how many bring it back (3)")
    sheets.add_argument("--of", type=int, default=5, help="how many there are (5)")
    sheets.add_argument("--to", type=Path, required=True, metavar="DIRECTORY", help="where to")
    sheets.set_defaults(run=run_sheets)
    rotate = actions.add_parser("rotate", help="have all keys wrapped by another root key")
    rotate.set_defaults(run=run_rotate)
    recover = keys.add_parser(commands).add_parser(
        "recover", help="bring the root key back from its sheets: reads their words"
    )
    recover.set_defaults(run=run_recover, standalone=True)


def look() -> State:
    """Return whether root key, key store and database belong together."""
    from django.db import connection

    from seatrobot.kernel.examiner import NoExaminer, examining
    from seatrobot.kernel.vault import checking

    known: list[UUID] | None = None
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS)
        (has_accounts,) = cursor.fetchone()
    with suppress(NoExaminer), examining() as examiner:
        known = [row[0] for row in examiner.execute(ORGANIZATIONS)]
    return checking.look(known, has_accounts=has_accounts)


def run_check(_args: argparse.Namespace) -> int:
    """Say what there is; return 1 when something does not work."""
    state = look()
    say(f"Root key: {state.root or 'none'}")
    say(f"Key store: {state.store or 'none'}")
    for reference, count in sorted(state.wrapped_by.items()):
        say(f"{count} keyrings wrapped by {reference}")
    for each in state.remarks:
        say(f"Remark: {each}.")
    for each in state.problems:
        complain(f"{each}.")
    if not state.problems:
        say("They belong together.")
    return WRONG if state.problems else 0


def run_sheets(args: argparse.Namespace) -> int:
    """Write a PDF of each sheet into a directory that is only ours."""
    from seatrobot.documents.recovery import recovery_sheet
    from seatrobot.kernel import keyfiles
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.kernel.clock import now
    from seatrobot.kernel.feature import Action
    from seatrobot.kernel.journal import services as journal
    from seatrobot.kernel.vault import services as vault
    from seatrobot.kernel.vault import sheets
    from seatrobot.kernel.vault.rootkey import FileHolder, key_values

    holder = vault.root_key().holder
    if not isinstance(holder, FileHolder):
        complain(f"The root key is in {holder.where} and never leaves it: back it up there.")
        return MISUSED
    try:
        made = sheets.make(key_values(holder.path.read_bytes())[0], need=args.need, of=args.of)
    except sheets.SheetsRefused as error:
        complain(f"{error}.")
        return MISUSED
    with acting(Actor.operator("root sheets")):
        journal.record(Action.VAULT_SHEETS, need=args.need, of=args.of, root=holder.reference)
    for number, words in enumerate(made, start=1):
        page = recovery_sheet(
            title="Recovery sheet of a root key",
            number=f"Sheet {number} of {args.of}",
            paragraphs=_instructions(args.need, args.of),
            words=words.split(),
            facts=[
                f"Root key {holder.reference}",
                f"Service {Config.from_env().base_url}",
                "seatrobot keys recover",
            ],
            printed=f"{now():%Y-%m-%d}",
        )
        file = args.to / f"sheet-{number}-of-{args.of}.pdf"
        try:
            keyfiles.create(file, page)
        except OSError as error:
            complain(f"{file} cannot be written: {error.strerror}.")
            return WRONG
    say(f"{args.of} sheets are in {args.to}, for {args.of} people; {args.need} bring the key back.")
    say("Print them, try them with `seatrobot keys recover`, then delete the files.")
    return 0


def _instructions(need: int, of: int) -> list[str]:
    what = f"Any {need} of the {of} sheets bring" if of > 1 else "This sheet brings"
    fewer = f" Fewer than {need} tell nothing of it." if need > 1 else ""
    how = (
        f"To bring the key back, run the command below on the machine and type the words of {need}"
        f" {'sheets' if need > 1 else 'sheet'}, column by column. The first four letters of a word"
        " are enough."
    )
    return [
        f"{what} back the key that opens everything this service has sealed.{fewer}",
        KEEPING,
        how,
    ]


def run_rotate(_args: argparse.Namespace) -> int:
    """Rotate, and say what has been done; the journal says so too."""
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.kernel.feature import Action
    from seatrobot.kernel.journal import services as journal
    from seatrobot.kernel.vault import rotating

    try:
        done = rotating.rotate()
    except rotating.NotRotated as error:
        complain(f"Not rotated: {error}.")
        return WRONG
    with acting(Actor.operator("root rotate")):
        journal.record(
            Action.VAULT_ROTATE, root=done.root, before=done.before, keyrings=done.keyrings
        )
    say(f"{done.keyrings} keyrings are wrapped by {done.root}, and open ({done.seconds:.1f} s).")
    if done.before:
        say(f"{', '.join(done.before)} wraps none any more.")
    if done.locked:
        say(
            f"{done.locked} are locked by their organizations and still need the root key of"
            " before, which is kept: rotate again once they are unlocked."
        )
    if done.root.startswith("file:"):
        say("Sheets of before are of the old key: `seatrobot root sheets` prints new ones.")
        if done.locked:
            say("Keep the sheets of before, too, while organizations are locked that need them.")
    return 0


def run_recover(_args: argparse.Namespace) -> int:
    """Read the words of sheets and write the root key; change nothing else.

    To another one that is there it is added, where keyrings here were wrapped by it.
    """
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seatrobot.settings")
    config = Config.from_env()
    config.first_run()
    django.setup()
    from seatrobot.kernel.vault import rootkey, sheets
    from seatrobot.kernel.vault import services as vault

    if sys.stdin.isatty():
        say("Type the words of the sheets, one sheet after the other; end with Ctrl-D.")
    try:
        value = sheets.combine(sheets.read(sys.stdin.read()))
    except sheets.SheetsRefused as error:
        complain(f"Not recovered: {error}. Nothing has been changed.")
        return WRONG
    reference = rootkey.reference_of(value)
    names = vault.key_store().names()
    fitting, others = _wrapped_by(reference, names)
    if names and not fitting:
        complain(
            f"Not recovered: the sheets are of the root key {reference}, and the keyrings here were"
            f" wrapped by {', '.join(others)}. Nothing has been changed."
        )
        return WRONG
    try:
        how = _written(config.root_key, value, may_be_added=bool(fitting))
    except ValueError as error:
        complain(f"{config.root_key} is there and {error}. Nothing has been changed.")
        return WRONG
    if not how:
        say(f"{config.root_key} is there and is this root key. Nothing has been changed.")
        return 0
    opened, locked = _opening(rootkey.FileHolder(config.root_key), fitting)
    say(f"The root key {reference} is {how} {config.root_key}.")
    say(f"It opens {opened} of {len(names)} keyrings in {vault.key_store().where}.")
    if locked:
        say(f"{locked} more are locked by their organizations, and need it once they are unlocked.")
    return 0


def _written(path: Path, value: bytes, *, may_be_added: bool) -> str:
    """Write a root key, or add it to those of the file; return how, "" where it is there.

    may_be_added: whether something here needs it. Raises ValueError with the end of a sentence.
    """
    from seatrobot.kernel import keyfiles
    from seatrobot.kernel.vault import rootkey, rotating

    try:
        keyfiles.create(path, rootkey.keyset([value]))
    except FileExistsError:
        try:
            values = rootkey.key_values(path.read_bytes())
        except ValueError as error:
            raise ValueError(f"is no root key: {error}") from error
        if value in values:
            return ""
        if not may_be_added:
            raise ValueError("is another root key") from None
        rotating.write(path, rootkey.keyset([*values, value]))
        return "added to"
    return "back in"


def _opening(holder: FileHolder, names: Sequence[UUID]) -> tuple[int, int]:
    """Return how many keyrings a root key opens, and how many their organizations have locked."""
    from seatrobot.kernel.vault import services as vault
    from seatrobot.kernel.vault.errors import KeyringDamaged, KeyringLocked
    from seatrobot.kernel.vault.rootkey import RootKey

    root, opened, locked = RootKey(holder), 0, 0
    for name in names:
        try:
            root.check(vault.key_store().get(name), name.bytes)
        except KeyringLocked:
            locked += 1
        except KeyringDamaged as error:
            complain(f"{error.cause}.")
        else:
            opened += 1
    return opened, locked


def _wrapped_by(reference: str, names: Sequence[UUID]) -> tuple[list[UUID], list[str]]:
    """Return the keyrings that a root key has wrapped, and which other root keys there are."""
    from seatrobot.kernel.vault import services as vault
    from seatrobot.kernel.vault.errors import KeyringDamaged
    from seatrobot.kernel.vault.rootkey import decode

    fitting, others = [], set()
    for name in names:
        try:
            root = decode(vault.key_store().get(name)).root
        except KeyringDamaged:
            others.add("nobody can say which, because they are damaged")
            continue
        if root == reference:
            fitting.append(name)
        else:
            others.add(root)
    return fitting, sorted(others)
