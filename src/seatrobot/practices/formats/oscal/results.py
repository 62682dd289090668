"""The assessment results: what was observed of each promise, and what follows from it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from seatrobot.practices import addresses
from seatrobot.practices.formats.facts import Facts
from seatrobot.practices.formats.oscal import plan
from seatrobot.practices.formats.oscal.findings import finding, risks
from seatrobot.practices.formats.oscal.observations import observations
from seatrobot.practices.formats.oscal.words import (
    Object,
    component,
    encoded,
    every_control,
    head,
    identifier,
)
from seatrobot.practices.formats.shelf import Edition
from seatrobot.practices.formats.times import written
from seatrobot.practices.profile import known_profile

PATH = "oscal/assessment-results.json"


def make(edition: Edition) -> bytes:
    """Return the results of all examinations as they stand now."""
    title = _("What the examinations of %s found") % known_profile().name
    document = head("assessment-results", title, edition)
    document |= {
        "import-ap": {"href": addresses.below(plan.PATH)},
        "results": [_result(edition)],
    }
    return encoded("assessment-results", document)


def _result(edition: Edition) -> Object:
    facts = Facts(edition.moment)
    begun = min((row.at for row in facts.standings if row.at), default=facts.moment)
    lists = {
        "observations": observations(facts),
        "risks": risks(facts.standings),
        "findings": [finding(row) for row in facts.standings],
    }
    return {
        "uuid": identifier("result", edition.name),
        "title": _("Continuous examination"),
        "description": _("Each promise with its newest evidence; see the page for the rest."),
        "start": written(min(begun, facts.moment)),
        "end": written(facts.moment),
        "local-definitions": {"components": [_service()]},
        "reviewed-controls": every_control(),
    } | {name: rows for name, rows in lists.items() if rows}


def _service() -> Object:
    return {
        "uuid": component(),
        "type": "service",
        "title": known_profile().name,
        "description": _("The service that was examined."),
        "status": {"state": "operational"},
    }
