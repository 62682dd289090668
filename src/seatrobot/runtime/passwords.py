"""Passwords of the database in files, so that no process has one in its environment.

libpq reads such a file itself: a line `host:port:database:user:password`, mode 0600 (PostgreSQL's
documentation, "The Password File").
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit


def written(file: Path, password: str) -> Path:
    """Write the file with this password for whatever it is asked for, where it differs."""
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    return private(file, f"*:*:*:*:{escaped}\n")


def private(file: Path, text: str) -> Path:
    """Write a file of mode 0600 in a directory of mode 0700, where it says something else."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    if not file.exists() or file.read_text() != text:
        draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(text)
        draft.replace(file)
    return file


def moved(url: str, file: Path) -> str:
    """Return the URL with its password moved into the file; "" and URLs without one as they are."""
    parts = urlsplit(url)
    if not parts.password:
        return url
    written(file, unquote(parts.password))
    user, place = parts.username or "", parts.netloc.rpartition("@")[2]
    query = urlencode([*parse_qsl(parts.query), ("passfile", str(file))], quote_via=quote)
    return urlunsplit((parts.scheme, f"{user}@{place}", parts.path, query, parts.fragment))
