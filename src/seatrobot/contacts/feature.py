"""What contacts declares: journal actions, permissions, navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.deletion.knowing import KnowsPeople
from seatrobot.grants.unmasking import MaskedSource
from seatrobot.kernel import features
from seatrobot.kernel.features import Area, ByStaff, Feature, NavItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind
from seatrobot.organizations.log.subjects import Subjects
from seatrobot.organizations.permissions import TEAM


class Action(actions.Action):
    CONTACT_CHANGE = (
        "contact:contact:change",
        _("Contact changed"),
        _("%(who)s changed a contact"),
    )
    CONTACT_CREATE = (
        "contact:contact:create",
        _("Contact added"),
        _("%(who)s added contacts"),
        Kind.BEGINNING,
    )
    CONTACT_LIST = (
        "contact:list:view",
        _("Contacts viewed"),
        _("%(who)s looked at the contacts"),
        Kind.READING,
    )
    CONTACT_REMOVE = (
        "contact:contact:remove",
        _("Contact removed"),
        _("%(who)s removed a contact"),
        Kind.ENDING,
    )
    CONTACT_VIEW = (
        "contact:contact:view",
        _("Contact viewed"),
        _("%(who)s looked at a contact"),
        Kind.READING,
    )


class Permission(features.Permission):
    CONTACT_CHANGE = "contact:contact:change", TEAM
    CONTACT_VIEW = "contact:contact:view", TEAM, ByStaff.EVERYWHERE


FEATURE = Feature(
    actions=Action,
    permissions=Permission,
    areas={"contact": Area(_("Contacts"), "address-book")},
    navigation=(
        NavItem(
            section="contacts",
            label=_("Contacts"),
            icon="address-book",
            url="contacts:list",
            permission=Permission.CONTACT_VIEW,
            order=20,
            covers=("contacts",),
        ),
    ),
    extends={
        KnowsPeople: "seatrobot.contacts.known.KnowsContacts",
        Subjects: "seatrobot.contacts.services.ContactSubjects",
        MaskedSource: "seatrobot.contacts.masked.MaskedContacts",
    },
)
