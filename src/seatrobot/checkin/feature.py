"""What checkin declares: journal actions, permissions, navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.events.overview import OverviewCard
from seatrobot.kernel import features
from seatrobot.kernel.features import Area, Feature, NavItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind
from seatrobot.organizations.permissions import DOORS, MANAGERS


class Action(actions.Action):
    CHECKIN_DOOR_VIEW = (
        "checkin:door:view",
        _("Door opened"),
        _("%(who)s opened the door page"),
        Kind.READING,
    )
    CHECKIN_GUEST_ADMIT = (
        "checkin:guest:admit",
        _("Unexpected guest let in"),
        _("%(who)s let a guest in who was not expected"),
        Kind.BEGINNING,
    )
    CHECKIN_GUEST_CHECK_IN = (
        "checkin:guest:check-in",
        _("Guest checked in"),
        _("%(who)s checked in a guest"),
        Kind.BEGINNING,
    )
    CHECKIN_GUEST_SEARCH = (
        "checkin:guest:search",
        _("Guests searched at the door"),
        _("%(who)s searched guests at the door"),
        Kind.READING,
    )
    CHECKIN_GUEST_UNDO = (
        "checkin:guest:undo",
        _("Check-in undone"),
        _("%(who)s undid a check-in"),
    )


class Permission(features.Permission):
    CHECKIN_ADMIT = "checkin:guest:admit", MANAGERS
    CHECKIN_USE = "checkin:door:use", DOORS


FEATURE = Feature(
    actions=Action,
    permissions=Permission,
    areas={
        "checkin": Area(_("Door"), "door-enter"),
    },
    event_navigation=(
        NavItem(
            section="door",
            label=_("Door"),
            icon="door-enter",
            url="checkin:door",
            permission=Permission.CHECKIN_USE,
            order=60,
            covers=("checkin",),
        ),
    ),
    extends={OverviewCard: "seatrobot.checkin.overview.DoorPart"},
)
