"""How a state looks and what it means: a word, an icon and a tone, never a colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise as Lazy
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.standing import State
from seatrobot.practices.page import strips


@dataclass(frozen=True, slots=True)
class Look:
    """title: as a heading; the word within a sentence is the state's label."""

    state: State
    title: Lazy
    icon: str
    tone: str
    meaning: Lazy

    @property
    def key(self) -> SafeString:
        """Its bar, as it stands in a strip."""
        return strips.key(self.state)


LOOKS = {
    look.state: look
    for look in (
        Look(
            State.KEPT,
            _("Kept"),
            "circle-check",
            "green",
            _("Measured by the running system, within its limit, and fresh."),
        ),
        Look(
            State.ATTESTED,
            _("Attested"),
            "certificate",
            "sky",
            _("Recorded by a named role, and not expired; no machine can measure it."),
        ),
        Look(
            State.UNPROVEN,
            _("Unproven"),
            "circle-dashed",
            "slate",
            _("Nothing has measured it yet, or too long ago to count."),
        ),
        Look(
            State.BROKEN,
            _("Broken"),
            "alert-triangle",
            "red",
            _("Measured, and outside its limit."),
        ),
    )
}
