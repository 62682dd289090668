"""What practices declares: journal actions, navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.examined import MadeForExaminations
from seatrobot.kernel.features import Feature, NavItem, StaffItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind
from seatrobot.organizations.feature import Permission as OrganizationPermission


class Action(actions.Action):
    CHANGES_TELL = "promise:change:announce", _("Changes of state announced")
    HOOK_ADD = (
        "organization:webhook:create",
        _("Webhook added"),
        _("%(who)s added a webhook"),
        Kind.BEGINNING,
    )
    HOOK_DELIVER = (
        "organization:webhook:deliver",
        _("Change posted to a webhook"),
        _("%(who)s posted to a webhook"),
    )
    HOOK_DISABLE = (
        "organization:webhook:fail",
        _("Webhook switched off after failures"),
        _("%(who)s switched off a webhook that failed"),
        Kind.ENDING,
    )
    HOOK_REMOVE = (
        "organization:webhook:remove",
        _("Webhook removed"),
        _("%(who)s removed a webhook"),
        Kind.ENDING,
    )
    HOOK_TEST = (
        "organization:webhook:test",
        _("Webhook tested"),
        _("%(who)s sent a test to a webhook"),
    )
    PRACTICES_MAIL = (
        "organization:practices:mail",
        _("Mail of the practices switched"),
        _("%(who)s switched mail of the practices on or off"),
    )
    PRACTICES_VIEW = (
        "organization:practices:view",
        _("Own practices viewed"),
        _("%(who)s looked at the practices"),
        Kind.READING,
    )
    PROMISE_VIEW = "promise:evidence:view", _("Evidence viewed by staff"), Kind.READING
    SIGN_INS_COUNT = "promise:sign-ins:count", _("Sign-ins of an hour counted")
    SUBSCRIPTION_ALIVE = "promise:subscription:alive", _("Subscriber told that all is alive")
    SUBSCRIPTION_ASK = "promise:subscription:ask", _("Subscription asked for")
    SUBSCRIPTION_ASK_MAIL = "promise:subscription:ask-mail", _("Subscription to be confirmed")
    SUBSCRIPTION_CHANGE = "promise:subscription:change", _("Subscription changed")
    SUBSCRIPTION_CONFIRM = "promise:subscription:confirm", _("Subscription confirmed")
    SUBSCRIPTION_LEAVE = "promise:subscription:leave", _("Subscription ended")
    SUBSCRIPTION_MAIL = "promise:subscription:mail", _("Subscriber told of changes")
    SUBSCRIPTION_VIEW = "promise:subscription:view", _("Subscription viewed"), Kind.READING


FEATURE = Feature(
    extends={MadeForExaminations: "seatrobot.practices.examined.ProbeMade"},
    staff_navigation=(StaffItem(_("Promises"), "shield-check", "staff-promises:list", order=40),),
    actions=Action,
    navigation=(
        NavItem(
            section="practices",
            label=_("Practices"),
            icon="shield-check",
            url="organization-practices:overview",
            permission=OrganizationPermission.PRACTICES_VIEW,
            order=40,
            covers=("organization-practices",),
        ),
    ),
)
