"""Python that the operator types with a grant: run in a process that can show nothing but to us.

The process above holds the terminal. It passes on what was typed, stores what that wrote, and then
shows it. The one below has the keys and the database, and of everything else nothing: it writes
into memory that the process above reads, it has no terminal, and Landlock keeps it from every file
to write, every program to start and every TCP port but those of the database and the keys. What
Python does is refused by an audit hook before that, with a sentence that is part of the recording.
It has ended when the last of it is stored, so functions that it registered for its end are in it.
"""

from __future__ import annotations

import atexit
import code
import io
import os
import resource
import select
import signal
import sys
import traceback
from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, cast

from seatrobot.kernel import cards
from seatrobot.runtime import confinement, reachable
from seatrobot.runtime.terminal import say

if TYPE_CHECKING:
    from types import CodeType

    from seatrobot.kernel.principals import Operator
    from seatrobot.runtime.config import Config

MOST_WRITTEN = 64 * 1024 * 1024
"""Bytes that a recorded shell may write to each of its two streams; then writing fails."""
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
REFUSED = {
    *("subprocess.Popen", "pty.spawn", "sqlite3.connect", "syslog.syslog", "syslog.openlog"),
    *("socket.bind", "socket.sendto", "socket.sendmsg"),
    *("ctypes.dlopen", "ctypes.dlsym", "sys.addaudithook"),
    *(
        f"os.{call}"
        for call in (
            *("chmod", "chown", "link", "symlink", "mkdir", "rename", "remove", "rmdir"),
            *("truncate", "setxattr", "removexattr", "utime", "kill", "killpg"),
            *("exec", "fork", "forkpty", "posix_spawn", "spawn", "system"),
        )
    ),
}
"""Events of Python's audit hooks after which something would be outside of the recording."""


class RecordedShell:
    """The process below, with what it wrote and was not stored yet."""

    def __init__(self, config: Config, who: Operator, names: dict[str, Any]) -> None:
        self.who = who
        self.status = 0
        self.has_ended = False
        self._read = [0, 0]
        self._memory = [_memory(), _memory()]
        asked, self._asks = os.pipe()
        self._answers, answers = os.pipe()
        _let_go()
        self.pid = os.fork()
        if not self.pid:
            _be_the_shell(asked, answers, self._memory, config, names)
        os.close(asked)
        os.close(answers)
        self._watched = os.pidfd_open(self.pid)

    def run(self, source: str, symbol: str) -> None:
        """Have Python run, store it with what it wrote, and show that.

        symbol: "exec" runs the whole of it and ends; "single" prints values, and waits for more.
        """
        text = source.encode()
        with suppress(BrokenPipeError):
            _write_all(self._asks, symbol[:1].encode() + len(text).to_bytes(8) + text)
        self._wait()
        if self.has_ended:
            self.end(source)
        else:
            self._show(source)

    def end(self, source: str = "") -> None:
        """Wait for the end of the process, and store and show the rest of what it wrote."""
        if not self._asks:
            return
        os.close(self._asks)
        self._asks = 0
        select.select([self._watched], [], [])
        _pid, status = os.waitpid(self.pid, 0)
        self.status = os.waitstatus_to_exitcode(status)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        os.close(self._watched)
        os.close(self._answers)
        if source or self._has_more():
            self._show(source)
        for number in self._memory:
            os.close(number)

    def _wait(self) -> None:
        """Wait for an answer or the end; Ctrl-C is passed on, and a second one ends it."""
        interrupted = False
        while True:
            try:
                ready, _, _ = select.select([self._answers, self._watched], [], [])
            except KeyboardInterrupt:
                os.kill(self.pid, signal.SIGKILL if interrupted else signal.SIGINT)
                interrupted = True
                continue
            if self._answers in ready and os.read(self._answers, 1):
                return
            if self._watched in ready:
                self.has_ended = True
                return

    def _has_more(self) -> bool:
        pairs = zip(self._memory, self._read, strict=True)
        return any(os.fstat(number).st_size > read for number, read in pairs)

    def _show(self, said: str) -> None:
        """Store what was typed and written, and show what was stored of it."""
        from seatrobot.grants import operating

        longest = operating.LONGEST_SHOWN
        out, err = (cards.scrubbed(self._more(index, longest)) for index in (0, 1))
        out = out[:longest]
        err = err[: longest - len(out)]
        operating.store_recording(self.who, said, out + err)
        sys.stdout.write(out)
        sys.stderr.write(err)
        if len(out) + len(err) >= longest:
            sys.stderr.write(operating.TOO_LONG)

    def _more(self, index: int, longest: int) -> str:
        """Return what was written to a stream since the last time; what is too long is nowhere."""
        number, begin = self._memory[index], self._read[index]
        self._read[index] = os.fstat(number).st_size
        found = os.pread(number, min(4 * longest, self._read[index] - begin), begin)
        return found.decode(errors="replace")[:longest]


class Console(code.InteractiveConsole):
    """What is typed at a terminal, each piece run and recorded by the process below."""

    def __init__(self, shell: RecordedShell) -> None:
        super().__init__()
        self.shell = shell
        self.said = ""

    def runsource(self, source: str, filename: str = "<input>", symbol: str = "single") -> bool:
        self.said = source
        return super().runsource(source, filename, symbol)

    def runcode(self, _compiled: CodeType) -> None:
        self.shell.run(self.said, "single")
        if self.shell.has_ended:
            raise SystemExit


def run(config: Config, who: Operator, names: dict[str, Any], greeting: str) -> int:
    """Run what comes from the terminal, or from a file given as input; return the exit code."""
    shell = RecordedShell(config, who, names)
    if not sys.stdin.isatty():
        shell.run(sys.stdin.read(), "exec")
        return shell.status
    say(greeting)
    with suppress(SystemExit):
        Console(shell).interact(banner="", exitmsg="")
    shell.end()
    return 0


def _let_go() -> None:
    """Close what two processes must not share."""
    from django.db import connections

    connections.close_all()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()


def _be_the_shell(
    asked: int, answers: int, memory: list[int], config: Config, names: dict[str, Any]
) -> NoReturn:
    """Be the process below, from here to its end."""
    from seatrobot.kernel.vault import services as vault

    status = 1
    try:
        confinement.end_with_parent(signal.SIGKILL)
        os.setsid()
        _keep_only({asked, answers}, memory)
        _begin_anew()
        vault.let_go_of_stores()
        _sign_in_as_the_application(config.database_url)
        reach = reachable.of_shell(config)
        vault.key_store()
        reach.enter()
        if said := reachable.unconfined():
            sys.stderr.write(f"This shell {said}\n")
        sys.addaudithook(_hook(frozenset(reach.connects_to or ())))
        status = _serve(asked, answers, names)
    except BaseException:  # noqa: BLE001  whatever it is, it is shown with the rest
        traceback.print_exc()
    finally:
        with suppress(BaseException):
            atexit._run_exitfuncs()  # noqa: SLF001  what was registered here alone
        with suppress(BaseException):
            _settle()
        os._exit(status)


def _serve(asked: int, answers: int, names: dict[str, Any]) -> int:
    """Run what is asked for until nothing more comes; return the exit code."""
    interpreter = code.InteractiveInterpreter(names)
    while len(head := _read_all(asked, 9)) == 9:  # noqa: PLR2004  a letter and eight bytes
        source = _read_all(asked, int.from_bytes(head[1:])).decode()
        try:
            if head[:1] == b"e":
                return _execute(source, names)
            interpreter.runsource(source, "<input>", "single")
        except SystemExit as error:
            return error.code if isinstance(error.code, int) else int(error.code is not None)
        except KeyboardInterrupt:
            sys.stderr.write("\nKeyboardInterrupt\n")
        _settle()
        os.write(answers, b".")
    return 0


def _execute(text: str, names: dict[str, Any]) -> int:
    """Run Python; what an error says may be a guest's name, so its trace is recorded, too."""
    try:
        exec(compile(text, "<input>", "exec"), names)  # noqa: S102  the operator's own
    except Exception:  # noqa: BLE001  whatever it is, it is shown with the rest
        traceback.print_exc()
        return 1
    return 0


def _settle() -> None:
    """Wait for threads that still run, and have everything written that waits."""
    from seatrobot.grants.holding import flush, wait_for_threads

    wait_for_threads(*_at_first)
    flush()


_at_first: tuple[set[int], set[str]] = (set(), set())


def _begin_anew() -> None:
    """Have streams, functions at the end, and connections of our own, not of the process above."""
    global _at_first  # noqa: PLW0603  of the whole process, which runs nothing else
    from seatrobot.grants.holding import tasks, threads
    from seatrobot.runtime.showing import AfterCommit

    atexit._clear()  # noqa: SLF001  those of the process above are its own
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN, MOST_WRITTEN))
    sys.stdin = open(os.devnull)  # noqa: SIM115, PTH123  as long as the process
    setattr(sys, "__stdout__", _stream(1))  # noqa: B010  mypy takes them for constants
    setattr(sys, "__stderr__", _stream(2))  # noqa: B010  the same
    sys.stdout = cast("TextIO", AfterCommit(_stream(1)))
    sys.stderr = cast("TextIO", AfterCommit(_stream(2)))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _at_first = threads(), tasks()


def _sign_in_as_the_application(url: str) -> None:
    """Know no role of the database but the application's, and not that which inserts evidence."""
    import dj_database_url
    from django.db import connection

    for role in ("OWNER", "EXAMINER", "RECORDER"):
        os.environ.pop(f"DATABASE_{role}_URL", None)
    found = dj_database_url.parse(url)
    options = {**connection.settings_dict["OPTIONS"], **found.pop("OPTIONS", {})}
    options.pop("assume_role", None)
    connection.settings_dict.update(found, OPTIONS=options)


def _keep_only(kept: Collection[int], memory: list[int]) -> None:
    """Point every other descriptor at nothing: what it was belongs to the process above.

    Not closed, because the objects that hold them would close whatever took their numbers.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    for descriptor, number in zip((1, 2), memory, strict=True):
        os.dup2(number, descriptor)
    for number in [int(name) for name in os.listdir("/proc/self/fd")]:  # noqa: PTH208  names
        if number not in {0, 1, 2, nothing, *kept}:
            with suppress(OSError):
                os.fstat(number)
                os.dup2(nothing, number)


def _hook(ports: frozenset[int]) -> Any:
    """Return an audit hook that refuses what would leave the recording.

    ports: where the keys are, if they are elsewhere; libpq itself connects to the database.
    """

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            is_written = set(mode or "") & set("wax+") or (flags or 0) & WRITES
            if isinstance(path, int) or not is_written or path == os.devnull:
                return
            _refuse(f"writing the file {path!r}")
        elif event == "socket.connect":
            address = arguments[1]
            if not isinstance(address, tuple) or address[1] not in ports:
                _refuse(f"connecting to {address!r}")
        elif event in REFUSED or event.startswith("shutil."):
            _refuse(f"{event} {arguments[0] if arguments else ''!r}")

    return watch


def _refuse(what: str) -> NoReturn:
    """Say what was refused where it is recorded, also if the error is caught."""
    os.write(2, f"Refused in a recorded shell: {what}\n".encode(errors="replace"))
    raise PermissionError(f"A recorded shell shows what it does here alone: {what}")


def _memory() -> int:
    """Return a file without a name, in memory: it holds Customer Data."""
    return os.memfd_create("recorded")


def _stream(descriptor: int) -> io.TextIOWrapper:
    return open(
        descriptor, "w", encoding="utf-8", errors="backslashreplace", closefd=False, buffering=1
    )


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _read_all(descriptor: int, length: int) -> bytes:
    """Return so many bytes; fewer where the other end closes before."""
    found = b""
    while len(found) < length and (piece := os.read(descriptor, length - len(found))):
        found += piece
    return found
