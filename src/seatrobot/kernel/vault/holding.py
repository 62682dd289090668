"""Which process can open keys: named once in the platform's journal, with what it commits first.

`journal.services.write` adds the entry; whoever starts a process says what it is.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Process:
    """has_opened: whether it has opened a keyring. is_named: whether the journal says so."""

    name: str = "command"
    has_opened: bool = False
    is_named: bool = False

    @property
    def is_due(self) -> bool:
        return self.has_opened and not self.is_named


process = Process()
