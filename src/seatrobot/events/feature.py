"""What events declares: journal actions, permissions, navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel import features
from seatrobot.kernel.features import Area, ByStaff, Feature, NavItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind
from seatrobot.organizations.event_titles import EventTitles
from seatrobot.organizations.feature import Permission as OrganizationPermission
from seatrobot.organizations.permissions import MANAGERS, TEAM, VIEWERS


class Action(actions.Action):
    ACTIVITY_CHANGE = (
        "event:activity:change",
        _("Activity changed"),
        _("%(who)s changed an activity of %(event)s"),
    )
    ACTIVITY_CREATE = (
        "event:activity:create",
        _("Activity added"),
        _("%(who)s added an activity to %(event)s"),
        Kind.BEGINNING,
    )
    ACTIVITY_REMOVE = (
        "event:activity:remove",
        _("Activity removed"),
        _("%(who)s removed an activity of %(event)s"),
        Kind.ENDING,
    )
    EVENT_CHANGE = "event:event:change", _("Event changed"), _("%(who)s changed %(event)s")
    EVENT_CREATE = (
        "event:event:create",
        _("Event created"),
        _("%(who)s created %(event)s"),
        Kind.BEGINNING,
    )
    EVENT_DELETE = (
        "event:event:delete",
        _("Event deleted"),
        _("%(who)s deleted %(event)s"),
        Kind.ENDING,
    )
    EVENT_LIST = (
        "event:event:list",
        _("Events listed"),
        _("%(who)s looked at the list of events"),
        Kind.READING,
    )
    EVENT_VIEW = (
        "event:event:view",
        _("Event viewed"),
        _("%(who)s looked at %(event)s"),
        Kind.READING,
    )


class Permission(features.Permission):
    ACTIVITY_REMOVE = "event:activity:remove", MANAGERS
    EVENT_CHANGE = "event:event:change", MANAGERS, ByStaff.CHANGING
    EVENT_CREATE = "event:event:create", TEAM
    EVENT_DELETE = "event:event:delete", TEAM
    EVENT_VIEW = "event:event:view", VIEWERS, ByStaff.READING


FEATURE = Feature(
    actions=Action,
    permissions=Permission,
    extends={EventTitles: "seatrobot.events.reading.Titles"},
    areas={
        "event": Area(_("Events"), "calendar-event"),
    },
    navigation=(
        NavItem(
            section="events",
            label=_("Events"),
            icon="calendar-event",
            url="events:list",
            permission=OrganizationPermission.ORGANIZATION_ENTER,
            order=10,
            covers=("events",),
        ),
    ),
    event_navigation=(
        NavItem(
            section="overview",
            label=_("Overview"),
            icon="layout-dashboard",
            url="events:overview",
            permission=Permission.EVENT_VIEW,
            order=10,
        ),
        NavItem(
            section="event-settings",
            label=_("Event settings"),
            icon="settings",
            url="events:settings",
            permission=Permission.EVENT_CHANGE,
            order=70,
        ),
    ),
)
