"""The word, icon, tone and meaning of each state; colour never stands alone."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise as Lazy
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.status import State
from seatrobot.practices.page import bars


@dataclass(frozen=True, slots=True)
class Appearance:
    """title: as a heading; the word within a sentence is the state's label."""

    state: State
    title: Lazy
    icon: str
    tone: str
    meaning: Lazy

    @property
    def key(self) -> SafeString:
        """Its bar, for the legend."""
        return bars.key(self.state)


APPEARANCES = {
    each.state: each
    for each in (
        Appearance(
            State.KEPT,
            _("Kept"),
            "circle-check",
            "green",
            _("Measured by the running system, within its limit, and fresh."),
        ),
        Appearance(
            State.ATTESTED,
            _("Attested"),
            "certificate",
            "sky",
            _("Recorded by a named role, and not expired; no machine can measure it."),
        ),
        Appearance(
            State.UNPROVEN,
            _("Unproven"),
            "circle-dashed",
            "slate",
            _("Nothing has measured it yet, or too long ago to count."),
        ),
        Appearance(
            State.BROKEN,
            _("Broken"),
            "alert-triangle",
            "red",
            _("Measured, and outside its limit."),
        ),
    )
}
