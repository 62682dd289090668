"""What root starts for PostgreSQL is no longer root, reaches its files and writes no others."""

from __future__ import annotations

import os
import subprocess

import pytest

from seatrobot.runtime import child

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has something to give up")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        child.unprivileged(list(command), stop="KILL"), capture_output=True, text=True, check=False
    )


def test_it_is_another_user():
    assert run("id", "-un").stdout.strip() == child.UNPRIVILEGED


def test_it_reaches_what_lies_below_a_private_directory(tmp_path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (private / "program").touch(mode=0o755)
    assert run("test", "-x", str(private / "program")).returncode == 0


def test_it_writes_only_what_it_was_given(tmp_path):
    for name in ("kept", "given"):
        (tmp_path / name).mkdir(mode=0o700)
    child.give(tmp_path / "given")
    assert run("touch", str(tmp_path / "given" / "file")).returncode == 0
    if child._capability() == "dac_read_search":
        assert run("touch", str(tmp_path / "kept" / "file")).returncode != 0
