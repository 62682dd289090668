"""What deletion declares: journal actions, permissions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.deletion.knowing import KnowsPeople
from seatrobot.help.topics import Topics
from seatrobot.kernel import features
from seatrobot.kernel.features import Area, Feature, NavItem, StaffItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind
from seatrobot.kernel.retention import Retained
from seatrobot.organizations.permissions import ADMINISTRATORS, OWNER


class Action(actions.Action):
    ALERT_CLOSE = "deletion:alert:close", _("Deletion late no more")
    ALERT_MAIL = "deletion:alert:mail", _("Staff mailed of a late deletion")
    ALERT_RAISE = "deletion:alert:raise", _("Deletion late")
    ALERT_VIEW = "deletion:alert:view", _("Late deletions viewed"), Kind.READING
    DELETION_CANCEL = (
        "deletion:organization:cancel",
        _("Deletion of the organization cancelled"),
        _("%(who)s cancelled the deletion of the organization"),
    )
    DELETION_LOCK = (
        "deletion:organization:lock",
        _("Organization locked"),
        _("%(who)s locked the organization, which is being deleted"),
        Kind.ENDING,
    )
    DELETION_REQUEST = (
        "deletion:organization:request",
        _("Deletion of the organization requested"),
        _("%(who)s asked for the deletion of the organization"),
        Kind.ENDING,
    )
    DELETION_RECEIPT = (
        "deletion:receipt:view",
        _("Receipt of a deletion downloaded"),
        _("%(who)s downloaded the receipt of a deletion"),
        Kind.READING,
    )
    DELETION_VIEW = (
        "deletion:deletion:view",
        _("Deletions viewed"),
        _("%(who)s looked at deletions and their receipts"),
        Kind.READING,
    )
    KEYRING_DESTROY = (
        "deletion:keyring:destroy",
        _("Keys destroyed"),
        _("%(who)s destroyed the keys of an organization"),
        Kind.ENDING,
    )
    PERSON_ERASE = (
        "deletion:person:erase",
        _("Person erased"),
        _("%(who)s erased what was known of a person"),
        Kind.ENDING,
    )
    PERSON_EXPORT = (
        "deletion:person:export",
        _("Everything about a person exported"),
        _("%(who)s exported everything about a person"),
        Kind.EXPORTING,
    )
    PERSON_VIEW = (
        "deletion:person:view",
        _("Everything about a person viewed"),
        _("%(who)s looked at everything about a person"),
        Kind.READING,
    )
    REQUEST_CLOSE = (
        "deletion:request:close",
        _("Request of a person answered"),
        _("%(who)s noted that a request of a person is answered"),
    )
    REQUEST_NOTE = (
        "deletion:request:note",
        _("Request of a person noted"),
        _("%(who)s noted a request of a person about their data"),
    )
    RECEIPT_FINAL = (
        "deletion:receipt:final",
        _("Receipt final"),
        _("%(who)s completed the receipt of a deletion"),
    )


class Permission(features.Permission):
    DELETION_VIEW = "deletion:deletion:view", ADMINISTRATORS
    PERSON_ERASE = "deletion:person:erase", ADMINISTRATORS
    PERSON_VIEW = "deletion:person:view", ADMINISTRATORS
    ORGANIZATION_DELETE = "deletion:organization:delete", OWNER


FEATURE = Feature(
    actions=Action,
    permissions=Permission,
    extends={
        KnowsPeople: "seatrobot.deletion.mails.KnowsMail",
        Retained: "seatrobot.deletion.retention.DeletionsRetained",
        Topics: "seatrobot.deletion.help.DeletionTopics",
    },
    staff_navigation=(StaffItem(_("Deletions"), "trash", "staff-deletions:list", order=70),),
    areas={"deletion": Area(_("Deletions"), "trash")},
    navigation=(
        NavItem(
            section="deletion",
            label=_("Deletions"),
            icon="trash",
            url="deletion:list",
            permission=Permission.DELETION_VIEW,
            order=57,
            covers=("deletion",),
        ),
    ),
)
