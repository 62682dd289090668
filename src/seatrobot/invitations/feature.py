"""What invitations declares: journal actions, permissions, navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.deletion.knowing import KnowsPeople
from seatrobot.events.overview import OverviewCard
from seatrobot.kernel import features
from seatrobot.kernel.features import Area, Feature, NavItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind
from seatrobot.organizations.permissions import ADMINISTRATORS, MANAGERS, VIEWERS
from seatrobot.replies.hooks import ReplyTold


class Action(actions.Action):
    DELIVERY_SEND = (
        "invitation:delivery:send",
        _("Mail to guests handed to the mail server"),
        _("%(who)s handed mail to guests to the mail server"),
    )
    DELIVERY_VIEW = (
        "invitation:delivery:view",
        _("Deliveries of mail viewed"),
        _("%(who)s looked at what became of mail to guests"),
        Kind.READING,
    )
    MAILING_CREATE = (
        "invitation:mailing:create",
        _("Mailing to guests started"),
        _("%(who)s sent a message to guests of %(event)s"),
        Kind.BEGINNING,
    )
    MAILING_STOP = (
        "invitation:mailing:stop",
        _("Mailing to guests stopped"),
        _("%(who)s stopped a mailing to guests of %(event)s"),
    )
    MESSAGE_CHANGE = (
        "invitation:message:change",
        _("Message to guests changed"),
        _("%(who)s changed a message to guests"),
    )
    MESSAGE_CREATE = (
        "invitation:message:create",
        _("Message to guests written"),
        _("%(who)s began a message to guests"),
        Kind.BEGINNING,
    )
    MESSAGE_REMOVE = (
        "invitation:message:remove",
        _("Message to guests removed"),
        _("%(who)s removed a message to guests"),
        Kind.ENDING,
    )
    MESSAGE_VIEW = (
        "invitation:message:view",
        _("Messages to guests viewed"),
        _("%(who)s looked at messages to guests"),
        Kind.READING,
    )
    REPORT_TAKE = (
        "invitation:report:take",
        _("Report of a mail server taken"),
        _("%(who)s took a report of a mail server about mail to a guest"),
    )
    SENDER_CHANGE = (
        "invitation:sender:change",
        _("Sender of mail to guests changed"),
        _("%(who)s changed the sender of mail to guests"),
    )
    SENDER_VIEW = (
        "invitation:sender:view",
        _("Sender of mail to guests viewed"),
        _("%(who)s looked at the sender of mail to guests"),
        Kind.READING,
    )
    SUPPRESSION_ADD = (
        "invitation:suppression:add",
        _("Address gets no mail any more"),
        _("%(who)s noted that an address gets no mail any more"),
        Kind.ENDING,
    )
    SUPPRESSION_LIFT = (
        "invitation:suppression:lift",
        _("Address gets mail again"),
        _("%(who)s noted that an address gets mail again"),
    )


class Permission(features.Permission):
    MAILING_SEND = "invitation:mailing:send", MANAGERS
    MESSAGE_CHANGE = "invitation:message:change", MANAGERS
    MESSAGE_VIEW = "invitation:message:view", VIEWERS
    SENDER_CHANGE = "invitation:sender:change", ADMINISTRATORS


FEATURE = Feature(
    actions=Action,
    permissions=Permission,
    areas={"invitation": Area(_("Mail to guests"), "mail")},
    extends={
        KnowsPeople: "seatrobot.invitations.extensions.KnowsSuppressions",
        ReplyTold: "seatrobot.invitations.telling.Told",
        OverviewCard: "seatrobot.invitations.extensions.InvitationsPart",
    },
    navigation=(
        NavItem(
            section="guest-mail",
            label=_("Mail to guests"),
            icon="mail-forward",
            url="guest-mail:sender",
            permission=Permission.SENDER_CHANGE,
            order=22,
            covers=("guest-mail",),
        ),
    ),
    event_navigation=(
        NavItem(
            section="invitations",
            label=_("Invitations"),
            icon="mail",
            url="invitations:overview",
            permission=Permission.MESSAGE_VIEW,
            order=24,
            covers=("invitations",),
        ),
    ),
)
