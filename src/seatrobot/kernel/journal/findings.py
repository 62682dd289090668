"""What an examination of the journal can find wrong, each with its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MOST = 100


class Fault(StrEnum):
    sentence: Promise

    def __new__(cls, value: str, sentence: Promise) -> Fault:
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member

    CHECKPOINT_FORGED = (
        "checkpoint-forged",
        _("The checkpoint at %(what)s is not signed by our key."),
    )
    CHECKPOINT_MISSING = "checkpoint-missing", _("A checkpoint is missing before %(what)s.")
    CHECKPOINT_WRONG = "checkpoint-wrong", _("The checkpoint at %(what)s contradicts its own note.")
    ENTRY_CHANGED = "entry-changed", _("The entry %(what)s was changed after it was written.")
    ENTRY_MISSING = "entry-missing", _("The entry %(what)s is gone; its leaf is still there.")
    ENTRY_WITHOUT_LEAF = "entry-without-leaf", _("The entry %(what)s came in past the tree.")
    LEAF_MISSING = "leaf-missing", _("Leaves are gone: %(what)s.")
    ROOT_DIFFERS = "root-differs", _("The leaves up to %(what)s do not give the signed root.")


class Finding(NamedTuple):
    fault: Fault
    stream: UUID
    what: str

    @property
    def sentence(self) -> str:
        """One sentence; the stream is an organization's identifier, or nil for the platform."""
        told = str(self.fault.sentence) % {"what": self.what}
        return gettext("%(told)s (stream %(stream)s)") % {"told": told, "stream": self.stream}


class Findings(list[Finding]):
    """At most MOST of them: who deletes a million entries is found out by the first."""

    def add(self, fault: Fault, stream: UUID, what: object) -> None:
        finding = Finding(fault, stream, str(what))
        if len(self) < MOST and finding not in self:
            self.append(finding)


@dataclass(frozen=True, slots=True)
class Verification:
    """What an examination looked at and found; `ok` when nothing is wrong.

    entries, leaves: how many there are, all counted. placed: leaves with a place. walked: leaves
    that were compared one by one with their entry and with the signed roots. waiting: leaves
    without a place yet; oldest_waiting: the age of the oldest, None when there is none.
    """

    findings: Sequence[Finding] = field(default_factory=tuple)
    entries: int = 0
    leaves: int = 0
    placed: int = 0
    walked: int = 0
    waiting: int = 0
    oldest_waiting: timedelta | None = None

    @property
    def ok(self) -> bool:
        return not self.findings
