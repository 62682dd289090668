"""Observations: the newest evidence of each promise, measured by a machine or said by people."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from seatrobot.kernel.promises.models import Attestation, Examination
from seatrobot.kernel.promises.standing import Standing
from seatrobot.practices import addresses
from seatrobot.practices.formats.facts import Facts
from seatrobot.practices.formats.oscal.words import Object, component, identifier, prop
from seatrobot.practices.formats.times import written


def observations(facts: Facts) -> list[Object]:
    """Return an observation for each promise that there is evidence of, fresh or not."""
    return [_observation(row, facts) for row in facts.standings if is_observed(row)]


def is_observed(row: Standing) -> bool:
    return bool(row.examination or row.attestation)


def observation_id(row: Standing) -> str:
    """Return an identifier of this very piece of evidence."""
    seen = row.examination or row.attestation
    return identifier("observation", row.promise.id, seen.id if seen else "")


def _observation(row: Standing, facts: Facts) -> Object:
    about: Object = {
        "uuid": observation_id(row),
        "title": row.promise.id,
        "description": str(row.promise.measured_by),
        "props": [prop("state", row.state.value)],
        "types": ["control-objective"],
        "subjects": [{"subject-uuid": component(), "type": "component"}],
    }
    if row.until:
        about["expires"] = written(row.until)
    if row.examination:
        return about | _measured(row, row.examination, facts.hashes.get(row.examination.id))
    assert row.attestation is not None
    return about | _attested(row, row.attestation)


def _measured(row: Standing, found: Examination, sha256: str | None) -> Object:
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


def _attested(row: Standing, said: Attestation) -> Object:
    evidence: Object = {
        "href": addresses.of_promise(row.promise.id),
        "description": _("Attested by a person as %s, not measured.") % said.role,
    }
    if said.document:
        evidence["props"] = [prop("sha256", said.document)]
    return {
        "methods": ["EXAMINE"],
        "collected": written(datetime.fromisoformat(said.at)),
        "relevant-evidence": [evidence],
        "props": [prop("state", row.state.value), prop("role", said.role)],
    }
