"""The data directory: which names it has, whose they are, and whom they are open to.

Not seen: what is in the files, and files of the operator's elsewhere.
"""

from __future__ import annotations

import os
import pwd
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seatrobot.kernel.manifest.packages import Comparison

DATABASE_USER = "nobody"
"""As whom the embedded database runs where the service is started by root."""
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
DRAFT = re.compile(r"(.*/)?\.[^/]*[0-9a-f]{16}")
"""A file on its way to its name (keyfiles, passwords, published documents)."""
LONGEST_DRAFT_SECONDS, DRAFT_SECONDS = 600, 0.1
OTHERS, OTHERS_WRITE = 0o077, 0o022
ACCESS_LISTS = "system.posix_acl"


@dataclass(frozen=True, slots=True)
class Rule:
    """pattern: of the whole path below the directory. kinds: d, f or s for a socket.

    closed: the bits of the mode that nothing has there. by_database: whose it is.
    """

    pattern: str
    kinds: str
    closed: int = OTHERS
    by_database: bool = False


RULES = (
    Rule("", "d"),
    Rule(r"lock|address|demo\.txt|static\.sha256", "f"),
    Rule(
        r"keys/((root|journal|journal-ml-dsa|secret|openpgp)\.key|evidence\.pub)|examiner/(evidence\.key|compiled)",
        "f",
    ),
    Rule(r"profile/(practices|cryptography)\.toml", "f", OTHERS_WRITE),
    Rule(r"(policies|courses)/[a-z0-9][a-z0-9-]*\.md", "f", OTHERS_WRITE),
    Rule(r"policies|courses", "d", OTHERS_WRITE),
    Rule(r"erasures/ledger\.jsonl", "f"),
    Rule(r"examiner|heads|keys|keystore|mail|passwords|postgresql|profile|reports|tls", "d"),
    Rule(r"erasures", "d"),
    Rule(r"published(/[^/]+)?|logs", "d"),
    Rule(r"logs/(web|jobs)\.log(\.1)?", "f"),
    Rule(r"heads/(newest|leaves|witnesses)|reports/(web|jobs)(\.loaded)?\.json", "f"),
    Rule(r"scratch(/.+)?", "df"),
    Rule(
        rf"keystore/({UUID}\.keyring|[0-9a-f]{{32}}\.destroyed)|mail/{UUID}\.sealed|published/[^/]+/[^/]+",
        "f",
    ),
    Rule(
        r"passwords/([a-z_]+\.pgpass|smtp\.url)|tls/((certificate|private_key)\.(new|pem)|refused)",
        "f",
    ),
    Rule(r"postgresql/([a-z_]+\.(password|pgpass)|start\.log)", "f"),
    Rule(r"postgresql/(cluster|socket)", "d", by_database=True),
    Rule(r"postgresql/cluster/.+", "df", by_database=True),
    Rule(r"postgresql/socket/.+", "fs", by_database=True),
    Rule(r"static(-lists)?(/.+)?", "df", OTHERS_WRITE),
)
_RULES = [(re.compile(rule.pattern, re.DOTALL), rule) for rule in RULES]


def compare(data: Path) -> Comparison:
    """Look at everything below the data directory; what is deleted meanwhile is passed over."""
    found, todo = Comparison(), [""]
    ours = os.geteuid()
    of_database = pwd.getpwnam(DATABASE_USER).pw_uid if ours == 0 else ours
    while todo:
        name = todo.pop()
        try:
            state = _state(data / name)
            is_directory = stat.S_ISDIR(state.st_mode)
            inside = [each.name for each in (data / name).iterdir()] if is_directory else []
            attributes = os.listxattr(data / name, follow_symlinks=False)
        except FileNotFoundError:
            continue
        except OSError as error:
            found.wrong.append(f"{name}: cannot be looked at ({type(error).__name__})")
            continue
        found.compared += 1
        found.wrong += [
            f"{name or 'the data directory'}: {what}"
            for what in _wrong(name, state, ours, of_database)
        ]
        if any(ACCESS_LISTS in each for each in attributes):
            found.wrong.append(f"{name}: has an access list")
        todo += [f"{name}/{each}" if name else each for each in inside]
    return found


def _state(path: Path) -> os.stat_result:
    """Look at a file; one with two names once more, since a new one has a draft for a moment."""
    state = path.lstat()
    if stat.S_ISREG(state.st_mode) and state.st_nlink > 1:
        time.sleep(DRAFT_SECONDS)
        state = path.lstat()
    return state


def _wrong(name: str, state: os.stat_result, ours: int, of_database: int) -> Iterator[str]:
    kind = {stat.S_IFDIR: "d", stat.S_IFREG: "f", stat.S_IFSOCK: "s"}.get(
        stat.S_IFMT(state.st_mode), "?"
    )
    rule = next((rule for pattern, rule in _RULES if pattern.fullmatch(name)), None)
    if rule is None and DRAFT.fullmatch(name):
        if time.time() - state.st_mtime > LONGEST_DRAFT_SECONDS:
            yield "was left behind"
        rule = Rule("", "f")
    if rule is None:
        yield "nothing of the service is called so"
        rule = Rule("", "df")
    if kind not in rule.kinds:
        yield "is another kind of file"
    mode = stat.S_IMODE(state.st_mode)
    if mode & rule.closed:
        yield f"is open to others (mode {mode:04o})"
    if mode & (stat.S_ISUID | stat.S_ISGID):
        yield f"runs as somebody else (mode {mode:04o})"
    if kind == "f" and state.st_nlink > 1:
        yield f"has {state.st_nlink} names, so another directory may have it"
    if state.st_uid != (of_database if rule.by_database else ours):
        yield f"belongs to user number {state.st_uid}"
