"""What accounts declares: journal actions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.features import Area, Feature, StaffItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind


class Action(actions.Action):
    ACCOUNT_ADDRESS_CONFIRM = (
        "account:address:confirm",
        _("E-mail address confirmed"),
        _("%(who)s confirmed their e-mail address"),
    )
    ACCOUNT_CHANGE = "account:account:change", _("Account changed")
    ACCOUNT_CONFIRM = "account:identity:confirm", _("Identity confirmed"), Kind.SIGNING_IN
    ACCOUNT_FACTOR_ADD = (
        "account:factor:add",
        _("Second factor added"),
        _("%(who)s added a second factor"),
    )
    ACCOUNT_FACTOR_CHECK = (
        "account:factor:check",
        _("Own second factors checked"),
        _("%(who)s looked through their ways to sign in after a sign-in that was somebody else"),
    )
    ACCOUNT_FACTOR_FAIL = "account:factor:fail", _("Second factor refused"), Kind.REFUSING
    ACCOUNT_FACTOR_REMOVE = (
        "account:factor:remove",
        _("Second factor removed"),
        _("%(who)s removed a second factor"),
        Kind.ENDING,
    )
    ACCOUNT_FACTOR_RENAME = "account:factor:rename", _("Second factor renamed")
    ACCOUNT_FACTOR_RESET = (
        "account:factor:reset",
        _("Second factors reset"),
        _("%(who)s reset the second factors of %(name)s"),
    )
    ACCOUNT_FACTOR_RESET_ASK = (
        "account:factor:reset-ask",
        _("Reset of second factors asked for"),
        _("%(who)s asked to reset the second factors of %(name)s"),
    )
    ACCOUNT_FACTOR_RESET_CANCEL = (
        "account:factor:reset-cancel",
        _("Reset of factors cancelled"),
        _("%(who)s kept their second factors"),
    )
    ACCOUNT_FACTOR_VIEW = "account:factor:view", _("Own second factors viewed"), Kind.READING
    ACCOUNT_PASSWORD_CHANGE = (
        "account:password:change",
        _("Password changed"),
        _("%(who)s changed their password"),
    )
    ACCOUNT_PASSWORD_RESET = (
        "account:password:reset",
        _("Password reset by link"),
        _("%(who)s set a new password by link"),
    )
    ACCOUNT_PASSWORD_RESET_BY_OPERATOR = (
        "account:password:reset-by-operator",
        _("Password reset by a link of the operator"),
        _("A new password for %(who)s was set by a link that the operator made"),
    )
    ACCOUNT_PASSWORD_RESET_SEND = (
        "account:password:reset-send",
        _("Password reset link given out"),
        _("%(who)s made a link for a new password of %(name)s"),
    )
    ACCOUNT_RECOVERY_CODES_MAKE = (
        "account:recovery-codes:create",
        _("Recovery codes made"),
        _("%(who)s made new recovery codes"),
        Kind.BEGINNING,
    )
    ACCOUNT_RECOVERY_CODE_USE = (
        "account:recovery-code:use",
        _("Recovery code used"),
        _("%(who)s used a recovery code"),
    )
    ACCOUNT_SESSION_END = "account:session:end", _("Session ended")
    ACCOUNT_SIGN_IN = (
        "account:sign-in:succeed",
        _("Signed in"),
        _("%(who)s signed in"),
        Kind.SIGNING_IN,
    )
    ACCOUNT_SIGN_IN_CONTINUE = (
        "account:sign-in:continue",
        _("Next step of a sign-in asked"),
        _("%(who)s was asked for the next step of a sign-in"),
        Kind.SIGNING_IN,
    )
    ACCOUNT_SIGN_IN_DISOWN = (
        "account:sign-in:disown",
        _("Sign-in reported as somebody else's"),
        _("%(who)s said that a sign-in was somebody else"),
    )
    ACCOUNT_SIGN_IN_FAIL = "account:sign-in:fail", _("Sign-in failed"), Kind.REFUSING
    ACCOUNT_SIGN_IN_NEW_PLACE = (
        "account:sign-in:new-place",
        _("Signed in from a new place"),
        Kind.SIGNING_IN,
    )
    ACCOUNT_SIGN_OUT = (
        "account:sign-out:succeed",
        _("Signed out"),
        _("%(who)s signed out"),
        Kind.SIGNING_IN,
    )
    ACCOUNT_VIEW = "account:account:view", _("Own account viewed"), Kind.READING
    MAIL_FAIL = (
        "mail:message:fail",
        _("Mail not sent"),
        _("A mail of %(who)s was not sent"),
        Kind.ENDING,
    )
    MAIL_KEPT_VIEW = (
        "mail:kept:view",
        _("Kept mail read"),
        _("%(who)s read the mail that no server has taken"),
        Kind.READING,
    )
    MAIL_SEND = "mail:message:send", _("Mail sent"), _("%(who)s sent a mail")
    STAFF_ADD = "staff:person:add", _("Staff added")
    STAFF_CHECK_CONFIRM = "staff:check:confirm", _("Background check confirmed")
    STAFF_CHECK_RECORD = "staff:check:record", _("Background check recorded")
    STAFF_DISABLE = "staff:person:disable", _("Staff disabled")
    STAFF_ENABLE = "staff:person:enable", _("Staff enabled")
    STAFF_ENROL = "staff:passkey:enrol", _("Passkey enrolled by staff link")
    STAFF_FAIL = "staff:sign-in:fail", _("Staff sign-in refused"), Kind.REFUSING
    STAFF_LAST_DAY = "staff:person:last-day", _("Last day of staff changed")
    STAFF_LINK = "staff:link:create", _("Staff link given out"), Kind.BEGINNING
    STAFF_LIST = "staff:person:list", _("Staff listed"), Kind.READING
    STAFF_SIGN_IN = "staff:sign-in:succeed", _("Staff signed in"), Kind.SIGNING_IN
    STAFF_SIGN_INS_VIEW = (
        "staff:sign-ins:view",
        _("Sign-ins of the platform viewed"),
        Kind.READING,
    )
    STAFF_SIGN_OUT = "staff:sign-out:succeed", _("Staff signed out"), Kind.SIGNING_IN


FEATURE = Feature(
    staff_navigation=(
        StaffItem(_("Overview"), "home", "staff:home", order=10),
        StaffItem(_("Attempts to sign in"), "history", "staff:sign-ins", order=20),
        StaffItem(_("Your passkeys"), "fingerprint", "staff:factors", order=90),
    ),
    actions=Action,
    staff_conditions=(
        "seatrobot.accounts.staff.conditions.enabled",
        "seatrobot.accounts.staff.conditions.not_ended",
        "seatrobot.accounts.staff.conditions.background_checked",
        "seatrobot.accounts.staff.conditions.passkey_fresh",
    ),
    areas={
        "account": Area(_("Signing in"), "login"),
        "mail": Area(_("Mail"), "mail"),
        "staff": Area(_("Staff"), "shield-lock"),
    },
)
