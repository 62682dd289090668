"""Who did what, as a sentence, for each action of the journal."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.kernel.journal.actions import Action, sentence_of

PHRASES: dict[str, Promise] = {
    Action.ACCOUNT_FACTOR_ADD: gettext_lazy("%(who)s added a second factor"),
    Action.ACCOUNT_FACTOR_CHECK: gettext_lazy(
        "%(who)s looked through their ways to sign in after a sign-in that was somebody else"
    ),
    Action.ACCOUNT_FACTOR_REMOVE: gettext_lazy("%(who)s removed a second factor"),
    Action.ACCOUNT_FACTOR_RESET: gettext_lazy("%(who)s reset the second factors of %(name)s"),
    Action.ACCOUNT_FACTOR_RESET_ASK: gettext_lazy(
        "%(who)s asked to reset the second factors of %(name)s"
    ),
    Action.ACCOUNT_FACTOR_RESET_CANCEL: gettext_lazy("%(who)s kept their second factors"),
    Action.ACCOUNT_RECOVERY_CODES_MAKE: gettext_lazy("%(who)s made new recovery codes"),
    Action.ACCOUNT_RECOVERY_CODE_USE: gettext_lazy("%(who)s used a recovery code"),
    Action.ACCOUNT_PASSWORD_CHANGE: gettext_lazy("%(who)s changed their password"),
    Action.ACCOUNT_PASSWORD_RESET: gettext_lazy("%(who)s set a new password by link"),
    Action.ACCOUNT_SIGN_IN: gettext_lazy("%(who)s signed in"),
    Action.ACCOUNT_SIGN_IN_DISOWN: gettext_lazy("%(who)s said that a sign-in was somebody else"),
    Action.ACCOUNT_SIGN_OUT: gettext_lazy("%(who)s signed out"),
    Action.CHECKIN_DOOR_VIEW: gettext_lazy("%(who)s opened the door page"),
    Action.CHECKIN_GUEST_CHECK_IN: gettext_lazy("%(who)s checked a guest in"),
    Action.CHECKIN_GUEST_SEARCH: gettext_lazy("%(who)s searched guests at the door"),
    Action.CHECKIN_GUEST_UNDO: gettext_lazy("%(who)s took a check-in back"),
    Action.EVENT_CHANGE: gettext_lazy("%(who)s changed %(event)s"),
    Action.EVENT_CREATE: gettext_lazy("%(who)s created %(event)s"),
    Action.EVENT_DELETE: gettext_lazy("%(who)s deleted %(event)s"),
    Action.EVENT_LIST: gettext_lazy("%(who)s looked at the list of events"),
    Action.EVENT_VIEW: gettext_lazy("%(who)s looked at %(event)s"),
    Action.GUEST_CHANGE: gettext_lazy("%(who)s changed a guest"),
    Action.GUEST_CREATE: gettext_lazy("%(who)s added a guest"),
    Action.GUEST_EXPORT: gettext_lazy("%(who)s exported the guest list"),
    Action.GUEST_IMPORT: gettext_lazy("%(who)s imported guests"),
    Action.GUEST_IMPORT_PREVIEW: gettext_lazy("%(who)s previewed an import of guests"),
    Action.GUEST_LIST: gettext_lazy("%(who)s looked at the guest list"),
    Action.GUEST_REMOVE: gettext_lazy("%(who)s removed a guest"),
    Action.GUEST_STATUS: gettext_lazy("%(who)s changed the status of a guest"),
    Action.GUEST_TAG: gettext_lazy("%(who)s changed the tags of a guest"),
    Action.GUEST_VIEW: gettext_lazy("%(who)s looked at a guest"),
    Action.HOOK_ADD: gettext_lazy("%(who)s added a webhook"),
    Action.HOOK_DELIVER: gettext_lazy("%(who)s posted to a webhook"),
    Action.HOOK_DISABLE: gettext_lazy("%(who)s switched off a webhook that failed"),
    Action.HOOK_REMOVE: gettext_lazy("%(who)s removed a webhook"),
    Action.HOOK_TEST: gettext_lazy("%(who)s sent a test to a webhook"),
    Action.JOURNAL_EXPORT: gettext_lazy("%(who)s exported the access log"),
    Action.JOURNAL_VIEW: gettext_lazy("%(who)s looked at the access log"),
    Action.JOURNAL_SIGN_INS_EXPORT: gettext_lazy("%(who)s exported the sign-ins"),
    Action.JOURNAL_SIGN_INS_VIEW: gettext_lazy("%(who)s looked at the sign-ins"),
    Action.MAIL_SENT_VIEW: gettext_lazy("%(who)s looked at the sent mail"),
    Action.MAIL_SEND: gettext_lazy("%(who)s sent a mail"),
    Action.MEMBER_CHANGE: gettext_lazy("%(who)s changed what %(name)s may do"),
    Action.MEMBER_INVITE: gettext_lazy("%(who)s invited %(name)s"),
    Action.MEMBER_INVITE_RESEND: gettext_lazy("%(who)s sent the invitation to %(name)s again"),
    Action.MEMBER_INVITE_VIEW: gettext_lazy("%(name)s opened the invitation"),
    Action.MEMBER_INVITE_WITHDRAW: gettext_lazy("%(who)s withdrew the invitation to %(name)s"),
    Action.MEMBER_JOIN: gettext_lazy("%(name)s joined the organization"),
    Action.MEMBER_LIST: gettext_lazy("%(who)s looked at the members"),
    Action.MEMBER_REMOVE: gettext_lazy("%(who)s removed %(name)s"),
    Action.MEMBER_SIGN_OUT: gettext_lazy("%(who)s signed %(name)s out"),
    Action.ORGANIZATION_CHANGE: gettext_lazy("%(who)s changed the organization"),
    Action.ORGANIZATION_CREATE: gettext_lazy("%(who)s set up the organization"),
    Action.ORGANIZATION_TRANSFER: gettext_lazy("%(who)s handed the organization to %(name)s"),
    Action.ORGANIZATION_VIEW: gettext_lazy("%(who)s looked at the settings"),
    Action.PRACTICES_MAIL: gettext_lazy("%(who)s switched mail of the practices on or off"),
    Action.PRACTICES_VIEW: gettext_lazy("%(who)s looked at the practices"),
    Action.SEATING_CONTRADICTION: gettext_lazy(
        "%(who)s asked the robot to seat the guests; it found a contradiction"
    ),
    Action.SEATING_EXPORT: gettext_lazy("%(who)s exported the seating plan"),
    Action.SEATING_LOCK: gettext_lazy("%(who)s locked or unlocked a guest at a table"),
    Action.SEATING_MOVE: gettext_lazy("%(who)s moved a guest"),
    Action.SEATING_PROPOSE: gettext_lazy("%(who)s had the robot seat the guests"),
    Action.SEATING_REDO: gettext_lazy("%(who)s did a seating change again"),
    Action.SEATING_RULE_CHANGE: gettext_lazy("%(who)s changed a seating rule"),
    Action.SEATING_RULE_CREATE: gettext_lazy("%(who)s added a seating rule"),
    Action.SEATING_RULE_REMOVE: gettext_lazy("%(who)s removed a seating rule"),
    Action.SEATING_TABLE_CHANGE: gettext_lazy("%(who)s changed a table"),
    Action.SEATING_TABLE_CREATE: gettext_lazy("%(who)s added tables"),
    Action.SEATING_TABLE_REMOVE: gettext_lazy("%(who)s removed a table"),
    Action.SEATING_UNDO: gettext_lazy("%(who)s took a seating change back"),
    Action.SEATING_VIEW: gettext_lazy("%(who)s looked at the seating plan"),
    Action.SECURITY_CHANGE: gettext_lazy("%(who)s changed the security settings"),
    Action.SECURITY_REFUSE: gettext_lazy("%(who)s was kept out by the security settings"),
    Action.SECURITY_SIGN_OUT: gettext_lazy("%(who)s signed everybody out"),
    Action.SECURITY_VIEW: gettext_lazy("%(who)s looked at the security settings"),
    Action.VAULT_OPEN: gettext_lazy("%(who)s read sealed data"),
}


def phrase(action: str, who: str, name: str, event: str) -> str:
    """Return one sentence without a full stop; `name` and `event` may be empty."""
    words = {
        "who": who,
        "name": name or _("a person"),
        "event": event or _("an event"),
        "what": sentence_of(action),
    }
    text = str(PHRASES.get(action) or _("%(who)s: %(what)s"))
    act = text % words
    if not event or "%(event)s" in text:
        return act
    return _("%(act)s in %(event)s") % {"act": act, "event": event}
