"""Findings and risks: what the observations mean. Whatever is not proven is not satisfied."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from seatrobot.kernel.promises.standing import Standing, State
from seatrobot.practices.formats.oscal.observations import is_observed, observation_id
from seatrobot.practices.formats.oscal.words import (
    Object,
    identifier,
    objective,
    promise_link,
    prop,
)

STATUS = {
    State.KEPT: ("satisfied", "pass"),
    State.ATTESTED: ("satisfied", "other"),
    State.UNPROVEN: ("not-satisfied", "other"),
    State.BROKEN: ("not-satisfied", "fail"),
}
"""OSCAL's status and reason for each state; only what was measured passes or fails."""


def finding(row: Standing) -> Object:
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
    if is_observed(row):
        about["related-observations"] = _observed(row)
    if row.state == State.BROKEN:
        about["related-risks"] = [{"risk-uuid": _risk_id(row)}]
    return about


def risks(standings: Sequence[Standing]) -> list[Object]:
    """Return an open risk for each promise that is broken."""
    return [_risk(row) for row in standings if row.state == State.BROKEN]


def _status(row: Standing) -> Object:
    state, reason = STATUS[row.state]
    status = {"state": state, "reason": reason}
    if row.attestation and row.state == State.ATTESTED:
        said = _("Attested by a person as %s, not measured.") % row.attestation.role
        return status | {"remarks": said}
    return status | ({"remarks": row.reason} if row.reason else {})


def _risk(row: Standing) -> Object:
    return {
        "uuid": _risk_id(row),
        "title": _("%s is broken") % row.promise.id,
        "description": row.reason,
        "statement": _("This does not hold now: %s") % row.promise.sentence,
        "props": [prop("state", row.state.value)],
        "status": "open",
        "related-observations": _observed(row),
    }


def _risk_id(row: Standing) -> str:
    return identifier("risk", row.promise.id)


def _observed(row: Standing) -> list[Object]:
    return [{"observation-uuid": observation_id(row)}]
