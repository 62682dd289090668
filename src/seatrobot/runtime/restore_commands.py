"""`seatrobot restore` and `seatrobot drill`: from backups to a running service, and the trial."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from seatrobot.runtime.config import Config
from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.terminal import complain, say

if TYPE_CHECKING:
    from seatrobot.backups.stores import Store

WRONG = 1


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add `seatrobot restore` and `seatrobot drill`."""
    restore = commands.add_parser("restore", help="bring the service back from a backup")
    restore.add_argument(
        "--from",
        dest="store",
        metavar="STORE",
        help="address of one store of backups, by default the first of SEATROBOT_BACKUP_STORES",
    )
    restore.add_argument(
        "--keys", metavar="ADDRESS", help="where the keys of backups are (SEATROBOT_BACKUP_KEYS)"
    )
    restore.add_argument(
        "--recovery-sheet",
        action="append",
        default=[],
        metavar="FILE",
        help="words of a recovery sheet of the root key, “-” to type them; once for each sheet",
    )
    restore.add_argument(
        "--to", type=_moment, metavar="TIME", help="as it was then, such as 2026-11-30T14:05+01:00"
    )
    restore.add_argument("--backup", type=UUID, metavar="ID", help="this backup, not the newest")
    restore.add_argument("--list", action="store_true", help="only say which backups there are")
    restore.set_defaults(run=run_restore, standalone=True)
    drill = commands.add_parser(
        "drill", help="restore the newest backup beside the service, compare, and take it away"
    )
    drill.add_argument("--store", default="", help="from this store, such as store-2")
    drill.set_defaults(run=run_drill)


def run_drill(args: argparse.Namespace) -> int:
    """Make a drill and say what came of it; return 1 when it did not pass."""
    from seatrobot.runtime.drilling import drill

    row = drill(args.store)
    for finding in row.findings:
        complain(finding)
    if not row.passed:
        complain(f"The drill from {row.store} has not passed.")
        return WRONG
    lost = f", {row.lost_seconds:.0f} s of writes lost" if row.lost_seconds is not None else ""
    say(f"The backup in {row.store} was restored and serves: {row.seconds:.0f} s{lost}.")
    return 0


def run_restore(args: argparse.Namespace) -> int:
    """Restore into the data directory; say each step. Nothing of an instance that runs changes."""
    from seatrobot.runtime.directory import held, make_private

    if args.keys:
        os.environ["SEATROBOT_BACKUP_KEYS"] = args.keys
    config = Config.from_env()
    if config.database_url:
        raise RefusedError(
            "A backup is restored into the embedded database: DATABASE_URL must not be set."
        )
    make_private(config.data)
    if args.list:
        return _list(config, args)
    with held(config.data):
        _restore(config, args)
        os.environ.pop("DATABASE_URL", None)
    return _replay(config)


def _restore(config: Config, args: argparse.Namespace) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seatrobot.settings")
    _require_stopped(config)
    if args.recovery_sheet:
        _recover_root_key(config, args.recovery_sheet)
    django.setup()
    from seatrobot.runtime import restoring
    from seatrobot.runtime.recovering import Target

    _require_keys()
    store = _store(args.store)
    about = restoring.choose(store, to=args.to, backup=args.backup)
    say(f"Restoring the backup of {about.made_at:%Y-%m-%d %H:%M} UTC from {store.where}.")
    restoration = restoring.Restoration(
        store, about, config.data, key_stores=config.key_stores, say=say
    )
    restoration.bring()
    if restoring.swap(config.data / "postgresql"):
        before = config.data / "postgresql" / restoring.BEFORE
        say(f"The database that was here is kept in {before}; delete it once all is well.")
    server = restoration.recovered(Target(at=args.to))
    server.start()
    server.stop()
    restoration.finish()
    until = f"as of {args.to.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if args.to else "to the end"
    say(f"The database has read its log {until}.")
    number = restoration.bring_ledger()
    say(f"The ledger of erasures is in place ({number} lines).")


def _list(config: Config, args: argparse.Namespace) -> int:
    """Say which backups a store describes; return 1 where there is none."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seatrobot.settings")
    config.first_run()
    django.setup()
    from seatrobot.backups import reading
    from seatrobot.backups.stores import StoreError

    store = _store(args.store)
    try:
        found = reading.described(store)
    except StoreError as error:
        raise RefusedError(f"The store cannot be used: {error}.") from error
    for each in found:
        say(
            f"{each.made_at:%Y-%m-%d %H:%M} UTC  {each.id}"
            f"  {sum(size for size, _hash in each.parts.values()) / 1e6:.1f} MB"
            f"  made by {each.version}, destroyed by {each.destroy_by:%Y-%m-%d %H:%M}"
        )
    if not found:
        complain(f"There is no backup in {store.where}.")
    return 0 if found else WRONG


def _store(address: str | None) -> Store:
    from seatrobot.backups.configured import store_at, stores

    return store_at(address, "from") if address else stores()[0]


def _replay(config: Config) -> int:
    """Delete again what the ledger names, with a process that knows nothing of before."""
    env = {**os.environ, "SEATROBOT_DATA": str(config.data)}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "seatrobot", "erasures", "replay"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    for line in (done.stdout + done.stderr).splitlines():
        say(line)
    if done.returncode:
        complain("What was deleted could not be deleted again: do not start the service before.")
        return WRONG
    say("Restored. Start the service with: seatrobot up")
    return 0


def _require_stopped(config: Config) -> None:
    """Refuse where a server still runs on the cluster, whoever started it."""
    with suppress(FileNotFoundError, IndexError, ValueError):
        file = config.data / "postgresql" / "cluster" / "postmaster.pid"
        pid = int(file.read_text().splitlines()[0])
        if Path(f"/proc/{pid}").exists():
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
            if b"postgres" in arguments:
                raise RefusedError(f"PostgreSQL (process {pid}) runs on {config.data}: stop it.")


def _require_keys() -> None:
    """Refuse before anything is changed where no key of a backup can be opened."""
    from seatrobot.backups import keys
    from seatrobot.kernel.vault import services as vault
    from seatrobot.kernel.vault.errors import KeysUnavailable, VaultError

    try:
        names = keys.store().names()
        vault.root_key()
        if not names:
            raise RefusedError(
                f"There are no keys of backups in {keys.store().where}; name the place with --keys."
            )
        keys.load(names[-1])
    except KeysUnavailable as error:
        raise RefusedError(f"The keys cannot be used: {error.cause}.") from error
    except VaultError as error:
        raise RefusedError(f"The keys cannot be used: {error}.") from error


def _recover_root_key(config: Config, files: list[str]) -> None:
    """Write the root key that recovery sheets make, unless it is there."""
    from seatrobot.kernel import keyfiles
    from seatrobot.kernel.vault import rootkey, sheets

    words = []
    for name in files:
        try:
            words.append(sys.stdin.read() if name == "-" else Path(name).read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise RefusedError(f"The recovery sheet {name} cannot be read: {error}.") from error
    try:
        value = sheets.combine(sheets.read("\n".join(words)))
    except sheets.SheetsRefused as error:
        raise RefusedError(f"The recovery sheets do not make a root key: {error}.") from error
    config.root_key.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        keyfiles.create(config.root_key, rootkey.keyset([value]))
    except FileExistsError:
        if value not in rootkey.key_values(config.root_key.read_bytes()):
            raise RefusedError(f"{config.root_key} is there and is another root key.") from None
    say(f"The root key {rootkey.reference_of(value)} is in place.")


def _moment(text: str) -> datetime:
    """Return a moment with its time zone; argparse says what raises ValueError."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} says no time zone; end it with Z or +01:00")
    return found
