"""The people of every test, for tests that belong to no package."""

from seatrobot.conftest import (  # noqa: F401 - fixtures
    alice,
    bob,
    charlie,
    client_of,
    dinner,
    static_files_as_they_are,
)
