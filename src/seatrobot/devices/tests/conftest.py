from __future__ import annotations

import pytest

from seatrobot.accounts.staff.tests.conftest import dana, key, known_address, link  # noqa: F401

from .laptop import Laptop, enrolled


@pytest.fixture
def laptop(dana, key, tmp_path) -> Laptop:  # noqa: F811
    """Dana's laptop, confirmed; it has not reported."""
    return enrolled(dana, key, tmp_path / "laptop")
