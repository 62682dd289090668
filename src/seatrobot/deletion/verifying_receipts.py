"""Verifying a receipt offline: neither a database nor an instance is needed."""

from __future__ import annotations

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from seatrobot.kernel.journal import signing

FIRST_LINE = "seatrobot deletion receipt v1"
RESULT_LINE = "seatrobot deletion result v1"


class NoReceipt(Exception):
    """A file is no receipt, or not as it was signed; the text says why."""


def verify(text: str, key: Ed25519PublicKey) -> dict[str, Any]:
    """Return what a receipt states; raise NoReceipt unless this key signed exactly that.

    What the examiner found is verified with the key that the receipt names for it.
    """
    try:
        signed = signing.verify_note(text, key)
    except signing.BadSignature as error:
        raise NoReceipt("it is not signed by this key, or was changed") from error
    facts = _facts(signed, FIRST_LINE)
    if facts.get("examined"):
        try:
            examiner = signing.read_key(str(facts["key_of_results"]))
            result = read_result(facts["examined"], examiner)
        except signing.BadKey as error:
            raise NoReceipt("it names no key of the examiner") from error
        if result["deletion"] != facts["id"]:
            raise NoReceipt("what the examiner signed is about another deletion")
        if any(result[name] != facts[name] for name in ("searched", "found")):
            raise NoReceipt("the examiner signed another result")
    elif facts.get("verified_at"):
        raise NoReceipt("it says that it was verified, and the examiner has signed nothing")
    return facts


def read_result(note: str, key: Ed25519PublicKey) -> dict[str, Any]:
    """Return what the examiner signed of a deletion; raises NoReceipt."""
    try:
        return _facts(signing.verify_note(note, key), RESULT_LINE)
    except signing.BadSignature as error:
        raise NoReceipt("what was found is not signed by the examiner") from error


def sentences(facts: dict[str, Any]) -> list[str]:
    """Return what a receipt says, a sentence a line."""
    rows = sum(facts["rows_deleted"].values())
    lines = [
        f"Receipt of the deletion of {facts['kind']} {facts['subject']} at {facts['instance']}.",
        f"Requested at {facts['requested_at']}; {rows} rows deleted at {facts['rows_deleted_at']}.",
    ]
    if destroyed := facts["keys_destroyed"]:
        lines.append(f"Keys destroyed at {destroyed['at']}, entry {destroyed['entry']}.")
    if facts["verified_at"]:
        lines.append(f"Looked for in {len(facts['searched'])} places at {facts['verified_at']}.")
    else:
        lines.append("Nobody has looked yet for what may be left.")
    if facts["found"]:
        lines.append(f"Still found: {', '.join(facts['found'])}.")
    lines.append("The receipt is final." if facts["final"] else "The receipt is not final yet.")
    return lines


def _facts(signed: str, first_line: str) -> dict[str, Any]:
    first, _, rest = signed.partition("\n")
    if first != first_line:
        raise NoReceipt(f"its first line is not {first_line!r}")
    try:
        facts = json.loads(rest)
    except ValueError as error:
        raise NoReceipt("it cannot be read") from error
    if not isinstance(facts, dict):
        raise NoReceipt("it cannot be read")
    return facts
