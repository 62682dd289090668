"""What tests of the vault share."""

from __future__ import annotations

from collections import OrderedDict

import pytest

from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.keystore import DirectoryKeyStore


@pytest.fixture
def place(tmp_path, monkeypatch, settings):
    """A key store and a root key of its own for the test, as another instance has them."""
    store = DirectoryKeyStore(tmp_path / "keystore")
    settings.VAULT_ROOT_KEY = tmp_path / "keys" / "root.key"
    settings.VAULT_ROOT_KEYS = (f"file:{settings.VAULT_ROOT_KEY}",)
    monkeypatch.setattr(vault, "key_store", lambda: store)
    monkeypatch.setattr(vault, "root_key", vault.root_key.__wrapped__)
    monkeypatch.setattr(vault, "_keyrings", OrderedDict())
    monkeypatch.setattr(vault, "_said", {})
    return tmp_path
