"""Whether the root key, the key store and the database belong together, in precise sentences.

For whoever starts the service. Nothing is changed, and of the keyrings only the platform's is
opened: which root key the others need is written on them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import (
    KeyringDamaged,
    KeyringMissing,
    KeysUnavailable,
    RootKeyWrong,
)
from seatrobot.kernel.vault.keyring import Keyring
from seatrobot.kernel.vault.keystore import mark_of
from seatrobot.kernel.vault.rootkey import decode

NAMED = 3
"""How many of many a sentence names."""


@dataclass(slots=True)
class State:
    """What is there. wrapped_by: how many keyrings each root key has wrapped, by reference.

    problems: sentences on what does not work, without a full stop. remarks: on what is odd.
    is_usable: whether the platform's keyring opens, or is still to be made.
    """

    root: str = ""
    store: str = ""
    wrapped_by: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    is_usable: bool = False


def look(organizations: Collection[UUID] | None = None, *, has_accounts: bool = False) -> State:
    """Look at root key and store; organizations: those of the database, where they are known."""
    state = State()
    try:
        state.store = vault.key_store().where
        root = vault.root_key()
        state.root = f"{root.holder.where} ({root.reference})"
    except KeysUnavailable as error:
        state.problems.append(error.cause)
        return state
    try:
        names = vault.key_store().names()
        damaged = _references(names, state)
    except KeysUnavailable as error:
        state.problems.append(error.cause)
        return state
    foreign = {
        reference: count
        for reference, count in state.wrapped_by.items()
        if not any(holder.knows(reference) for holder in root.holders)
    }
    for reference, count in foreign.items():
        state.problems.append(
            f"the root key is {root.reference}, and {count} of {len(names)} keyrings in"
            f" {state.store} were wrapped by {reference}: put that one back"
        )
    if damaged:
        state.problems.append(
            f"{len(damaged)} keyrings in {state.store} are half-written or changed"
            f" ({_some(damaged)}): put them back from a copy"
        )
    if PLATFORM in names:
        try:
            Keyring.unwrap(vault.key_store().get(PLATFORM), root, PLATFORM.bytes)
            state.is_usable = True
        except (RootKeyWrong, KeyringDamaged) as error:
            if not foreign and not damaged:
                state.problems.append(error.cause)
        except KeysUnavailable as error:
            state.problems.append(error.cause)
    else:
        state.is_usable = not has_accounts
    _compare(names, organizations, state, has_accounts=has_accounts)
    return state


def _references(names: Collection[UUID], state: State) -> list[UUID]:
    damaged = []
    for name in names:
        try:
            state.wrapped_by[decode(vault.key_store().get(name)).root] += 1
        except KeyringDamaged:
            damaged.append(name)
        except KeyringMissing:  # destroyed in this moment
            continue
    return damaged


def _compare(
    names: Collection[UUID],
    organizations: Collection[UUID] | None,
    state: State,
    *,
    has_accounts: bool,
) -> None:
    """Tell a store that is older or newer than the database, or of another instance."""
    if has_accounts and PLATFORM not in names:
        state.problems.append(
            f"the platform's keyring is not in {state.store}, but the database has accounts that it"
            " sealed: put the key store back that belongs to this database"
        )
    if organizations is None:
        return
    gone = vault.key_store().destroyed()
    lacking = sorted(name for name in set(organizations) - set(names) if mark_of(name) not in gone)
    if lacking:
        state.problems.append(
            f"{len(lacking)} organizations of the database have no keyring in {state.store}"
            f" ({_some(lacking)}): it is older than the database, or another one's"
        )
    if strangers := sorted(set(names) - set(organizations) - {PLATFORM}):
        state.remarks.append(
            f"{len(strangers)} keyrings in {state.store} are of no organization of the database"
            f" ({_some(strangers)}): the database may be older than the key store"
        )


def _some(names: Collection[UUID]) -> str:
    first = ", ".join(map(str, list(names)[:NAMED]))
    return f"{first}, …" if len(names) > NAMED else first
