"""`seatrobot crypto inventory`: what cryptography is in use, as text, JSON or CycloneDX (CBOM)."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seatrobot.kernel.vault.policy import Algorithm
    from seatrobot.practices.checks.inventory import Inventory, KeyRow

WRONG = 1
STATES = {"seals": "active", "opens": "deactivated", "closed": "suspended", "missing": "destroyed"}
"""Of NIST SP 800-57, in the words of CycloneDX: a key that only opens is deactivated."""
KINDS = {
    "AES256_GCM": ("ae", "gcm", ["keygen", "encrypt", "decrypt"], 5),
    "AES256_GCM_SIV": ("ae", "other", ["keygen", "encrypt", "decrypt"], 5),
    "XCHACHA20_POLY1305": ("ae", "other", ["keygen", "encrypt", "decrypt"], 5),
    "HMAC_SHA256": ("mac", None, ["keygen", "tag"], 5),
    "HMAC_SHA1": ("mac", None, ["tag"], 1),
    "ED25519": ("signature", None, ["keygen", "sign", "verify"], 0),
    "ML_DSA_44": ("signature", None, ["keygen", "sign", "verify"], 2),
    "WEBAUTHN": ("signature", None, ["verify"], 0),
    "ARGON2ID": ("kdf", None, ["keyderive"], 1),
    "FERNET": ("ae", "cbc", ["encrypt", "decrypt"], 1),
    "TLS13": ("combiner", None, ["keyderive", "encrypt", "decrypt"], 0),
    "TLS12_AEAD": ("combiner", None, ["keyderive", "encrypt", "decrypt"], 0),
}
"""Primitive, mode, functions and NIST's quantum security level (0: none) of each algorithm."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `seatrobot crypto inventory`."""
    crypto = commands.add_parser("crypto", help="which cryptography is in use")
    actions = crypto.add_subparsers(required=True, metavar="action")
    inventory = actions.add_parser(
        "inventory",
        help="keys with age and algorithm, what protects each column, connections, passwords",
    )
    inventory.add_argument("--format", choices=("text", "json", "cyclonedx"), default="text")
    inventory.set_defaults(run=run_inventory)


def run_inventory(args: argparse.Namespace) -> int:
    """Print what is in use; return 1 when something is not as the policy says."""
    import msgspec
    from django.db import connection

    from seatrobot.practices.checks import inventory

    connection.ensure_connection()
    taken = inventory.take(connection.connection)
    if args.format == "json":
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(taken).decode()) + "\n")
    elif args.format == "cyclonedx":
        sys.stdout.write(json.dumps(cyclonedx(taken), indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in text(taken))
    return WRONG if taken.problems else 0


def text(taken: Inventory) -> Iterator[str]:
    """Give the lines of an inventory for people."""
    yield f"Cryptographic inventory, {taken.at:%Y-%m-%d %H:%M} UTC; the policy is {taken.policy}."
    yield ""
    yield "Keys"
    for row in taken.keys:
        due = f"rotated by {row.due:%Y-%m-%d}" if row.due else "as long as it exists"
        due = due if row.state == "seals" else ""
        made = f"{row.made:%Y-%m-%d}" if row.made else "unknown"
        yield (
            f"  {row.owner:36}  {row.purpose:8}  {row.id:12}  {row.algorithm:18}"
            f"  {row.state:7}  {made:10}  {due}".rstrip()
        )
    yield ""
    yield "Columns"
    width = max(len(row.column) for row in taken.columns)
    for column in taken.columns:
        yield f"  {column.column:{width}}  {column.protection or 'UNKNOWN':10}  {column.reason}"
    yield ""
    yield f"Connections; the TLS profile is {taken.profile}"
    for each in taken.connections:
        groups = f" ({', '.join(each.groups)})" if each.groups else ""
        protocol = f"{each.protocol or 'plain'}{groups}"
        yield f"  {each.direction}: {each.what}: {protocol} {each.note}".rstrip()
        for how, suites in each.suites.items():
            yield f"    {how}: {', '.join(suites)}"
    yield ""
    yield "Passwords"
    for hashed in taken.passwords:
        yield f"  {hashed.algorithm} {hashed.parameters}: {hashed.accounts} accounts"
    yield ""
    yield "Signatures"
    for purpose, what in taken.signatures.items():
        yield f"  {purpose}: {what}"
    yield ""
    yield f"Backups: {taken.backups}."
    yield ""
    yield "What somebody who records today's traffic could read later, with a quantum computer"
    for sentence in taken.later:
        yield f"  {sentence}"
    yield ""
    yield f"Problems: {len(taken.problems) or 'none'}"
    for problem in taken.problems:
        yield f"  {problem}"


def cyclonedx(taken: Inventory) -> dict[str, Any]:
    """Return the inventory as a cryptography bill of materials (CycloneDX 1.6, ECMA-424)."""
    from seatrobot.kernel.build import build_name
    from seatrobot.kernel.ids import new_id
    from seatrobot.kernel.vault.policy import policy

    algorithms = policy().algorithms
    strange = sorted({row.algorithm for row in taken.keys} - algorithms.keys() - {""})
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{new_id()}",
        "version": 1,
        "metadata": {
            "timestamp": taken.at.isoformat(timespec="seconds"),
            "component": {
                "type": "application",
                "bom-ref": "seatrobot",
                "name": "Seatrobot",
                "version": build_name(),
            },
        },
        "components": [
            *(_algorithm(name, each) for name, each in algorithms.items()),
            *(_unknown(name) for name in strange),
            *(_key(row) for row in taken.keys if row.algorithm),
            *(
                {
                    "type": "cryptographic-asset",
                    "bom-ref": f"protocol/{number}/{row.what}",
                    "name": f"TLS of {row.what}",
                    "description": f"{row.direction}: {row.protocol}",
                    "cryptoProperties": {
                        "assetType": "protocol",
                        "protocolProperties": {
                            "type": "tls",
                            "version": _version(row.protocol),
                            "cipherSuites": [
                                {"name": suite} for names in row.suites.values() for suite in names
                            ],
                        },
                    },
                }
                for number, row in enumerate(taken.connections)
                if row.protocol
            ),
        ],
    }


def _algorithm(name: str, algorithm: Algorithm) -> dict[str, Any]:
    primitive, mode, functions, quantum = KINDS[name]
    properties = {
        "primitive": primitive,
        "executionEnvironment": "software-plain-ram",
        "cryptoFunctions": functions,
        "classicalSecurityLevel": algorithm.bits,
        "nistQuantumSecurityLevel": quantum,
    }
    if mode:
        properties["mode"] = mode
    return {
        "type": "cryptographic-asset",
        "bom-ref": f"algorithm/{name}",
        "name": name,
        "description": f"{algorithm.what}. {algorithm.source}",
        "cryptoProperties": {"assetType": "algorithm", "algorithmProperties": properties},
    }


def _unknown(name: str) -> dict[str, Any]:
    """Return an algorithm that is in use and not in the policy."""
    return {
        "type": "cryptographic-asset",
        "bom-ref": f"algorithm/{name}",
        "name": name,
        "description": "in use, and not in the policy",
        "cryptoProperties": {
            "assetType": "algorithm",
            "algorithmProperties": {"primitive": "unknown"},
        },
    }


def _key(row: KeyRow) -> dict[str, Any]:
    is_private = row.algorithm == "ED25519"
    properties: dict[str, Any] = {
        "type": "private-key" if is_private else "secret-key",
        "id": row.id,
        "state": STATES[row.state],
        "algorithmRef": f"algorithm/{row.algorithm}",
    }
    if row.made:
        properties["creationDate"] = row.made.isoformat(timespec="seconds")
    if row.due:
        properties["expirationDate"] = row.due.isoformat(timespec="seconds")
    if row.owner != "service":
        properties["securedBy"] = {
            "mechanism": "Software",
            "algorithmRef": "algorithm/AES256_GCM",
        }
    return {
        "type": "cryptographic-asset",
        "bom-ref": f"key/{row.owner}/{row.purpose}/{row.id}",
        "name": f"{row.purpose} of {row.owner}",
        "cryptoProperties": {
            "assetType": "related-crypto-material",
            "relatedCryptoMaterialProperties": properties,
        },
    }


def _version(protocol: str) -> str:
    return "1.3" if "1.3" in protocol else "1.2"
