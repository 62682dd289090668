"""What the journal can record: the shape of an action, whose members each package declares.

A package's `feature.py` holds its subclass of `Action`; `kernel.features` finds them all.
"""

from __future__ import annotations

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    """What an action does with data: reading is shown quietly, exports and endings stand out.

    signing in, and being refused to, changes nothing either; the log shows it apart.
    """

    READING = "reading"
    EXPORTING = "exporting"
    BEGINNING = "beginning"
    ENDING = "ending"
    SIGNING_IN = "signing-in"
    REFUSING = "refusing"
    OTHER = "other"


class Action(StrEnum):
    """One thing that can be done, stored as `area:resource:verb`.

    sentence: what happened, as a heading. phrase: who did what, with %(who)s and where they are
    known %(name)s and %(event)s. A member gives value and sentence, and behind them a phrase, a
    kind, or both.
    """

    sentence: Promise
    phrase: Promise
    kind: Kind

    def __new__(
        cls,
        value: str,
        sentence: Promise,
        *more: Promise | Kind,
    ) -> Action:
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        phrases = [each for each in more if not isinstance(each, Kind)]
        member.phrase = phrases[0] if phrases else _("%(who)s: %(what)s")
        member.kind = next((each for each in more if isinstance(each, Kind)), Kind.OTHER)
        return member

    @property
    def area(self) -> str:
        return area_of(self)


def area_of(action: str) -> str:
    """Return the area of an action as stored, also of one that no package declares any more."""
    return action.partition(":")[0]
