"""What replies declares: journal actions, permissions, navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel import features
from seatrobot.kernel.features import Area, Feature, NavItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind
from seatrobot.organizations.permissions import MANAGERS, NOBODY, VIEWERS


class Action(actions.Action):
    ANSWER = "reply:answer:record", _("Answer recorded"), _("%(who)s recorded an answer")
    ANSWER_LIST = (
        "reply:answer:list",
        _("Answers viewed"),
        _("%(who)s looked at the answers of guests"),
        Kind.READING,
    )
    CORRECTION = (
        "reply:correction:ask",
        _("Correction asked for"),
        _("%(who)s asked for a correction or erasure"),
    )
    LINK_ISSUE = (
        "reply:link:issue",
        _("Guest's link issued"),
        _("%(who)s issued a link with which guests answer"),
    )
    LINK_REVOKE = (
        "reply:link:revoke",
        _("Guest's link revoked"),
        _("%(who)s revoked a link with which guests answer"),
        Kind.ENDING,
    )
    PAGE_CHANGE = (
        "reply:page:change",
        _("Guests' page changed"),
        _("%(who)s changed the page on which guests answer"),
    )
    PAGE_VIEW = (
        "reply:page:view",
        _("Invitation opened"),
        _("%(who)s opened an invitation"),
        Kind.READING,
    )
    PLACE_GIVE = (
        "reply:place:give",
        _("Place given from the waiting list"),
        _("%(who)s gave places to a party on the waiting list"),
    )
    PLACE_WAIT = (
        "reply:place:wait",
        _("Party put on the waiting list"),
        _("%(who)s put a party on the waiting list"),
    )


class Permission(features.Permission):
    REPLY = "reply:party:answer", NOBODY
    REPLY_MANAGE = "reply:page:manage", MANAGERS
    REPLY_VIEW = "reply:answer:view", VIEWERS


FEATURE = Feature(
    actions=Action,
    permissions=Permission,
    areas={"reply": Area(_("Answers"), "mail-check")},
    event_navigation=(
        NavItem(
            section="replies",
            label=_("Answers"),
            icon="mail-check",
            url="replies-team:answers",
            permission=Permission.REPLY_VIEW,
            order=25,
            covers=("replies-team",),
        ),
    ),
)
