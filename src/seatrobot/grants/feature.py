"""What grants declares: journal actions, permissions, and what it answers to the kernel."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel import features
from seatrobot.kernel.features import ByStaff, Feature, StaffItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind
from seatrobot.kernel.retention import Retained
from seatrobot.kernel.staff.standing import GrantSource
from seatrobot.organizations.log.entries import Grounds
from seatrobot.organizations.permissions import ADMINISTRATORS, NOBODY


class Action(actions.Action):
    FIELD_UNMASK = (
        "support:field:unmask",
        _("Masked field shown to staff"),
        _("%(who)s had a masked field shown"),
    )
    COMMAND_ALLOW = (
        "support:command:allow",
        _("Code for a command on the server made"),
        _("%(who)s made a code with which a command may use their access"),
    )
    COMMAND_BEGIN = (
        "support:command:begin",
        _("Code for a command on the server used"),
        _("%(who)s let a command use access of %(name)s"),
    )
    COMMAND_RUN = (
        "support:command:run",
        _("Command run on the data"),
        _("%(who)s ran a command for %(name)s"),
    )
    GRANT_APPROVE = (
        "support:grant:approve",
        _("Support access approved"),
        _("%(who)s approved access of %(name)s"),
        Kind.BEGINNING,
    )
    GRANT_ASK = (
        "support:grant:ask",
        _("Support access asked for"),
        _("%(who)s asked for access"),
        Kind.BEGINNING,
    )
    GRANT_CANCEL = (
        "support:grant:cancel",
        _("Request for support access taken back"),
        _("%(who)s took back a request for access"),
        Kind.ENDING,
    )
    GRANT_CLOSE = (
        "support:grant:close",
        _("Support access closed: a condition lapsed"),
        _("%(who)s closed access of %(name)s, who does not fulfil every condition any more"),
        Kind.ENDING,
    )
    GRANT_DENY = (
        "support:grant:deny",
        _("Support access denied"),
        _("%(who)s denied access to %(name)s"),
        Kind.ENDING,
    )
    GRANT_END = (
        "support:grant:end",
        _("Support access ended by staff"),
        _("%(who)s ended their access"),
        Kind.ENDING,
    )
    GRANT_EXPIRE = (
        "support:grant:expire",
        _("Support access expired"),
        _("%(who)s noted that access of %(name)s has expired"),
        Kind.ENDING,
    )
    GRANT_EXPORT = (
        "support:grant:export",
        _("Support access exported"),
        _("%(who)s exported who of the staff had access"),
        Kind.EXPORTING,
    )
    GRANT_LAPSE = (
        "support:grant:lapse",
        _("Request for support access lapsed"),
        _("%(who)s noted that nobody answered a request of %(name)s"),
        Kind.ENDING,
    )
    GRANT_OPEN = (
        "support:grant:open",
        _("Support access opened"),
        _("Access of %(name)s was opened"),
        Kind.BEGINNING,
    )
    GRANT_REFUSE = (
        "support:grant:refuse",
        _("Decision on support access refused"),
        _("%(who)s tried what cannot be done with a grant"),
        Kind.ENDING,
    )
    GRANT_REVIEW = (
        "support:grant:review",
        _("Support access reviewed"),
        _("%(who)s reviewed access of %(name)s"),
    )
    GRANT_VIEW = (
        "support:grant:view",
        _("Support access looked at"),
        _("%(who)s looked at support access"),
        Kind.READING,
    )
    GRANT_WITHDRAW = (
        "support:grant:withdraw",
        _("Support access withdrawn"),
        _("%(who)s withdrew access of %(name)s"),
        Kind.ENDING,
    )
    SETTING_APPROVE = (
        "support:setting:approve",
        _("Support access to be approved first"),
        _("%(who)s had support access wait for approval"),
    )
    SETTING_NOTIFY = (
        "support:setting:notify",
        _("Support access to open at once"),
        _("%(who)s had support access open without approval"),
    )


class Permission(features.Permission):
    GRANT_DECIDE = "support:grant:decide", ADMINISTRATORS
    GRANT_VIEW = "support:grant:view", ADMINISTRATORS
    FIELD_UNMASK = "support:field:unmask", NOBODY, ByStaff.READING


FEATURE = Feature(
    actions=Action,
    permissions=Permission,
    staff_navigation=(
        StaffItem(label=_("Support access"), icon="key", url="staff-grants:list", order=20),
    ),
    extends={
        GrantSource: "seatrobot.grants.known.KnownGrants",
        Grounds: "seatrobot.grants.reading.GrantGrounds",
        Retained: "seatrobot.grants.reading.GrantsRetained",
    },
)
