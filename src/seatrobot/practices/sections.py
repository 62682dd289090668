"""The sections of the practices page, in their order; a package of the same name holds each."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Section:
    """id: the package, and the first word of its promises' identifiers."""

    id: str
    title: Lazy
    icon: str


SECTIONS = (
    Section("transparency", _("Transparency"), "eye"),
    Section("confidentiality", _("Confidentiality"), "lock"),
    Section("personnel", _("Personnel practices"), "users"),
    Section("compliance", _("Compliance"), "certificate"),
    Section("administrators", _("Security features for administrators"), "settings"),
    Section("access", _("Access logging"), "history"),
    Section("retention", _("Data retention: deletion and return"), "trash"),
    Section("encryption", _("Data encryption in transit and at rest"), "key"),
    Section("availability", _("Availability"), "activity"),
    Section("recovery", _("Disaster recovery"), "refresh"),
    Section("network", _("Network protection"), "shield"),
    Section("hosts", _("Host management"), "server"),
    Section("logging", _("Logging"), "list"),
    Section("incidents", _("Incident management and response"), "alert-triangle"),
)
