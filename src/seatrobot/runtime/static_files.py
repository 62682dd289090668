"""Static files are collected, compressed and named by content when the package's files changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import seatrobot

PACKAGE = Path(seatrobot.__file__).parent


def fingerprint() -> str:
    """Return a digest of names, sizes and times of all static files of the package."""
    digest = hashlib.sha256()
    for file in sorted(PACKAGE.glob("**/static/**/*")):
        if file.is_file():
            state = file.stat()
            digest.update(f"{file} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def changed(data: Path) -> bool:
    """Whether `data`/static was collected from other files than the package has now."""
    stamp = _stamp(data)
    return (
        not stamp.exists()
        or not (data / "static-lists").is_dir()
        or stamp.read_text() != fingerprint()
    )


def collect(data: Path) -> None:
    """Collect into `data`/static, removing what was there; Django must be set up."""
    from django.core.management import call_command

    current = fingerprint()
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    _stamp(data).write_text(current)


def _stamp(data: Path) -> Path:
    return data / "static.sha256"
