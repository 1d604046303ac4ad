"""The shipped schemas: valid by the metaschema, and what they promise holds for what the program writes."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from admission_cases import CLEAN, CMA, LETTER, LICENCE, RULES, a_field, own_seal
from qi_pipeline.errors import PACKET_CODES
from qi_pipeline.kinds import KINDS
from qi_pipeline.model import Code, FileFailure, Json
from qi_pipeline.shapes import deadline_json, document_json, failure_json, finding_json, service_json
from test_admission_findings import PAIRS

NAMES = (
    "admission",
    "application",
    "dossier",
    "output_annual_audit",
    "output_backup",
    "output_bad_rows",
    "output_complaint",
    "output_correct",
    "output_decide",
    "output_doctor",
    "output_export",
    "output_extract",
    "output_hold",
    "output_ingest",
    "output_inspection",
    "output_institution_list",
    "output_institution_show",
    "output_key",
    "output_leaving",
    "output_leftover",
    "output_letter",
    "output_nightly",
    "output_originals",
    "output_packet_list",
    "output_packet_report",
    "output_packet_rerun",
    "output_restore",
    "output_retention",
    "output_review",
    "output_stats",
    "output_status",
    "output_verification",
    "output_verify_log",
)


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(resources.files("qi_pipeline.schemas").joinpath(f"{name}.json").read_bytes())
    return found


def problems(name: str, value: Json) -> list[str]:
    errors = Draft202012Validator(schema(name)).iter_errors(value)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in errors]


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_one(name: str) -> None:
    shipped = schema(name)
    Draft202012Validator.check_schema(shipped)
    assert shipped["$schema"].endswith("2020-12/schema")
    assert shipped["$id"] == f"{name}.json"


def test_no_schema_is_left_out() -> None:
    shipped = {entry.name for entry in resources.files("qi_pipeline.schemas").iterdir() if entry.name.endswith(".json")}
    assert shipped == {f"{name}.json" for name in NAMES}


@pytest.mark.parametrize("each", PAIRS, ids=lambda each: f"{each.code}: {each.note}")
def test_every_dossier_is_valid_by_its_schema(each: Any) -> None:
    for case in (each.wrong, each.right):
        dossier = case.dossier()
        assert problems("dossier", dossier) == []
        assert json.loads(json.dumps(dossier)) == dossier


def test_a_dossier_that_lacks_a_fact_is_refused() -> None:
    dossier = CLEAN.dossier()
    del dossier["letter"]
    assert problems("dossier", dossier)
    assert problems("dossier", {**CLEAN.dossier(), "surprise": 1})


def ingest(*entries: dict[str, Json]) -> dict[str, Json]:
    return {"as_of": "2026-11-22", "packets": list(entries), "duplicates": [], "quarantined": []}


def entry(case: Any) -> dict[str, Json]:
    decision = case.decide()
    return {
        "packet": "wx-000123",
        "id": "0198",
        "request": case.request,
        "institution": {"uscc": None, "name": None},
        "outcome": decision.outcome,
        "automatic": decision.automatic,
        "findings": [finding_json(each) for each in decision.findings],
        "services": [service_json(each) for each in decision.services],
        "deadlines": [deadline_json(each) for each in decision.deadlines],
        "report": "reports/wx-000123/decision.html",
    }


def test_ingest_output_of_every_finding_is_valid() -> None:
    assert problems("output_ingest", ingest(*(entry(each.wrong) for each in PAIRS))) == []


@pytest.mark.parametrize("spoil", ["outcome", "findings", "automatic"])
def test_ingest_output_with_a_wrong_part_is_not(spoil: str) -> None:
    assert problems("output_ingest", ingest({**entry(CLEAN), spoil: "perhaps"}))


def test_extract_output_is_valid() -> None:
    from dataclasses import replace

    licence = replace(
        LICENCE,
        fields={**LICENCE.fields, "valid_to": a_field(None), "long_term": a_field(True)},
        codes=(Code(page=1, box=(0.1, 0.1, 0.2, 0.2), text="https://example.invalid/"),),
        seals=(own_seal(None),),
    )
    output: Json = {
        "files": [
            {
                "file": "a.pdf",
                "sha256": "0" * 64,
                "pages": 3,
                "documents": [document_json(each) for each in (licence, CMA, LETTER)],
            }
        ],
        "failed": [failure_json(FileFailure(file="b.pdf", code="encrypted", message="needs a password"))],
    }
    assert problems("output_extract", output) == []
    assert isinstance(output, dict)
    documents: Any = output["files"]
    documents[0]["documents"][0]["fields"]["issued_on"]["value"] = "2023年4月6日"
    assert problems("output_extract", output)


def test_packet_list_output() -> None:
    row: dict[str, Json] = {
        "packet": "wx-000123",
        "id": "0198",
        "request": "admission",
        "institution": {"uscc": None, "name": None},
        "outcome": "supplement",
        "automatic": True,
        "state": "decided",
        "decided_on": "2026-11-22",
        "code": None,
    }
    assert problems("output_packet_list", {"packets": [row]}) == []
    quarantined = {**row, "state": "quarantined", "outcome": None, "code": "corrupt", "decided_on": None}
    assert problems("output_packet_list", {"packets": [quarantined]}) == []
    assert problems("output_packet_list", {"packets": [{**quarantined, "outcome": "admit"}]})
    assert problems("output_packet_list", {"packets": [{**row, "outcome": None}]})


def test_nightly_output() -> None:
    night: dict[str, Json] = {
        "as_of": "2026-11-22",
        "institutions": 2,
        "qualifications": 3,
        "expiring": [
            {"uscc": "u", "kind": "business_licence", "number": None, "valid_to": "2026-12-22", "days_left": 30}
        ],
        "suspended": [{"uscc": "u", "services": [], "reason": "licence_expired", "deregisters_on": None}],
        "reinstated": [{"uscc": "u", "services": ["食品检测"]}],
        "deregistered": [{"uscc": "u", "clause": "4.2", "reason": "qualification_expired", "order": "2026-1"}],
        "annual_audits": [{"uscc": "u", "due_on": "2026-12-01", "state": "due"}],
        "overdue": [
            {"uscc": "u", "clause": "6.3", "duty": "complete_profile", "due_on": "2027-01-08", "provisional": True}
        ],
        "flags": [{"uscc": "u", "clause": "4.3", "code": "serious_violation_listed"}],
    }
    assert problems("output_nightly", night) == []
    assert problems("output_nightly", {**night, "institutions": -1})
    assert problems("output_nightly", {key: value for key, value in night.items() if key != "flags"})


def test_vocabularies_of_the_schemas_are_those_of_the_program() -> None:
    extract, out = schema("output_extract"), schema("output_ingest")
    assert set(extract["$defs"]["document"]["properties"]["kind"]["enum"]) == set(KINDS)
    assert set(extract["properties"]["failed"]["items"]["properties"]["code"]["enum"]) == PACKET_CODES
    assert set(out["$defs"]["finding"]["properties"]["code"]["enum"]) == RULES.codes
