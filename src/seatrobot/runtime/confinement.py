"""A process that reaches only the files it needs, by Landlock (Linux 5.13 on; landlock(7)).

Without libraries: three system calls. What a process gives up here it cannot get back, nor can
what it starts; a root user, a capability or the setuid bit change nothing of it.

    python -m seatrobot.runtime.confinement --read PATH --write PATH -- COMMAND
"""

from __future__ import annotations

import argparse
import ctypes
import os
import struct
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

from seatrobot.runtime.errors import RefusedError

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG, PATH_BENEATH, NET_PORT, PDEATHSIG, NO_NEW_PRIVILEGES = 1, 1, 2, 1, 38
# Rights on files by version of the interface: since 2 also linking across directories (refer),
# since 3 truncating, since 5 ioctl on devices.
FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
EXECUTING = 1 << 0
READING = EXECUTING | 1 << 2 | 1 << 3  # execute, read a file, read a directory
ON_FILES = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15  # what means something for one file
TCP_BIND, TCP_CONNECT = 1 << 0, 1 << 1  # since 4
SCOPES = 1 << 0 | 1 << 1  # abstract sockets and signals to processes outside; since 6
TCP_SINCE, SCOPES_SINCE = 4, 6

_libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """Return the version of Landlock's interface in this kernel; 0: there is none."""
    try:
        return _call(CREATE_RULESET, None, 0, VERSION_FLAG)
    except OSError:
        return 0


def confine(
    *,
    read: Iterable[str],
    write: Iterable[str],
    listens_at: int | None = None,
    connects_to: Collection[int] | None = (),
    starts_programs: bool = True,
) -> None:
    """From here on reach only these paths and what is beneath them, and no other TCP port.

    listens_at: the only port at which the process may listen; None: at none. connects_to: ports
    that it may connect to, on whatever machine; None: all of them. starts_programs: whether what
    it reads may be executed. Paths that do not exist, or that we may not pass to, are left out.
    OSError where the kernel cannot do it.
    """
    known = version()
    if not known:
        raise OSError("this kernel has no Landlock")
    files = FILE_RIGHTS[max(number for number in FILE_RIGHTS if number <= known)]
    network = TCP_BIND | (0 if connects_to is None else TCP_CONNECT) if known >= TCP_SINCE else 0
    scopes = SCOPES if known >= SCOPES_SINCE else 0
    attributes = struct.pack("QQQ", files, network, scopes)
    size = 24 if known >= SCOPES_SINCE else 16 if known >= TCP_SINCE else 8
    rules = _call(CREATE_RULESET, ctypes.c_char_p(attributes), size, 0)
    try:
        reading = READING if starts_programs else READING & ~EXECUTING
        for path in read:
            _allow(rules, path, reading & files)
        for path in write:
            _allow(rules, path, files)
        ports = [(TCP_BIND, listens_at)] if listens_at is not None else []
        ports += [(TCP_CONNECT, port) for port in connects_to or ()]
        for right, port in ports if network else ():
            rule = struct.pack("=QQ", right, port)
            _call(ADD_RULE, rules, NET_PORT, ctypes.c_char_p(rule), 0)
        if _libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
            raise OSError("new privileges cannot be given up")
        _call(RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def end_with_parent(signal: int) -> None:
    """Have the kernel send this process a signal when the one that started it ends."""
    _libc.prctl(PDEATHSIG, signal, 0, 0, 0)


def confined(
    command: list[str], *, read: Iterable[Path | str], write: Iterable[Path | str]
) -> list[str]:
    """Return the command, to run with these paths alone and without a network.

    Where the kernel has no Landlock the command comes back unchanged.
    """
    if not version():
        return command
    wrapper = [sys.executable, "-P", "-m", "seatrobot.runtime.confinement"]
    for option, paths in (("--read", read), ("--write", write)):
        for path in paths:
            wrapper += [option, str(path)]
    return [*wrapper, "--", *command]


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112  a path of an option is text
            rights &= ON_FILES
        rule = struct.pack("=Qi", rights, descriptor)
        _call(ADD_RULE, rules, PATH_BENEATH, ctypes.c_char_p(rule), 0)
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    result: int = _libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--read", action="append", default=[])
    parser.add_argument("--write", action="append", default=[])
    parser.add_argument("command", nargs="+")
    asked = parser.parse_args()
    try:
        confine(read=asked.read, write=asked.write)
        os.execv(asked.command[0], asked.command)  # noqa: S606  what we were asked to start
    except OSError as error:
        sys.stderr.write(f"{asked.command[0]} was not started: {error}\n")
        sys.exit(RefusedError.code)


if __name__ == "__main__":
    main()
