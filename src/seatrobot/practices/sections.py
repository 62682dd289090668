"""The sections of the practices page, in their order, and how their promises are declared."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import msgspec
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Promise, declare

PLANNED = Path(__file__).with_name("planned.toml")


@dataclass(frozen=True, slots=True)
class Section:
    """id: the first part of its promises' identifiers, and the name of its modules."""

    id: str
    title: Lazy
    icon: str


SECTIONS = (
    Section("confidentiality", _("Confidentiality"), "lock"),
    Section("encryption", _("Data encryption in transit and at rest"), "key"),
    Section("access", _("Access logging"), "history"),
    Section("retention", _("Data retention: deletion and return"), "trash"),
    Section("administrators", _("Security features for administrators"), "settings"),
    Section("availability", _("Availability"), "activity"),
    Section("recovery", _("Disaster recovery"), "refresh"),
    Section("incidents", _("Incident management and response"), "alert-triangle"),
    Section("personnel", _("Personnel practices"), "users"),
    Section("compliance", _("Compliance"), "certificate"),
    Section("network", _("Network protection"), "shield"),
    Section("hosts", _("Host management"), "server"),
    Section("logging", _("Logging"), "list"),
    Section("transparency", _("Transparency"), "eye"),
)
"""What is about the readers' own data comes first, what is about this page last."""


class PlannedPromise(msgspec.Struct, forbid_unknown_fields=True):
    """A promise that nothing measures yet, as `planned.toml` has it."""

    id: str
    sentence: str
    measured_by: str
    waits_for: str


class _File(msgspec.Struct, forbid_unknown_fields=True):
    promise: list[PlannedPromise]


def declare_promises() -> None:
    """Declare every promise: by section, first those with a check, then those planned."""
    planned = msgspec.toml.decode(PLANNED.read_bytes(), type=_File).promise
    for section in SECTIONS:
        import_section("checks", section)
        for row in planned:
            if row.id.partition(".")[0] == section.id:
                declare(
                    Promise(
                        row.id,
                        sentence=_(row.sentence),
                        measured_by=_(row.measured_by),
                        waits_for=_(row.waits_for),
                    )
                )


def import_section(package: str, section: Section) -> None:
    """Import the module of a section in `checks` or `faults`, where it has one."""
    name = f"seatrobot.practices.{package}.{section.id}"
    if find_spec(name):
        import_module(name)
