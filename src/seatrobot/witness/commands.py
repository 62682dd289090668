"""`seatrobot witness`: run a witness, on another machine than what it witnesses."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seatrobot.witness.store import Alarm

COMMAND_SECONDS = 60


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    witness = commands.add_parser("witness", help="witness the heads of other instances")
    witness.add_argument("logs", nargs="+", metavar="KEY", help="the line of /practices/heads/key")
    witness.add_argument("--name", required=True, help="the name it signs with, such as its host")
    witness.add_argument("--data", type=Path, required=True, help="a directory of its own")
    witness.add_argument("--listen", default="127.0.0.1:8390", metavar="HOST:PORT")
    witness.add_argument(
        "--alarm", metavar="COMMAND", default="", help="run for each alarm, with its text as input"
    )
    witness.set_defaults(run=run_witness, standalone=True)


def run_witness(args: argparse.Namespace) -> None:
    """Serve until Ctrl-C."""
    from seatrobot.runtime.directory import make_private
    from seatrobot.runtime.errors import RefusedError
    from seatrobot.runtime.terminal import say
    from seatrobot.witness.serving import WitnessServer
    from seatrobot.witness.store import Store
    from seatrobot.witness.witness import Witness

    host, _, port = args.listen.rpartition(":")
    if not host or not port.isdecimal():
        raise RefusedError("--listen must be HOST:PORT.")
    make_private(args.data)
    try:
        witness = Witness(
            name=args.name,
            key_file=args.data / "witness.key",
            store=Store(args.data / "witness.sqlite"),
            logs=args.logs,
            tell=lambda alarm: tell(alarm, args.alarm),
        )
    except ValueError:
        raise RefusedError("A log's key is the whole line of /practices/heads/key.") from None
    server = WitnessServer(witness, host, int(port))
    say(f"Witness of {', '.join(witness.logs)} at http://{host}:{server.server_port}")
    say(f"Its key: {witness.verifier_key}")
    try:
        server.serve_forever()
    finally:
        server.server_close()


def tell(alarm: Alarm, command: str) -> None:
    """Say an alarm, and hand it to the operator's command."""
    import subprocess

    from seatrobot.runtime.terminal import say

    text = f"ALARM {alarm.kind}: {alarm.origin}\n\nshown:\n{alarm.note}\n\nknown:\n{alarm.known}\n"
    say(text.partition("\n")[0], "witness")
    if command:
        try:
            subprocess.run(  # noqa: S603  the operator's own command
                shlex.split(command), input=text, text=True, timeout=COMMAND_SECONDS, check=False
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            say(f"the command for alarms failed: {error}", "witness")
