"""A sign-in in the words of a person."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from seatrobot.accounts.sign_in_log.kinds import Method, Outcome, Reason
from seatrobot.accounts.sign_in_log.models import SignIn


def from_where(sign_in: SignIn) -> str:
    """Return time, device, address and place, a line each."""
    seen = sign_in.sealed
    lines = (
        (_("Time"), date_format(sign_in.at, "DATETIME_FORMAT") + " UTC"),
        (_("Browser"), seen.browser or _("unknown")),
        (_("System"), seen.system or _("unknown")),
        (_("IP address"), seen.ip),
        (_("Network"), seen.network),
        (_("Place"), seen.place),
    )
    return "\n".join(f"{name}: {value}" for name, value in lines if value)


def factors(sign_in: SignIn) -> str:
    """Return what was shown, such as `Password, Code from an app`."""
    return ", ".join(label(Method, factor) for factor in sign_in.factors)


def outcome(sign_in: SignIn) -> str:
    """Return what came of it, such as `Refused: Wrong password`."""
    said = label(Outcome, sign_in.outcome)
    why = label(Reason, sign_in.reason) if sign_in.reason else ""
    return _("%(outcome)s: %(reason)s") % {"outcome": said, "reason": why} if why else said


def label(kind: type[Method | Outcome | Reason], value: str) -> str:
    """Return the label of a stored value; one that is no longer known stands for itself."""
    return str(kind(value).label) if value in kind.values else value
