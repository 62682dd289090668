"""An instance of its own for each test: its own data directory, address and profile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from seatrobot.practices.transparency import security_txt


@pytest.fixture
def instance(settings, tmp_path):
    """A data directory of its own, reached as https://guests.example.org."""
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
    settings.BASE_URL = "https://guests.example.org"
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "guests.example.org"]
    security_txt._signed.cache_clear()  # noqa: SLF001  a key of another test signed it
    return tmp_path


@pytest.fixture
def operator(instance) -> Callable[[str], None]:
    """Write the operator's practices.toml."""

    def write(text: str) -> None:
        (instance / "practices.toml").write_text(text, "utf-8")

    return write
