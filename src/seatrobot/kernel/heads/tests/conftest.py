"""Fixtures: a data directory for each test, so that no memory of another test is there."""

from __future__ import annotations

from dataclasses import replace

import pytest


@pytest.fixture
def data(settings, tmp_path):
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
    settings.BASE_URL = "https://guests.example.org"
    return tmp_path
