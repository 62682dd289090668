"""The catalog: every promise as a control, in the sections of the page."""

from __future__ import annotations

from django.utils.translation import gettext as _

from seatrobot.kernel.promises.declaring import PROMISES, Promise
from seatrobot.practices.formats.oscal.words import Object, encoded, head, objective, promise_link
from seatrobot.practices.formats.shelf import Edition
from seatrobot.practices.sections import SECTIONS, Section

PATH = "oscal/catalog.json"


def make(edition: Edition) -> bytes:
    """Return the catalog."""
    groups = [_group(section) for section in SECTIONS]
    document = head("catalog", _("Security promises"), edition)
    return encoded("catalog", document | {"groups": [each for each in groups if each["controls"]]})


def _group(section: Section) -> Object:
    rows = [row for row in PROMISES.values() if row.section == section.id]
    return {
        "id": section.id,
        "class": "section",
        "title": str(section.title),
        "controls": [_control(row) for row in rows],
    }


def _control(row: Promise) -> Object:
    return {
        "id": row.id,
        "class": "promise",
        "title": str(row.sentence),
        "links": [promise_link(row)],
        "parts": [
            {"id": f"{row.id}_smt", "name": "statement", "prose": str(row.sentence)},
            {"id": objective(row), "name": "assessment-objective", "prose": str(row.measured_by)},
        ],
    }
