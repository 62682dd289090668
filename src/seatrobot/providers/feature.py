"""What providers declares: journal actions, and a place for staff."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.features import Area, Feature, StaffItem
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind


class Action(actions.Action):
    CERTIFICATE_DROP = "provider:certificate:drop", _("Certificate dropped"), Kind.ENDING
    CERTIFICATE_RECORD = "provider:certificate:record", _("Certificate of a provider recorded")
    CERTIFICATE_WARN = "provider:certificate:warn", _("Staff warned of a certificate")
    PROVIDER_ADD = "provider:provider:add", _("Provider registered")
    PROVIDER_END = "provider:provider:end", _("Provider given up"), Kind.ENDING
    PROVIDER_LIST = "provider:provider:list", _("Providers listed"), Kind.READING


FEATURE = Feature(
    actions=Action,
    areas={"provider": Area(_("Providers"), "certificate")},
    staff_navigation=(StaffItem(_("Providers"), "certificate", "staff-providers:list", order=65),),
)
