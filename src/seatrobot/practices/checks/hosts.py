"""Host management: what is on the disk of the machine that the service runs on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.manifest import directory, packages
from seatrobot.kernel.promises.declaring import Measure, Measurement, promise

MOST_NOTES = 20
OWN = "seatrobot"


@promise(
    "hosts.installed",
    sentence=_(
        "The libraries that the service is made of are as they were installed, and its data"
        " directory is closed to other users of the machine."
    ),
    measured_by=_(
        "The files of every installed package are compared with the hashes that came with it,"
        " and code that belongs to no package is looked for; files of the service itself only"
        " where it was installed from a package. Of everything in the data directory the name,"
        " the owner and the access rights are compared with what the service makes."
    ),
    measures=[
        Measure("files", _("installed files compared"), least=100),
        Measure("other", _("of them other than installed, or of no package"), most=0),
        Measure("entries", _("files and directories of the data directory looked at"), least=5),
        Measure("open", _("of them unknown, of another owner or open to others"), most=0),
    ],
    every=timedelta(hours=6),
    fresh_for=timedelta(hours=13),
    timeout=timedelta(minutes=3),
)
def installed() -> Measurement:
    """Compare installed packages with their hashes, and the data directory with its rules."""
    data: Path = settings.CONFIG.data
    kept, brought = directory.compare(data), packages.compare()
    notes = [*kept.wrong[:MOST_NOTES], *brought.wrong[:MOST_NOTES]]
    if packages.is_checkout(OWN):
        notes.append("the service runs from a checkout of its source, which no hash is of")
    return Measurement(
        {
            "files": brought.compared,
            "other": len(brought.wrong),
            "entries": kept.compared,
            "open": len(kept.wrong),
        },
        notes,
    )
