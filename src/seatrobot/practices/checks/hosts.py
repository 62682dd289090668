"""Host management: what is on the disk of the machine that the service runs on; laptops."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel import loaded, reports
from seatrobot.kernel.build import build_name
from seatrobot.kernel.clock import now
from seatrobot.kernel.manifest import directory, packages
from seatrobot.kernel.promises.declaring import CannotMeasure, Measure, Measurement, promise
from seatrobot.practices.checks import laptops, static_files

MOST_NOTES = 20
OWN = "seatrobot"
OLDEST_REPORT = timedelta(minutes=5)
OLDEST_STATEMENT = timedelta(minutes=15)
ELSEWHERE = (laptops.laptops,)
"""A promise of this section that is declared in a module of its own."""


@promise(
    "hosts.installed",
    sentence=_(
        "The libraries that the service is made of are as they were installed, and its data"
        " directory is closed to other users of the machine."
    ),
    measured_by=_(
        "The files of every installed package that the service needs or runs are compared with the"
        " hashes that came with it and are kept beside it, and code that belongs to no package is"
        " looked for; files of the service itself only where it was installed from a package. What"
        " Python has compiled of them is compared with its source. Of everything in the data"
        " directory the name, the owner and the access rights are compared with what the service"
        " makes."
    ),
    measures=[
        Measure("files", _("installed files compared"), least=100),
        Measure("other", _("of them changed or from elsewhere"), most=0),
        Measure("entries", _("files and directories of the data directory looked at"), least=5),
        Measure("open", _("of them unknown, of another owner or open to others"), most=0),
    ],
    every=timedelta(hours=6),
    fresh_for=timedelta(hours=13),
    timeout=timedelta(minutes=6),
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


@promise(
    "hosts.confined",
    sentence=_(
        "What answers people, and what works in the background, reaches only the files of the"
        " machine that it needs: not the key that signs examinations, not the database's files,"
        " and nobody's home."
    ),
    measured_by=_(
        "Each process of the web server and of the jobs tries every minute thirteen ways to read,"
        " list or write what it does not need, and reports what succeeded; the examination reads"
        " the newest report of each. A process that somebody has taken over may report what it"
        " likes."
    ),
    measures=[
        Measure("processes", _("processes that reported"), least=2),
        Measure("tried", _("things tried"), least=2),
        Measure("reached", _("of them reached"), most=0),
    ],
    fresh_for=timedelta(minutes=75),
)
def confined() -> Measurement:
    """Read what web and jobs found when they tried to reach what they need not."""
    data: Path = settings.CONFIG.data
    found = {part: list(reports.read(data, part).values()) for part in reports.PARTS}
    oldest = (now() - OLDEST_REPORT).timestamp()
    for each in found.values():
        if not each or min(report.at for report in each) < oldest:
            raise CannotMeasure(_("A part of the service has not reported what it reaches."))
    everything = [report for each in found.values() for report in each]
    if not all(report.version for report in everything):
        raise CannotMeasure(_("The system of this machine offers no way to keep programs in."))
    return Measurement(
        {
            "processes": len(everything),
            "tried": sum(report.tried for report in everything),
            "reached": sum(len(report.reached) for report in everything),
        },
        [
            f"{part}: {what}"
            for part, each in found.items()
            for what in sorted({what for report in each for what in report.reached})
        ],
    )


@promise(
    "hosts.running",
    sentence=_(
        "What answers people, and what works in the background, runs the code of this build and no"
        " other."
    ),
    measured_by=_(
        "Each process of the web server and of the jobs reports every five minutes which build it"
        " began from, and a hash of each module as it stands in its memory: of the service, and of"
        " the libraries' modules that decide who gets in, of its settings but for secrets, and of"
        " what handles its log. The examination compares them with those of its own process, which"
        " has just begun from the installed files. Each process also reports code that it has, or"
        " would take, from outside Python, the installed packages and the service. A process that"
        " somebody has taken over may report what it likes. The scripts, styles and pictures of"
        " all pages are collected anew from the package, and compared with those that are kept and"
        " those that the web server answers."
    ),
    measures=[
        Measure("processes", _("processes that reported"), least=2),
        Measure("modules", _("modules compared"), least=100),
        Measure(
            "other", _("modules, settings or places of code other than this build has"), most=0
        ),
        Measure("builds", _("processes of another build"), most=0),
        Measure("files", _("scripts, styles and pictures compared"), least=50),
        Measure("changed", _("of them changed, missing or from elsewhere"), most=0),
    ],
)
def running() -> Measurement:
    """Compare the code that web and jobs have loaded with the code of this process."""
    data: Path = settings.CONFIG.data
    found = {part: loaded.read(data, part) for part in reports.PARTS}
    oldest = (now() - OLDEST_STATEMENT).timestamp()
    for part, each in found.items():
        known = reports.read(data, part).keys()
        if not each or known - each.keys() or min(said.at for said in each.values()) < oldest:
            raise CannotMeasure(_("A part of the service has not reported what it runs."))
    said = [(f"{part}: ", each) for part in found for each in found[part].values()]
    other = [f"{part}{name}" for part, each in said for name in loaded.differing(each)]
    builds = [f"{part}{each.build}" for part, each in said if each.build != build_name()]
    served = static_files.compare()
    return Measurement(
        {
            "processes": len(said),
            "modules": sum(len(each.modules) for _part, each in said),
            "other": len(other),
            "builds": len(builds),
            "files": served.compared,
            "changed": len(served.wrong),
        },
        [*builds, *sorted(set(other))[:MOST_NOTES], *served.wrong[:MOST_NOTES]],
    )
