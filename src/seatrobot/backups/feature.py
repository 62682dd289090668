"""What backups declare: journal actions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.deletion.backups import Backups
from seatrobot.kernel.features import Area, Feature, StaffItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind


class Action(actions.Action):
    ALERT_CLOSE = "backups:alert:close", _("Trouble with backups over")
    ALERT_MAIL = "backups:alert:mail", _("Staff mailed of trouble with backups")
    ALERT_RAISE = "backups:alert:raise", _("Trouble with backups")
    BACKUP_BEGIN = "backups:backup:begin", _("Backup begun")
    BACKUP_DESTROY = "backups:backup:destroy", _("Backup destroyed"), Kind.ENDING
    BACKUP_DRILL = "backups:backup:drill", _("Backup restored, to see that it can be")
    BACKUP_LIST = "backups:backup:list", _("Backups listed"), Kind.READING
    BACKUP_MAKE = "backups:backup:make", _("Backup made")
    DAY_BEGIN = "backups:day:begin", _("Day of log begun")
    DAY_DESTROY = "backups:day:destroy", _("Day of log destroyed"), Kind.ENDING


FEATURE = Feature(
    actions=Action,
    extends={Backups: "seatrobot.backups.catalogue.CatalogueOfBackups"},
    staff_navigation=(StaffItem(_("Backups"), "archive", "staff-backups:list", order=72),),
    areas={"backups": Area(_("Backups"), "archive")},
)
"""Deletion asks it which backups may still hold what was deleted."""
