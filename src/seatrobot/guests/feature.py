"""What guests declares: journal actions, permissions, navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.contacts.attendance import Attendances
from seatrobot.deletion.knowing import KnowsPeople
from seatrobot.events.overview import OverviewCard
from seatrobot.grants.unmasking import MaskedSource
from seatrobot.kernel import features
from seatrobot.kernel.features import Area, ByStaff, Feature, NavItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind
from seatrobot.kernel.retention import Retained
from seatrobot.kernel.vault.keyring import KeyClass
from seatrobot.organizations.log.subjects import Subjects
from seatrobot.organizations.permissions import MANAGERS, VIEWERS


class Action(actions.Action):
    FIELD_CHANGE = "guest:field:change", _("Column changed"), _("%(who)s changed a column")
    FIELD_CREATE = (
        "guest:field:create",
        _("Column added"),
        _("%(who)s added a column to the guest list"),
        Kind.BEGINNING,
    )
    FIELD_LIST = (
        "guest:field:list",
        _("Columns listed"),
        _("%(who)s looked at the columns of the guest list"),
        Kind.READING,
    )
    FIELD_REMOVE = (
        "guest:field:remove",
        _("Column removed"),
        _("%(who)s removed a column of the guest list"),
        Kind.ENDING,
    )
    GUEST_ARRIVE = (
        "guest:guest:arrive",
        _("Guest noted as arrived"),
        _("%(who)s noted that a guest has arrived"),
    )
    GUEST_ARRIVE_UNDO = (
        "guest:guest:arrive-undo",
        _("Arrival of a guest undone"),
        _("%(who)s undid the arrival of a guest"),
    )
    GUEST_CHANGE = "guest:guest:change", _("Guest changed"), _("%(who)s changed a guest")
    GUEST_CREATE = (
        "guest:guest:create",
        _("Guest added"),
        _("%(who)s added a guest"),
        Kind.BEGINNING,
    )
    GUEST_EXPORT = (
        "guest:list:export",
        _("Guest list exported"),
        _("%(who)s exported the guest list"),
        Kind.EXPORTING,
    )
    GUEST_IMPORT = (
        "guest:list:import",
        _("Guest list imported"),
        _("%(who)s imported guests"),
        Kind.BEGINNING,
    )
    GUEST_IMPORT_PREVIEW = (
        "guest:list:import-preview",
        _("Guest list import previewed"),
        _("%(who)s previewed an import of guests"),
        Kind.READING,
    )
    GUEST_LIST = (
        "guest:list:view",
        _("Guest list viewed"),
        _("%(who)s looked at the guest list"),
        Kind.READING,
    )
    GUEST_REMOVE = (
        "guest:guest:remove",
        _("Guest removed"),
        _("%(who)s removed a guest"),
        Kind.ENDING,
    )
    GUEST_REPLY = (
        "guest:guest:reply",
        _("Replies of guests changed"),
        _("%(who)s changed the replies of guests"),
    )
    GUEST_TAG = "guest:guest:tag", _("Guest tags changed"), _("%(who)s changed the tags of a guest")
    PARTY_CHANGE = "guest:party:change", _("Party changed"), _("%(who)s changed a party")
    GUEST_VIEW = "guest:guest:view", _("Guest viewed"), _("%(who)s looked at a guest"), Kind.READING


class Permission(features.Permission):
    GUEST_CHANGE = "guest:guest:change", MANAGERS
    GUEST_EXPORT = "guest:list:export", MANAGERS
    GUEST_IMPORT = "guest:list:import", MANAGERS
    GUEST_VIEW = "guest:guest:view", VIEWERS, ByStaff.READING
    SPECIAL_VIEW = "guest:special:view", MANAGERS


FEATURE = Feature(
    actions=Action,
    permissions=Permission,
    key_classes={KeyClass.SPECIAL: Permission.SPECIAL_VIEW},
    areas={
        "guest": Area(_("Guests"), "users"),
    },
    event_navigation=(
        NavItem(
            section="guests",
            label=_("Guests"),
            icon="users",
            url="guests:list",
            permission=Permission.GUEST_VIEW,
            order=20,
            covers=("guests",),
        ),
    ),
    extends={
        KnowsPeople: "seatrobot.guests.known.KnowsGuests",
        OverviewCard: "seatrobot.guests.extensions.GuestsPart",
        Attendances: "seatrobot.guests.extensions.GuestAttendances",
        MaskedSource: "seatrobot.guests.masked.MaskedGuests",
        Retained: "seatrobot.guests.extensions.GuestsRetained",
        Subjects: "seatrobot.guests.extensions.GuestSubjects",
    },
)
