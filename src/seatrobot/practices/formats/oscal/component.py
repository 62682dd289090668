"""The component definition: the service, and how it implements each promise."""

from __future__ import annotations

from django.utils.translation import gettext as _

from seatrobot.kernel.promises.standing import Standing, State
from seatrobot.practices import addresses
from seatrobot.practices.formats.facts import Facts
from seatrobot.practices.formats.oscal import catalog
from seatrobot.practices.formats.oscal.words import (
    Object,
    component,
    encoded,
    head,
    identifier,
    promise_link,
    prop,
)
from seatrobot.practices.formats.shelf import Edition
from seatrobot.practices.profile import known_profile

PATH = "oscal/component-definition.json"
STATUS = {State.KEPT: "implemented", State.ATTESTED: "implemented", State.BROKEN: "partial"}
"""OSCAL's word for a state; unproven is `partial` where it is examined, else `planned`."""


def make(edition: Edition) -> bytes:
    """Return the component definition."""
    operator = known_profile().name
    title = _("Security practices of %s") % operator
    document = head("component-definition", title, edition)
    return encoded("component-definition", document | {"components": [_service(operator, edition)]})


def _service(operator: str, edition: Edition) -> Object:
    requirements = [_requirement(row) for row in Facts(edition.moment).standings]
    return {
        "uuid": component(),
        "type": "service",
        "title": operator,
        "description": _("Guest lists, invitations, seating and check-in for events."),
        "links": [{"href": addresses.page(), "rel": "reference"}],
        "control-implementations": [
            {
                "uuid": identifier("implementation"),
                "source": addresses.below(catalog.PATH),
                "description": _("The promises of the practices page, kept by running code."),
                "implemented-requirements": requirements,
            }
        ],
    }


def _requirement(row: Standing) -> Object:
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


def _status(row: Standing) -> str:
    is_built = row.promise.examine is not None
    return STATUS.get(row.state) or ("partial" if is_built else "planned")
