"""The assessment plan, which results have to name: look at every promise, all the time."""

from __future__ import annotations

from django.utils.translation import gettext as _

from seatrobot.practices import addresses
from seatrobot.practices.formats.oscal import component
from seatrobot.practices.formats.oscal.words import (
    Object,
    encoded,
    every_control,
    head,
    identifier,
)
from seatrobot.practices.formats.shelf import Edition

PATH = "oscal/assessment-plan.json"


def make(edition: Edition) -> bytes:
    """Return the plan. No system security plan stands behind it but the component definition."""
    document = head("assessment-plan", _("Continuous examination"), edition)
    described = identifier("description")
    document |= {
        "import-ssp": {"href": f"#{described}"},
        "reviewed-controls": every_control(),
        "assessment-subjects": [{"type": "component", "include-all": {}}],
        "back-matter": {"resources": [_description(described)]},
    }
    return encoded("assessment-plan", document)


def _description(uuid: str) -> Object:
    return {
        "uuid": uuid,
        "title": _("Component definition"),
        "description": _("Stands in place of a system security plan."),
        "rlinks": [
            {"href": addresses.below(component.PATH), "media-type": "application/oscal+json"}
        ],
    }
