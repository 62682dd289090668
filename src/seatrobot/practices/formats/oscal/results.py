"""The assessment results: observations, and the findings and risks that follow from them.

An observation is the newest evidence of a promise. Whatever is not proven is not satisfied.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from seatrobot.kernel.promises.models import Attestation, Examination
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
from seatrobot.practices.formats.oscal.definitions import PLAN_PATH
from seatrobot.practices.formats.snapshot import Snapshot, written
from seatrobot.practices.profile import known_profile

RESULTS_PATH = "oscal/assessment-results.json"
STATUS = {
    State.KEPT: ("satisfied", "pass"),
    State.ATTESTED: ("satisfied", "other"),
    State.UNPROVEN: ("not-satisfied", "other"),
    State.BROKEN: ("not-satisfied", "fail"),
}
"""OSCAL's status and reason for each state; only what was measured passes or fails."""


def assessment_results(edition: Edition) -> bytes:
    """Return the present results of all examinations."""
    title = _("What the examinations of %s found") % known_profile().name
    document = head("assessment-results", title, edition)
    document |= {
        "import-ap": {"href": addresses.below(PLAN_PATH)},
        "results": [_result(edition)],
    }
    return encoded("assessment-results", document)


def _result(edition: Edition) -> Object:
    snapshot = Snapshot(edition.moment)
    begun = min((row.at for row in snapshot.statuses if row.at), default=snapshot.moment)
    lists = {
        "observations": _observations(snapshot),
        "risks": _risks(snapshot.statuses),
        "findings": [_finding(row) for row in snapshot.statuses],
    }
    return {
        "uuid": identifier("result", edition.name),
        "title": _("Continuous examination"),
        "description": _("Each promise with its newest evidence; see the page for the rest."),
        "start": written(min(begun, snapshot.moment)),
        "end": written(snapshot.moment),
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


def _observations(snapshot: Snapshot) -> list[Object]:
    """Return an observation for each promise that there is evidence of, fresh or not."""
    return [_observation(row, snapshot) for row in snapshot.statuses if _is_observed(row)]


def _is_observed(row: PromiseStatus) -> bool:
    return bool(row.examination or row.attestation)


def _observation_id(row: PromiseStatus) -> str:
    """Return an identifier of this very piece of evidence."""
    seen = row.examination or row.attestation
    return identifier("observation", row.promise.id, seen.id if seen else "")


def _observation(row: PromiseStatus, snapshot: Snapshot) -> Object:
    about: Object = {
        "uuid": _observation_id(row),
        "title": row.promise.id,
        "description": str(row.promise.measured_by),
        "props": [prop("state", row.state.value)],
        "types": ["control-objective"],
        "subjects": [{"subject-uuid": component(), "type": "component"}],
    }
    if row.until:
        about["expires"] = written(row.until)
    if row.examination:
        return about | _measured(row, row.examination, snapshot.hashes.get(row.examination.id))
    assert row.attestation is not None
    return about | _attested(row, row.attestation)


def _measured(row: PromiseStatus, found: Examination, sha256: str | None) -> Object:
    numbers = [prop(name, repr(value)) for name, value in found.measurements.items()]
    hashed = [prop("sha256", sha256)] if sha256 else []
    evidence = {
        "href": addresses.of_promise(row.promise.id),
        "description": _("Signed evidence %(id)s, journal entry %(entry)s.")
        % {"id": found.id, "entry": found.journal},
        "props": [*hashed, prop("journal-entry", found.journal), prop("check", found.check)],
    }
    about: Object = {
        "methods": ["TEST"],
        "collected": written(datetime.fromisoformat(found.at)),
        "relevant-evidence": [evidence],
        "props": [prop("state", row.state.value), *numbers],
    }
    return about | ({"remarks": found.failure} if found.failure else {})


def _attested(row: PromiseStatus, attestation: Attestation) -> Object:
    evidence: Object = {
        "href": addresses.of_promise(row.promise.id),
        "description": _("Attested by a person as %s, not measured.") % attestation.role,
    }
    if attestation.document:
        evidence["props"] = [prop("sha256", attestation.document)]
    return {
        "methods": ["EXAMINE"],
        "collected": written(datetime.fromisoformat(attestation.at)),
        "relevant-evidence": [evidence],
        "props": [prop("state", row.state.value), prop("role", attestation.role)],
    }


def _finding(row: PromiseStatus) -> Object:
    """Return what is known of a promise."""
    promise = row.promise
    about: Object = {
        "uuid": identifier("finding", promise.id),
        "title": promise.id,
        "description": str(promise.sentence),
        "props": [prop("state", row.state.value)],
        "links": [promise_link(promise)],
        "target": {
            "type": "objective-id",
            "target-id": objective(promise),
            "status": _status(row),
        },
    }
    if _is_observed(row):
        about["related-observations"] = _observed(row)
    if row.state == State.BROKEN:
        about["related-risks"] = [{"risk-uuid": _risk_id(row)}]
    return about


def _risks(statuses: Sequence[PromiseStatus]) -> list[Object]:
    """Return an open risk for each promise that is broken."""
    return [_risk(row) for row in statuses if row.state == State.BROKEN]


def _status(row: PromiseStatus) -> Object:
    state, reason = STATUS[row.state]
    status = {"state": state, "reason": reason}
    if row.attestation and row.state == State.ATTESTED:
        said = _("Attested by a person as %s, not measured.") % row.attestation.role
        return status | {"remarks": said}
    return status | ({"remarks": row.reason} if row.reason else {})


def _risk(row: PromiseStatus) -> Object:
    return {
        "uuid": _risk_id(row),
        "title": _("%s is broken") % row.promise.id,
        "description": row.reason,
        "statement": _("This does not hold now: %s") % row.promise.sentence,
        "props": [prop("state", row.state.value)],
        "status": "open",
        "related-observations": _observed(row),
    }


def _risk_id(row: PromiseStatus) -> str:
    return identifier("risk", row.promise.id)


def _observed(row: PromiseStatus) -> list[Object]:
    return [{"observation-uuid": _observation_id(row)}]
