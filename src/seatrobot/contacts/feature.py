"""What contacts declares: journal actions, permissions, navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.deletion.knowing import KnowsPeople
from seatrobot.grants.unmasking import MaskedSource
from seatrobot.kernel import features
from seatrobot.kernel.features import Area, ByStaff, Feature, NavItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind
from seatrobot.kernel.retention import Retained
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
    CONTACT_DELIVERY = (
        "contact:contact:delivery",
        _("Mail to a contact allowed or stopped"),
        _("%(who)s noted whether a contact may be mailed"),
    )
    CONTACT_EXPORT = (
        "contact:list:export",
        _("Contacts exported"),
        _("%(who)s exported contacts"),
        Kind.EXPORTING,
    )
    CONTACT_IMPORT = (
        "contact:list:import",
        _("Contacts imported"),
        _("%(who)s imported contacts"),
        Kind.BEGINNING,
    )
    CONTACT_IMPORT_PREVIEW = (
        "contact:list:import-preview",
        _("Import of contacts previewed"),
        _("%(who)s previewed an import of contacts"),
        Kind.READING,
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
    CONTACT_MERGE = (
        "contact:contact:merge",
        _("Contacts merged"),
        _("%(who)s merged two contacts"),
    )
    CONTACT_PART = (
        "contact:contact:part",
        _("Merge of contacts undone"),
        _("%(who)s undid a merge of two contacts"),
    )
    CONTACT_RELATE = (
        "contact:contact:relate",
        _("Assistants of a contact changed"),
        _("%(who)s changed who acts for a contact"),
    )
    CONTACT_TAG = (
        "contact:contact:tag",
        _("Contacts tagged"),
        _("%(who)s changed the tags of contacts"),
    )
    CONTACT_VIEW = (
        "contact:contact:view",
        _("Contact viewed"),
        _("%(who)s looked at a contact"),
        Kind.READING,
    )
    DOUBLES_DISMISS = (
        "contact:doubles:dismiss",
        _("Contacts told apart"),
        _("%(who)s said that two contacts are two people"),
    )
    DOUBLES_SEARCH = (
        "contact:doubles:search",
        _("Doubles searched"),
        _("%(who)s searched the contacts for doubles"),
        Kind.READING,
    )
    FILTER_SAVE = (
        "contact:filter:save",
        _("Filter of contacts saved"),
        _("%(who)s saved a filter of contacts"),
        Kind.BEGINNING,
    )
    FILTER_REMOVE = (
        "contact:filter:remove",
        _("Filter of contacts removed"),
        _("%(who)s removed a filter of contacts"),
        Kind.ENDING,
    )


class Permission(features.Permission):
    CONTACT_CHANGE = "contact:contact:change", TEAM
    CONTACT_EXPORT = "contact:list:export", TEAM
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
        Retained: "seatrobot.contacts.retention.ContactsRetained",
        Subjects: "seatrobot.contacts.services.ContactSubjects",
        MaskedSource: "seatrobot.contacts.masked.MaskedContacts",
    },
)
