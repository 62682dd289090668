"""OSCAL as compliance-trestle reads it, and what it says of each of the four states."""

from __future__ import annotations

import json
import re
import warnings
from typing import Any

import pytest
from django.test import Client

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # trestle's own
    from trestle import oscal
    from trestle.core.validator_factory import validator_factory
    from trestle.oscal.assessment_plan import Model as PlanModel
    from trestle.oscal.assessment_results import Model as ResultsModel
    from trestle.oscal.catalog import Model as CatalogModel
    from trestle.oscal.component import Model as ComponentModel

MODELS = {
    "catalog": CatalogModel,
    "component-definition": ComponentModel,
    "assessment-plan": PlanModel,
    "assessment-results": ResultsModel,
}


def fetched(kind: str) -> dict[str, Any]:
    answer = Client().get(f"/practices/oscal/{kind}.json")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    document: dict[str, Any] = json.loads(answer.content)[kind]
    return document


def result() -> dict[str, Any]:
    (only,) = fetched("assessment-results")["results"]
    return only


def by_title(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["title"]: row for row in rows}


@pytest.mark.parametrize("kind", MODELS)
def test_trestle_finds_every_document_valid(four, kind, tmp_path):
    model = MODELS[kind].model_validate({kind: fetched(kind)})
    document = getattr(model, kind.replace("-", "_"))
    for validator in validator_factory.get_all():
        assert validator.model_is_valid(document, False, tmp_path), validator.error_msg()


@pytest.mark.parametrize("kind", MODELS)
def test_it_is_of_a_version_that_trestle_knows(four, kind):
    version = fetched(kind)["metadata"]["oscal-version"]
    assert re.fullmatch(oscal.OSCAL_VERSION_REGEX, version)


@pytest.mark.parametrize("kind", MODELS)
def test_trestle_finds_the_real_promises_valid(instance, db, kind, tmp_path):
    model = MODELS[kind].model_validate({kind: fetched(kind)})
    document = getattr(model, kind.replace("-", "_"))
    for validator in validator_factory.get_all():
        assert validator.model_is_valid(document, False, tmp_path), validator.error_msg()


def test_only_what_is_kept_passes_and_what_is_unproven_is_not_satisfied(four):
    found = by_title(result()["findings"])
    status = {name: row["target"]["status"] for name, row in found.items()}
    said = {name: (each["state"], each["reason"]) for name, each in status.items()}
    assert said == {
        "access.doors": ("satisfied", "pass"),
        "hosts.walls": ("not-satisfied", "fail"),
        "network.roof": ("not-satisfied", "other"),
        "personnel.keys": ("satisfied", "other"),
    }
    assert status["network.roof"]["remarks"] == "There is no roof yet."
    assert (
        status["personnel.keys"]["remarks"]
        == "Attested by a person as Head of Doors, not measured."
    )


def test_what_is_broken_is_an_open_risk_with_its_observation(four):
    (risk,) = result()["risks"]
    finding = by_title(result()["findings"])["hosts.walls"]
    observation = by_title(result()["observations"])["hosts.walls"]
    assert (risk["title"], risk["status"]) == ("hosts.walls is broken", "open")
    assert finding["related-risks"] == [{"risk-uuid": risk["uuid"]}]
    assert risk["related-observations"] == [{"observation-uuid": observation["uuid"]}]


def test_evidence_is_an_observation_with_its_numbers_and_its_end(four):
    seen = by_title(result()["observations"])
    props = {prop["name"]: prop["value"] for prop in seen["access.doors"]["props"]}
    assert seen.keys() == {"access.doors", "hosts.walls", "personnel.keys"}
    assert (props, seen["access.doors"]["methods"]) == ({"state": "kept", "open": "0"}, ["TEST"])
    assert seen["access.doors"]["collected"] < seen["access.doors"]["expires"]
    assert seen["personnel.keys"]["methods"] == ["EXAMINE"]


def test_the_component_says_how_far_each_promise_is(four):
    (component,) = fetched("component-definition")["components"]
    (implementation,) = component["control-implementations"]
    status = {
        row["control-id"]: row["props"][0]["value"]
        for row in implementation["implemented-requirements"]
    }
    assert status == {
        "access.doors": "implemented",
        "hosts.walls": "partial",
        "network.roof": "planned",
        "personnel.keys": "implemented",
    }
    assert implementation["source"] == "https://guests.example.org/practices/oscal/catalog.json"


def test_whatever_a_document_names_is_in_another(four):
    catalog = fetched("catalog")
    controls = [control for group in catalog["groups"] for control in group["controls"]]
    objectives = {part["id"] for control in controls for part in control["parts"]}
    (component,) = fetched("component-definition")["components"]
    (local,) = result()["local-definitions"]["components"]
    assert {row["target"]["target-id"] for row in result()["findings"]} <= objectives
    assert local["uuid"] == component["uuid"]
    for row in result()["observations"]:
        assert row["subjects"] == [{"subject-uuid": component["uuid"], "type": "component"}]
    for kind in MODELS:
        plan = fetched("assessment-results")["import-ap"]["href"]
        assert Client().get(plan.removeprefix("https://guests.example.org")).status_code == 200, (
            kind
        )


def test_identifiers_stay_from_document_to_document(four):
    first = [by_title(result()["findings"]), fetched("component-definition")["uuid"]]
    assert [by_title(result()["findings"]), fetched("component-definition")["uuid"]] == first


def test_without_evidence_nothing_is_satisfied(doors, unreadable):
    (finding,) = result()["findings"]
    assert finding["target"]["status"]["state"] == "not-satisfied"
    assert "observations" not in result()
