"""A sign-in in words."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from seatrobot.accounts.models import SignIn
from seatrobot.accounts.sign_in_log.kinds import Method, Outcome, Reason


def origin(sign_in: SignIn) -> str:
    """Return time, device, address and place, one per line."""
    record = sign_in.sealed
    lines = (
        (_("Time"), date_format(sign_in.at, "DATETIME_FORMAT") + " UTC"),
        (_("Browser"), record.browser or _("unknown")),
        (_("System"), record.system or _("unknown")),
        (_("IP address"), record.ip),
        (_("Network"), record.network),
        (_("Place"), record.place),
    )
    return "\n".join(f"{name}: {value}" for name, value in lines if value)


def factors(sign_in: SignIn) -> str:
    """Return the factors shown, such as `Password, Code from an app`."""
    return ", ".join(label(Method, factor) for factor in sign_in.factors)


def outcome(sign_in: SignIn) -> str:
    """Return the outcome, such as `Refused: Wrong password`."""
    result = label(Outcome, sign_in.outcome)
    reason = label(Reason, sign_in.reason) if sign_in.reason else ""
    if not reason:
        return result
    return _("%(outcome)s: %(reason)s") % {"outcome": result, "reason": reason}


def label(kind: type[Method | Outcome | Reason], value: str) -> str:
    """Return the label of a stored value, or the value itself when it is no longer known."""
    return str(kind(value).label) if value in kind.values else value
