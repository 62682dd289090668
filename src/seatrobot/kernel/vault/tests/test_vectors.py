"""The vault's own opening and indexing, by the test vectors of Project Wycheproof."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from seatrobot.kernel.vault.errors import SealBroken
from seatrobot.kernel.vault.keyring import Keyring

VECTORS = Path(__file__).parent / "wycheproof"
MESSAGES = {
    "AES256_GCM": ("AesGcmKey", b"\x1a\x20"),
    "AES256_GCM_SIV": ("AesGcmSivKey", b"\x1a\x20"),
    "XCHACHA20_POLY1305": ("XChaCha20Poly1305Key", b"\x1a\x20"),
    "HMAC_SHA256": ("HmacPrfKey", b"\x12\x02\x08\x03\x1a\x20"),
}
"""Tink's kind of key, and what stands before the 32 bytes of the key in it (Protocol Buffers)."""
COUNTS = {"AES256_GCM": 66, "AES256_GCM_SIV": 103, "XCHACHA20_POLY1305": 306, "HMAC_SHA256": 81}


def vectors(name):
    return [json.loads(line) for line in (VECTORS / f"{name}.jsonl").read_text().splitlines()]


def keyring(name, key: bytes) -> Keyring:
    """Return a keyring that has this key, by the number 1, for the purpose of its algorithm."""
    kind, before = MESSAGES[name]
    keyset = {
        "primaryKeyId": 1,
        "key": [
            {
                "keyData": {
                    "typeUrl": f"type.googleapis.com/google.crypto.tink.{kind}",
                    "value": base64.b64encode(before + key).decode(),
                    "keyMaterialType": "SYMMETRIC",
                },
                "status": "ENABLED",
                "keyId": 1,
                "outputPrefixType": "RAW" if name == "HMAC_SHA256" else "TINK",
            }
        ],
    }
    purpose = "indexing" if name == "HMAC_SHA256" else "sealing"
    return Keyring(Keyring.new()._keysets | {purpose: keyset})


@pytest.mark.parametrize("name", sorted(COUNTS.keys() - {"HMAC_SHA256"}))
def test_values_open_as_they_should_and_others_do_not(name):
    tried = vectors(name)
    assert len(tried) == COUNTS[name]
    for each in tried:
        parts = {
            part: bytes.fromhex(each[part]) for part in ("key", "iv", "aad", "msg", "ct", "tag")
        }
        keys = keyring(name, parts["key"])
        value = b"\1\0\0\0\1" + parts["iv"] + parts["ct"] + parts["tag"]
        if each["result"] == "valid":
            assert keys.open(value, parts["aad"]) == parts["msg"], each["tcId"]
        else:
            with pytest.raises(SealBroken):
                keys.open(value, parts["aad"])
        again = keys.seal(parts["msg"], parts["aad"])
        assert again[:5] == value[:5]
        assert keys.open(again, parts["aad"]) == parts["msg"]


def test_blind_indexes_are_the_pseudo_random_function_they_should_be():
    """Of messages that are text: what is indexed is folded first, which changes others."""
    tried = 0
    for each in vectors("HMAC_SHA256"):
        message = bytes.fromhex(each["msg"])
        index = keyring("HMAC_SHA256", bytes.fromhex(each["key"]))._prf.compute(message, 16)
        assert (bytes(index).hex() == each["tag"]) is (each["result"] == "valid"), each["tcId"]
        tried += 1
    assert tried == COUNTS["HMAC_SHA256"]
