"""What archive declares: journal actions, permissions, navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.deletion.knowing import Copies
from seatrobot.help.topics import Topics
from seatrobot.kernel import features
from seatrobot.kernel.features import Area, Feature, NavItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind
from seatrobot.kernel.retention import Retained
from seatrobot.organizations.permissions import ADMINISTRATORS


class Action(actions.Action):
    ARCHIVE_ASK = (
        "archive:archive:ask",
        _("Archive of everything asked for"),
        _("%(who)s asked for an archive of everything"),
        Kind.EXPORTING,
    )
    ARCHIVE_DOWNLOAD = (
        "archive:archive:download",
        _("Archive of everything downloaded"),
        _("%(who)s downloaded an archive of everything"),
        Kind.EXPORTING,
    )
    ARCHIVE_IMPORT = (
        "archive:archive:import",
        _("Archive imported"),
        _("%(who)s imported an archive"),
    )
    ARCHIVE_LIST = (
        "archive:list:view",
        _("Archives viewed"),
        _("%(who)s looked at the archives"),
        Kind.READING,
    )
    ARCHIVE_MAKE = (
        "archive:archive:make",
        _("Archive of everything made"),
        _("An archive of everything was made for %(who)s"),
        Kind.EXPORTING,
    )
    ARCHIVE_RECEIVE = (
        "archive:archive:receive",
        _("Archive handed in"),
        _("%(who)s handed in an archive"),
    )
    ARCHIVE_REMOVE = (
        "archive:archive:remove",
        _("Archive removed"),
        _("%(who)s removed an archive"),
        Kind.ENDING,
    )
    GUEST_LIST = (
        "archive:guest-list:export",
        _("Guest list put into an archive"),
        _("The guest list went into an archive for %(who)s"),
        Kind.EXPORTING,
    )


class Permission(features.Permission):
    ARCHIVE_IMPORT = "archive:archive:import", ADMINISTRATORS
    ARCHIVE_MAKE = "archive:archive:make", ADMINISTRATORS


FEATURE = Feature(
    actions=Action,
    permissions=Permission,
    areas={"archive": Area(_("Archives of everything"), "archive")},
    navigation=(
        NavItem(
            section="archive",
            label=_("Archive"),
            icon="archive",
            url="archive:page",
            permission=Permission.ARCHIVE_MAKE,
            order=55,
            covers=("archive",),
        ),
    ),
    extends={
        Copies: "seatrobot.archive.retention.ArchiveCopies",
        Retained: "seatrobot.archive.retention.ArchiveRetained",
        Topics: "seatrobot.archive.help.ArchiveTopics",
    },
)
