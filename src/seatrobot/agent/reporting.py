"""Enrols this machine with a server, and reports to it.

The key is made here and never leaves the machine. Beside it a file remembers which report the
server took last, and which were sent since and not answered: the server may have taken any of
them. So a copy of key and memory, used elsewhere, is found at the next report of either, and a
network that loses answers is no copy.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from seatrobot.agent import protocol
from seatrobot.agent.collecting import collect

SECONDS = 30
WAIT_SECONDS = 90
"""How long one run waits for another on this machine."""
MOST_BYTES = 64 * 1024
THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


class AgentError(Exception):
    """Something did not work; the text is a sentence for the person."""


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """What is sent goes to the server that was named and to no other."""

    def redirect_request(self, *_about: Any) -> None:
        return None


class NotTaken(AgentError):
    """The server refused a message."""


@dataclass
class Place:
    """The directory with key and memory of this machine."""

    directory: Path

    @classmethod
    def of_this_user(cls) -> Place:
        """Return the directory that SEATROBOT_DEVICE names, else the user's own."""
        named = os.environ.get("SEATROBOT_DEVICE")
        base = os.environ.get("APPDATA") or os.environ.get("XDG_CONFIG_HOME") or "~/.config"
        return cls(Path(named) if named else Path(base).expanduser() / "seatrobot")

    @property
    def key(self) -> Path:
        return self.directory / "device"

    @property
    def memory(self) -> Path:
        return self.directory / "device.json"

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Let one run at a time use key and memory; AgentError where another takes too long."""
        deadline = time.monotonic() + WAIT_SECONDS
        with (self.directory / "device.lock").open("a+b") as file:
            while not _is_locked(file):
                if time.monotonic() > deadline:
                    raise AgentError("Another run on this machine has not ended: try again later.")
                time.sleep(0.1)
            yield

    def remember(self, **facts: Any) -> None:
        """Change what is remembered; the file is whole before and after."""
        known = {**self.remembered(), **facts}
        draft = self.directory / "device.json.new"
        draft.write_text(json.dumps(known, indent=1))
        draft.replace(self.memory)

    def remembered(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self.memory.read_text())
        except (OSError, ValueError):
            return {}
        return found


def enrol(place: Place, server: str, token: str, name: str) -> dict[str, Any]:
    """Make a key and send its public half; return the answer: device, fingerprint, address.

    An earlier key of this machine is replaced once the server has taken the new one.
    """
    server = _checked(server)
    place.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place.directory / "device.draft"
    for path in (draft, _public(draft)):
        path.unlink(missing_ok=True)
    _keygen("-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(draft))
    message = {
        "version": protocol.VERSION,
        "token": token,
        "name": name[: protocol.LONGEST_NAME],
        "key": _public(draft).read_text().strip(),
        "machine": collect()["machine"],
    }
    with place.alone():
        answer = _send(server, "enrol", _signed(draft, message, protocol.ENROLMENT))
        draft.replace(place.key)
        _public(draft).replace(_public(place.key))
        place.memory.unlink(missing_ok=True)
        place.remember(server=server, device=answer["device"], acknowledged="", pending=[])
    return answer


def report(place: Place) -> dict[str, Any]:
    """Collect, sign and send; return the answer: state, and sentences on what is wrong.

    What is sent is noted before, until the server answers one: however many answers were lost, the
    next report still continues the one that the server took last.
    """
    if not place.key.exists():
        raise AgentError("This machine is not enrolled: run `seatrobot device enrol` first.")
    with place.alone():
        return _report(place)


def _report(place: Place) -> dict[str, Any]:
    known = place.remembered()
    if not known.get("device"):
        raise AgentError("This machine is not enrolled: run `seatrobot device enrol` first.")
    nonce = _ask(known["server"], f"nonce/{known['device']}")["nonce"]
    pending = known["pending"][-(protocol.MOST_PREVIOUS - 1) :]
    message = {
        "version": protocol.VERSION,
        "device": known["device"],
        "nonce": nonce,
        "at": int(time.time()),
        "previous": [each for each in (known["acknowledged"], *pending) if each],
        "facts": collect(),
    }
    signed = _signed(place.key, message, protocol.LAPTOP)
    place.remember(pending=[*pending, protocol.digest(signed["message"])])
    answer = _send(known["server"], "report", signed)
    place.remember(acknowledged=protocol.digest(signed["message"]), pending=[])
    return answer


def _is_locked(file: IO[bytes]) -> bool:
    """Lock a file until it is closed; return False where another process has it."""
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]  # Windows
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _signed(key: Path, message: dict[str, Any], namespace: str) -> dict[str, str]:
    """Return a message as text with its signature by the key of a file."""
    text = protocol.encode(message)
    signature = _keygen("-Y", "sign", "-f", str(key), "-n", namespace, given=text)
    return {"message": text, "signature": signature}


def _keygen(*arguments: str, given: str = "") -> str:
    try:
        done = subprocess.run(  # noqa: S603  the system's own program
            ["ssh-keygen", *arguments],  # noqa: S607  wherever the system has it
            input=given.encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AgentError(f"ssh-keygen (OpenSSH 8.1 or newer) does not run: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise AgentError(f"ssh-keygen refused: {said}")
    return done.stdout.decode()


def _public(key: Path) -> Path:
    return key.with_name(f"{key.name}.pub")


def _checked(server: str) -> str:
    """Return the address of a server without path; raise AgentError for one that is not safe."""
    parts = urlsplit(server if "://" in server else f"https://{server}")
    if not parts.hostname or parts.scheme not in ("http", "https"):
        raise AgentError("The address must look like https://guests.example.org.")
    if parts.scheme == "http" and parts.hostname not in THIS_MACHINE:
        raise AgentError("Reports go over https only.")
    return f"{parts.scheme}://{parts.netloc}"


def _ask(server: str, path: str) -> dict[str, Any]:
    return _answer(urllib.request.Request(f"{server}/devices/{path}/"))  # noqa: S310  see _checked


def _send(server: str, path: str, body: dict[str, str]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    data = json.dumps(body).encode()
    url = f"{server}/devices/{path}/"
    return _answer(urllib.request.Request(url, data, headers))  # noqa: S310  see _checked


def _answer(request: urllib.request.Request) -> dict[str, Any]:
    """Return the answer; raise NotTaken with the server's own sentence."""
    request.add_header("Accept", "application/json")
    try:
        opener = urllib.request.build_opener(NoRedirects)
        with opener.open(request, timeout=SECONDS) as answer:
            found: dict[str, Any] = json.loads(answer.read(MOST_BYTES))
            return found
    except urllib.error.HTTPError as error:
        raise NotTaken(_sentence(error)) from error
    except (OSError, ValueError) as error:
        raise AgentError(f"The server was not reached: {error}") from error


def _sentence(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read(MOST_BYTES))["detail"])
    except (ValueError, KeyError, OSError):
        return f"The server answered {error.code}."
