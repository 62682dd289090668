"""Child processes that never outlive their parent, through setpriv of util-linux."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from seatrobot.runtime.errors import RefusedError

UNPRIVILEGED = "nobody"
# Bits of linux/capability.h, best first: read and pass anything, or also write anything.
CAPABILITIES = {"dac_read_search": 2, "dac_override": 1}


def bound(command: list[str], stop: str = "TERM") -> list[str]:
    """Return the command, to be sent the signal `stop` by the kernel when its parent dies.

    Where setpriv is missing the command comes back unchanged.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, f"--pdeathsig={stop}", "--", *command] if setpriv else command


def unprivileged(command: list[str], stop: str) -> list[str]:
    """Return the command as `bound` does, and as an ordinary user when we are root.

    PostgreSQL refuses root. The user it gets instead must reach its files below directories
    that only root may pass (a data directory of mode 0700, a clone in /root), so it keeps one
    capability for that; unlike root it cannot write what is not its own.
    """
    if os.geteuid() != 0:
        return bound(command, stop)
    setpriv = shutil.which("setpriv")
    if not setpriv:
        raise RefusedError(
            "PostgreSQL does not run as root and setpriv (util-linux) is missing; "
            "start Seatrobot as an ordinary user."
        )
    kept = f"-all,+{_capability()}"
    return [
        setpriv,
        f"--reuid={UNPRIVILEGED}",
        f"--regid={_group()}",
        "--clear-groups",
        "--securebits=+no_setuid_fixup",  # or else access(2) forgets the capability
        f"--inh-caps={kept}",
        f"--ambient-caps={kept}",
        f"--bounding-set={kept}",
        "--no-new-privs",
        f"--pdeathsig={stop}",
        "--",
        *command,
    ]


def give(path: Path) -> None:
    """Make the path belong to the user that `unprivileged` commands run as."""
    if os.geteuid() == 0:
        shutil.chown(path, UNPRIVILEGED, _group())


def _group() -> int:
    import pwd

    return pwd.getpwnam(UNPRIVILEGED).pw_gid


def _capability() -> str:
    status = Path("/proc/self/status").read_text()
    bounding = int(status.split("CapBnd:")[1].split()[0], 16)
    for name, bit in CAPABILITIES.items():
        if bounding >> bit & 1:
            return name
    raise RefusedError(
        "PostgreSQL does not run as root, and this container may not lend it access to its "
        "files; start Seatrobot as an ordinary user."
    )
