"""What seating declares: journal actions, permissions, navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.events.overview import OverviewCard
from seatrobot.guests.places import Seating
from seatrobot.kernel import features
from seatrobot.kernel.features import Area, ByStaff, Feature, NavItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind
from seatrobot.kernel.retention import Retained
from seatrobot.organizations.permissions import MANAGERS, VIEWERS


class Action(actions.Action):
    SEATING_ACCEPT = (
        "seating:plan:accept",
        _("Proposed seating accepted"),
        _("%(who)s accepted the seating that the robot proposed"),
        Kind.BEGINNING,
    )
    SEATING_CONTRADICTION = (
        "seating:plan:contradict",
        _("Robot found a contradiction"),
        _("%(who)s asked the robot to seat the guests; it found a contradiction"),
    )
    SEATING_EXPORT = (
        "seating:plan:export",
        _("Seating plan exported"),
        _("%(who)s exported the seating plan"),
        Kind.EXPORTING,
    )
    SEATING_LEAVE = (
        "seating:plan:leave",
        _("Proposed seating left"),
        _("%(who)s left the seating that the robot proposed"),
    )
    SEATING_LOCK = (
        "seating:guest:lock",
        _("Guest locked or unlocked at a table"),
        _("%(who)s locked or unlocked a guest at a table"),
    )
    SEATING_MOVE = (
        "seating:guest:move",
        _("Guest moved to another seat"),
        _("%(who)s moved a guest"),
    )
    SEATING_PROPOSE = (
        "seating:plan:propose",
        _("Robot proposed a seating"),
        _("%(who)s asked the robot to seat the guests"),
    )
    SEATING_REDO = (
        "seating:plan:redo",
        _("Seating change done again"),
        _("%(who)s did a seating change again"),
    )
    SEATING_RULE_CHANGE = (
        "seating:rule:change",
        _("Seating rule changed"),
        _("%(who)s changed a seating rule"),
    )
    SEATING_RULE_CREATE = (
        "seating:rule:create",
        _("Seating rule added"),
        _("%(who)s added a seating rule"),
        Kind.BEGINNING,
    )
    SEATING_RULE_REMOVE = (
        "seating:rule:remove",
        _("Seating rule removed"),
        _("%(who)s removed a seating rule"),
        Kind.ENDING,
    )
    SEATING_TABLE_CHANGE = "seating:table:change", _("Table changed"), _("%(who)s changed a table")
    SEATING_TABLE_CREATE = (
        "seating:table:create",
        _("Tables added"),
        _("%(who)s added tables"),
        Kind.BEGINNING,
    )
    SEATING_TABLE_REMOVE = (
        "seating:table:remove",
        _("Table removed"),
        _("%(who)s removed a table"),
        Kind.ENDING,
    )
    SEATING_UNDO = (
        "seating:plan:undo",
        _("Seating change taken back"),
        _("%(who)s took a seating change back"),
    )
    SEATING_VIEW = (
        "seating:plan:view",
        _("Seating plan viewed"),
        _("%(who)s looked at the seating plan"),
        Kind.READING,
    )


class Permission(features.Permission):
    SEATING_CHANGE = "seating:plan:change", MANAGERS, ByStaff.CHANGING
    SEATING_EXPORT = "seating:plan:export", MANAGERS
    SEATING_PRINT = "seating:plan:print", VIEWERS
    SEATING_VIEW = "seating:plan:view", VIEWERS, ByStaff.READING


FEATURE = Feature(
    actions=Action,
    permissions=Permission,
    areas={
        "seating": Area(_("Seating"), "armchair"),
    },
    event_navigation=(
        NavItem(
            section="setup",
            label=_("Tables & rules"),
            icon="armchair",
            url="seating:setup",
            permission=Permission.SEATING_VIEW,
            order=30,
        ),
        NavItem(
            section="plan",
            label=_("Floor plan"),
            icon="layout-grid",
            url="seating:plan",
            permission=Permission.SEATING_VIEW,
            order=40,
        ),
        NavItem(
            section="documents",
            label=_("Documents"),
            icon="printer",
            url="seating:documents",
            permission=Permission.SEATING_PRINT,
            order=50,
        ),
    ),
    extends={
        OverviewCard: "seatrobot.seating.overview.SeatingPart",
        Retained: "seatrobot.seating.retention.SeatingRetained",
        Seating: "seatrobot.seating.guest_places.GuestPlaces",
    },
)
