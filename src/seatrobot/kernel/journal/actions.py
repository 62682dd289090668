"""Every action the journal knows, sorted: `scope:resource:action`, with its sentence."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Action(StrEnum):
    sentence: Promise

    def __new__(cls, value: str, sentence: Promise) -> "Action":
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member

    ACCOUNT_CHANGE = "account:account:change", _("Account changed")
    ACCOUNT_CONFIRM = "account:identity:confirm", _("Identity confirmed")
    ACCOUNT_FACTOR_ADD = "account:factor:add", _("Second factor added")
    ACCOUNT_FACTOR_CHECK = "account:factor:check", _("Own second factors checked")
    ACCOUNT_FACTOR_FAIL = "account:factor:fail", _("Second factor refused")
    ACCOUNT_FACTOR_REMOVE = "account:factor:remove", _("Second factor removed")
    ACCOUNT_FACTOR_RENAME = "account:factor:rename", _("Second factor renamed")
    ACCOUNT_FACTOR_RESET = "account:factor:reset", _("Second factors reset")
    ACCOUNT_FACTOR_RESET_ASK = "account:factor:reset-ask", _("Reset of second factors asked for")
    ACCOUNT_FACTOR_RESET_CANCEL = "account:factor:reset-cancel", _("Reset of factors cancelled")
    ACCOUNT_FACTOR_VIEW = "account:factor:view", _("Own second factors viewed")
    ACCOUNT_PASSWORD_CHANGE = "account:password:change", _("Password changed")
    ACCOUNT_PASSWORD_RESET = "account:password:reset", _("Password reset by link")
    ACCOUNT_PASSWORD_RESET_SEND = "account:password:reset-send", _("Password reset link given out")
    ACCOUNT_RECOVERY_CODES_MAKE = "account:recovery-codes:create", _("Recovery codes made")
    ACCOUNT_RECOVERY_CODE_USE = "account:recovery-code:use", _("Recovery code used")
    ACCOUNT_SESSION_END = "account:session:end", _("Session ended")
    ACCOUNT_SIGN_IN = "account:sign-in:succeed", _("Signed in")
    ACCOUNT_SIGN_IN_DISOWN = "account:sign-in:disown", _("Sign-in reported as somebody else's")
    ACCOUNT_SIGN_IN_FAIL = "account:sign-in:fail", _("Sign-in failed")
    ACCOUNT_SIGN_IN_NEW_PLACE = "account:sign-in:new-place", _("Signed in from a new place")
    ACCOUNT_SIGN_OUT = "account:sign-out:succeed", _("Signed out")
    ACCOUNT_VIEW = "account:account:view", _("Own account viewed")
    CHECKIN_GUEST_CHECK_IN = "checkin:guest:check-in", _("Guest checked in")
    CHECKIN_GUEST_SEARCH = "checkin:guest:search", _("Guests searched at the door")
    CHECKIN_GUEST_UNDO = "checkin:guest:undo", _("Check-in taken back")
    CHECKIN_DOOR_VIEW = "checkin:door:view", _("Door opened")
    EVENT_CHANGE = "event:event:change", _("Event changed")
    EVENT_CREATE = "event:event:create", _("Event created")
    EVENT_DELETE = "event:event:delete", _("Event deleted")
    EVENT_LIST = "event:event:list", _("Events listed")
    EVENT_VIEW = "event:event:view", _("Event viewed")
    GUEST_CHANGE = "guest:guest:change", _("Guest changed")
    GUEST_CREATE = "guest:guest:create", _("Guest added")
    GUEST_EXPORT = "guest:list:export", _("Guest list exported")
    GUEST_IMPORT = "guest:list:import", _("Guest list imported")
    GUEST_IMPORT_PREVIEW = "guest:list:import-preview", _("Guest list import previewed")
    GUEST_LIST = "guest:list:view", _("Guest list viewed")
    GUEST_REMOVE = "guest:guest:remove", _("Guest removed")
    GUEST_STATUS = "guest:guest:status", _("Guest status changed")
    GUEST_TAG = "guest:guest:tag", _("Guest tags changed")
    GUEST_VIEW = "guest:guest:view", _("Guest viewed")
    JOURNAL_EXPORT = "journal:log:export", _("Access log exported")
    JOURNAL_VIEW = "journal:log:view", _("Access log viewed")
    JOURNAL_SIGN_INS_EXPORT = "journal:sign-ins:export", _("Sign-ins exported")
    JOURNAL_SIGN_INS_VIEW = "journal:sign-ins:view", _("Sign-ins viewed")
    MAIL_SENT_VIEW = "mail:sent:view", _("Sent mail viewed")
    MAIL_SEND = "mail:message:send", _("Mail sent")
    MEMBER_CHANGE = "organization:member:change", _("Member changed")
    MEMBER_INVITE = "organization:member:invite", _("Member invited")
    MEMBER_INVITE_RESEND = "organization:member:invite-resend", _("Invitation sent again")
    MEMBER_INVITE_VIEW = "organization:member:invite-view", _("Invitation opened")
    MEMBER_INVITE_WITHDRAW = "organization:member:invite-withdraw", _("Invitation withdrawn")
    MEMBER_JOIN = "organization:member:join", _("Member joined")
    MEMBER_LIST = "organization:member:list", _("Members listed")
    MEMBER_REMOVE = "organization:member:remove", _("Member removed")
    MEMBER_SIGN_OUT = "organization:member:sign-out", _("Member signed out")
    ORGANIZATION_CHANGE = "organization:organization:change", _("Organization changed")
    ORGANIZATION_CREATE = "organization:organization:create", _("Organization created")
    ORGANIZATION_TRANSFER = "organization:organization:transfer", _("Ownership transferred")
    ORGANIZATION_VIEW = "organization:organization:view", _("Organization viewed")
    SECURITY_CHANGE = "organization:security:change", _("Security settings changed")
    SECURITY_REFUSE = "organization:security:refuse", _("Kept out by the security settings")
    SECURITY_SIGN_OUT = "organization:security:sign-out", _("Everybody signed out")
    SECURITY_VIEW = "organization:security:view", _("Security settings viewed")
    SEATING_CONTRADICTION = "seating:plan:contradict", _("Robot found a contradiction")
    SEATING_EXPORT = "seating:plan:export", _("Seating plan exported")
    SEATING_LOCK = "seating:guest:lock", _("Guest locked or unlocked at a table")
    SEATING_MOVE = "seating:guest:move", _("Guest moved to another seat")
    SEATING_PROPOSE = "seating:plan:propose", _("Robot seated the guests")
    SEATING_RULE_CHANGE = "seating:rule:change", _("Seating rule changed")
    SEATING_RULE_CREATE = "seating:rule:create", _("Seating rule added")
    SEATING_RULE_REMOVE = "seating:rule:remove", _("Seating rule removed")
    SEATING_TABLE_CHANGE = "seating:table:change", _("Table changed")
    SEATING_TABLE_CREATE = "seating:table:create", _("Tables added")
    SEATING_TABLE_REMOVE = "seating:table:remove", _("Table removed")
    SEATING_UNDO = "seating:plan:undo", _("Seating change taken back")
    SEATING_REDO = "seating:plan:redo", _("Seating change done again")
    SEATING_VIEW = "seating:plan:view", _("Seating plan viewed")
    VAULT_OPEN = "vault:keyring:open", _("Sealed data read")


def sentence_of(value: str) -> str:
    """Return the sentence of an action as stored; one that is no longer known stands for itself."""
    known = Action._value2member_map_.get(value)
    return str(known.sentence) if isinstance(known, Action) else value
