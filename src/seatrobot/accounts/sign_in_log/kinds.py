"""The values a row of the sign-in log can hold, with the labels people read."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Method(models.TextChoices):
    """How somebody signed in, or tried to; as a factor, one of the things they showed."""

    PASSWORD = "password", _("Password")
    PASSKEY = "passkey", _("Passkey")
    TOTP = "totp", _("Code from an app")
    RECOVERY_CODE = "recovery-code", _("Recovery code")
    SET_UP_LINK = "set-up-link", _("Set-up link")
    RESET_LINK = "reset-link", _("Reset link")
    INVITATION_LINK = "invitation-link", _("Invitation link")
    STAFF = "staff", _("Passkey, staff area")
    STAFF_LINK = "staff-link", _("Staff link")


class Outcome(models.TextChoices):
    """CONTINUED: one factor was right and another one is asked for."""

    SUCCESS = "success", _("Signed in")
    CONTINUED = "continued", _("Next step asked")
    FAILURE = "failure", _("Refused")


class Reason(models.TextChoices):
    """Why an attempt was refused. DEAD_LINK and TOO_MANY_TRIES are only counted, not logged."""

    UNKNOWN_ADDRESS = "unknown-address", _("Nobody has this address")
    WRONG_PASSWORD = "wrong-password", _("Wrong password")
    WRONG_CODE = "wrong-code", _("Wrong code")
    USED_CODE = "used-code", _("Code already used")
    WRONG_PASSKEY = "wrong-passkey", _("Passkey not accepted")
    DEAD_LINK = "dead-link", _("Link wrong, used or too old")
    INACTIVE = "inactive", _("Account is closed")
    TOO_MANY_TRIES = "too-many-tries", _("Too many tries")
    NETWORK = "network", _("Network not allowed")
    POLICY = "policy", _("Against the organization's rules")


class DeviceType(models.TextChoices):
    PHONE = "phone", _("Phone")
    TABLET = "tablet", _("Tablet")
    DESKTOP = "desktop", _("Computer")
    BOT = "bot", _("Bot")
    UNKNOWN = "unknown", _("Unknown")
