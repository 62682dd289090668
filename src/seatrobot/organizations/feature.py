"""What organizations declares: journal actions, permissions, navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel import features
from seatrobot.kernel.features import Area, ByStaff, Feature, NavItem, StaffItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind
from seatrobot.kernel.retention import Retained
from seatrobot.organizations.permissions import ADMINISTRATORS, EVERYBODY, OWNER


class Action(actions.Action):
    DATA_PURGE = (
        "organization:data:purge",
        _("Old records deleted"),
        _("%(who)s deleted records that were kept long enough"),
        Kind.ENDING,
    )
    JOURNAL_EXPORT = (
        "journal:log:export",
        _("Access log exported"),
        _("%(who)s exported the access log"),
        Kind.EXPORTING,
    )
    JOURNAL_SIGN_INS_EXPORT = (
        "journal:sign-ins:export",
        _("Sign-ins exported"),
        _("%(who)s exported the sign-ins"),
        Kind.EXPORTING,
    )
    JOURNAL_SIGN_INS_VIEW = (
        "journal:sign-ins:view",
        _("Sign-ins viewed"),
        _("%(who)s looked at the sign-ins"),
        Kind.READING,
    )
    JOURNAL_VIEW = (
        "journal:log:view",
        _("Access log viewed"),
        _("%(who)s looked at the access log"),
        Kind.READING,
    )
    MAIL_SENT_VIEW = (
        "mail:sent:view",
        _("Sent mail viewed"),
        _("%(who)s looked at the sent mail"),
        Kind.READING,
    )
    MEMBER_CHANGE = (
        "organization:member:change",
        _("Member changed"),
        _("%(who)s changed what %(name)s may do"),
    )
    MEMBER_INVITE = (
        "organization:member:invite",
        _("Member invited"),
        _("%(who)s invited %(name)s"),
        Kind.BEGINNING,
    )
    MEMBER_INVITE_RESEND = (
        "organization:member:invite-resend",
        _("Invitation sent again"),
        _("%(who)s sent the invitation to %(name)s again"),
    )
    MEMBER_INVITE_VIEW = (
        "organization:member:invite-view",
        _("Invitation opened"),
        _("%(name)s opened the invitation"),
        Kind.READING,
    )
    MEMBER_INVITE_WITHDRAW = (
        "organization:member:invite-withdraw",
        _("Invitation withdrawn"),
        _("%(who)s withdrew the invitation to %(name)s"),
        Kind.ENDING,
    )
    MEMBER_JOIN = (
        "organization:member:join",
        _("Member joined"),
        _("%(name)s joined the organization"),
        Kind.BEGINNING,
    )
    MEMBER_LIST = (
        "organization:member:list",
        _("Members listed"),
        _("%(who)s looked at the members"),
        Kind.READING,
    )
    MEMBER_REMOVE = (
        "organization:member:remove",
        _("Member removed"),
        _("%(who)s removed %(name)s"),
        Kind.ENDING,
    )
    MEMBER_SIGN_OUT = (
        "organization:member:sign-out",
        _("Member signed out"),
        _("%(who)s signed %(name)s out"),
    )
    ORGANIZATION_CHANGE = (
        "organization:organization:change",
        _("Organization changed"),
        _("%(who)s changed the organization"),
    )
    ORGANIZATION_CREATE = (
        "organization:organization:create",
        _("Organization created"),
        _("%(who)s set up the organization"),
        Kind.BEGINNING,
    )
    ORGANIZATION_LINK = (
        "organization:organization:link",
        _("Link to set up an organization given out"),
        _("%(who)s gave out a link to set up an organization"),
        Kind.BEGINNING,
    )
    ORGANIZATION_LIST = (
        "organization:organization:list",
        _("Organizations of the instance listed"),
        _("%(who)s listed the organizations of the instance"),
        Kind.READING,
    )
    ORGANIZATION_TRANSFER = (
        "organization:organization:transfer",
        _("Ownership transferred"),
        _("%(who)s handed the organization to %(name)s"),
    )
    ORGANIZATION_VIEW = (
        "organization:organization:view",
        _("Organization viewed"),
        _("%(who)s looked at the settings"),
        Kind.READING,
    )
    OWN_KEY_ADOPT = (
        "organization:own-key:adopt",
        _("Sheet of an own key made"),
        _("%(who)s made a sheet that can lock the organization"),
        Kind.BEGINNING,
    )
    OWN_KEY_GIVE_UP = (
        "organization:own-key:give-up",
        _("Own key given up"),
        _("%(who)s gave the organization's own key up"),
    )
    OWN_KEY_HOLD = (
        "organization:own-key:hold",
        _("Own key in a key service put in force"),
        _("%(who)s had everything opened by a key in the organization's own key service, too"),
        Kind.BEGINNING,
    )
    OWN_KEY_LOCK = (
        "organization:own-key:lock",
        _("Organization locked"),
        _("%(who)s locked everything of the organization with its own key"),
        Kind.ENDING,
    )
    OWN_KEY_NOT_LOCKED = (
        "organization:own-key:not-locked",
        _("Organization not locked"),
        _("%(who)s was to lock everything of the organization, and nothing was locked"),
    )
    OWN_KEY_RENEW = (
        "organization:own-key:renew",
        _("Credentials for the key service replaced"),
        _("%(who)s replaced the credentials for the key service that holds the own key"),
    )
    OWN_KEY_TRY = (
        "organization:own-key:try",
        _("Sheet of the own key tried"),
        _("%(who)s tried the sheet of the organization's own key"),
    )
    OWN_KEY_UNLOCK = (
        "organization:own-key:unlock",
        _("Organization unlocked"),
        _("%(who)s unlocked the organization with its own key"),
        Kind.BEGINNING,
    )
    OWN_KEY_VIEW = (
        "organization:own-key:view",
        _("Own key viewed"),
        _("%(who)s looked at who can open the organization's data"),
        Kind.READING,
    )
    SECURITY_CHANGE = (
        "organization:security:change",
        _("Security settings changed"),
        _("%(who)s changed the security settings"),
    )
    SECURITY_REFUSE = (
        "organization:security:refuse",
        _("Kept out by the security settings"),
        _("%(who)s was kept out by the security settings"),
    )
    SECURITY_SIGN_OUT = (
        "organization:security:sign-out",
        _("Everybody signed out"),
        _("%(who)s signed everybody out"),
    )
    SECURITY_VIEW = (
        "organization:security:view",
        _("Security settings viewed"),
        _("%(who)s looked at the security settings"),
        Kind.READING,
    )


class Permission(features.Permission):
    JOURNAL_EXPORT = "journal:log:export", ADMINISTRATORS
    JOURNAL_VIEW = "journal:log:view", ADMINISTRATORS, ByStaff.EVERYWHERE
    MAIL_SENT_VIEW = "mail:sent:view", ADMINISTRATORS
    MEMBER_CHANGE = "organization:member:change", ADMINISTRATORS
    MEMBER_VIEW = "organization:member:view", ADMINISTRATORS
    ORGANIZATION_CHANGE = "organization:organization:change", ADMINISTRATORS
    ORGANIZATION_ENTER = "organization:organization:enter", EVERYBODY, ByStaff.READING
    ORGANIZATION_TRANSFER = "organization:organization:transfer", OWNER
    OWN_KEY_CHANGE = "organization:own-key:change", OWNER
    PRACTICES_VIEW = "organization:practices:view", ADMINISTRATORS
    SIGN_INS_VIEW = "journal:sign-ins:view", ADMINISTRATORS


FEATURE = Feature(
    staff_navigation=(
        StaffItem(
            label=_("Organizations"), icon="building", url="staff-organizations:list", order=30
        ),
    ),
    actions=Action,
    permissions=Permission,
    extends={Retained: "seatrobot.organizations.retention.OrganizationRetained"},
    areas={
        "journal": Area(_("Access log"), "history"),
        "organization": Area(_("Organization and members"), "building"),
    },
    navigation=(
        NavItem(
            section="members",
            label=_("Members"),
            icon="users-group",
            url="organizations:members",
            permission=Permission.MEMBER_VIEW,
            order=20,
            covers=("organizations:invite", "organizations:member", "organizations:transfer"),
        ),
        NavItem(
            section="log",
            label=_("Access log"),
            icon="history",
            url="organizations:log",
            permission=Permission.JOURNAL_VIEW,
            order=30,
            covers=("organizations:log-sign-ins", "organizations:log-proof"),
        ),
        NavItem(
            section="sent-mail",
            label=_("Sent mail"),
            icon="mail",
            url="organizations:sent-mail",
            permission=Permission.MAIL_SENT_VIEW,
            order=50,
        ),
        NavItem(
            section="settings",
            label=_("Settings"),
            icon="settings",
            url="organizations:settings",
            permission=Permission.ORGANIZATION_CHANGE,
            order=60,
            covers=("organizations:security", "organizations:own-key", "grants"),
        ),
    ),
)
