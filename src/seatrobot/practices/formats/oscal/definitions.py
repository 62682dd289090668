"""The catalog of promises, the component definition, and the assessment plan."""

from __future__ import annotations

from django.utils.translation import gettext as _

from seatrobot.kernel.promises.declaring import PROMISES, Promise
from seatrobot.kernel.promises.status import PromiseStatus, State
from seatrobot.practices import addresses
from seatrobot.practices.formats.editions import Edition
from seatrobot.practices.formats.oscal.common import (
    Object,
    component,
    encoded,
    every_control,
    head,
    identifier,
    objective,
    promise_link,
    prop,
)
from seatrobot.practices.formats.snapshot import Snapshot
from seatrobot.practices.profile import known_profile
from seatrobot.practices.sections import SECTIONS, Section

CATALOG_PATH = "oscal/catalog.json"
COMPONENT_PATH = "oscal/component-definition.json"
PLAN_PATH = "oscal/assessment-plan.json"
STATUS = {State.KEPT: "implemented", State.ATTESTED: "implemented", State.BROKEN: "partial"}
"""OSCAL's word for a state; unproven is `partial` where it is examined, else `planned`."""


def catalog(edition: Edition) -> bytes:
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


def component_definition(edition: Edition) -> bytes:
    """Return the component definition."""
    operator = known_profile().name
    title = _("Security practices of %s") % operator
    document = head("component-definition", title, edition)
    return encoded(
        "component-definition", document | {"components": [_component(operator, edition)]}
    )


def _component(operator: str, edition: Edition) -> Object:
    requirements = [_requirement(row) for row in Snapshot(edition.moment).statuses]
    return {
        "uuid": component(),
        "type": "service",
        "title": operator,
        "description": _("Guest lists, invitations, seating and check-in for events."),
        "links": [{"href": addresses.page(), "rel": "reference"}],
        "control-implementations": [
            {
                "uuid": identifier("implementation"),
                "source": addresses.below(CATALOG_PATH),
                "description": _("The promises of the practices page, kept by running code."),
                "implemented-requirements": requirements,
            }
        ],
    }


def _requirement(row: PromiseStatus) -> Object:
    promise = row.promise
    status = {"name": "implementation-status", "value": _status(row)}
    requirement: Object = {
        "uuid": identifier("requirement", promise.id),
        "control-id": promise.id,
        "description": str(promise.measured_by),
        "props": [status, prop("state", row.state.value)],
        "links": [promise_link(promise)],
    }
    return requirement | ({"remarks": row.reason} if row.reason else {})


def _status(row: PromiseStatus) -> str:
    is_built = row.promise.examine is not None
    return STATUS.get(row.state) or ("partial" if is_built else "planned")


def assessment_plan(edition: Edition) -> bytes:
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
            {"href": addresses.below(COMPONENT_PATH), "media-type": "application/oscal+json"}
        ],
    }
