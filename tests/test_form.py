"""The application as data: what application.json and a scanned form give, and what is wrong with them."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papers import form as drawn
from papers import invent, words
from qi_pipeline.admission.form import Form, form_from_document, form_from_json, merge
from qi_pipeline.admission.form_decoding import MAX_BYTES
from qi_pipeline.admission.form_problems import application_schema, problems_of
from qi_pipeline.kinds import CATEGORIES, SERVICE_ITEMS
from qi_pipeline.model import Field

BODY = invent.institution(11)
APPLICATION = drawn.application(BODY, seed=11)
WHOLE = APPLICATION.as_json()


def form_of(data: object) -> Form:
    return form_from_json(json.dumps(data, ensure_ascii=False).encode(), "application.json")


def changed(path: str, value: object) -> dict[str, object]:
    """The whole application with one place changed; ``...`` takes it out."""
    data = json.loads(json.dumps(WHOLE))
    *way, last = path.split(".")
    node = data
    for step in way:
        node = node[int(step)] if step.isdigit() else node[step]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return data


def problem_at(form: Form, path: str) -> str | None:
    return next((each.code for each in form.problems if each.path == path), None)


class TestWhole:
    def test_every_value_is_taken_over(self) -> None:
        form = form_of(WHOLE)
        assert form.problems == ()
        assert form.request == "admission"
        assert form.reference == APPLICATION.reference
        assert form.submitted_at == datetime(2026, 11, 20, 2, 12, tzinfo=UTC)
        assert (form.institution.name, form.institution.uscc) == (BODY.name, BODY.uscc)
        assert form.institution.category == BODY.category
        assert [(s.name, s.item, s.standards) for s in form.services] == [
            (s.name, s.item, s.standards) for s in APPLICATION.services
        ]
        assert [(p.name, p.phone, p.employment) for p in form.customer_service] == list(APPLICATION.customer_service)
        assert form.confidence_for("institution.uscc") == 1.0
        assert form.evidence_for("services[0].name").file == "application.json"

    def test_a_shared_laboratorys_equipment(self) -> None:
        lab = drawn.application(invent.institution(2, category="shared_laboratory"), seed=2)
        form = form_of(lab.as_json())
        assert [(e.name, e.model, e.serial) for e in form.equipment] == [
            (e.name, e.model, e.serial) for e in lab.equipment
        ]

    def test_the_schema_knows_the_categories_of_the_program(self) -> None:
        known = application_schema()["properties"]["institution"]["properties"]["category"]["enum"]
        assert known == list(CATEGORIES)

    def test_unknown_keys_and_nulls_of_optional_ones_are_no_problem(self) -> None:
        assert form_of({**WHOLE, "remark": "x", "equipment": None, "reference": None}).problems == ()

    def test_without_an_offset_a_moment_is_meant_in_shanghai(self) -> None:
        form = form_of(changed("submitted_at", "2026-11-20T23:30:00"))
        assert form.submitted_at == datetime(2026, 11, 20, 15, 30, tzinfo=UTC)

    def test_another_service_table_decides_which_items_are_known(self) -> None:
        data = json.dumps(changed("services.0.item", "drone_inspection")).encode()
        assert form_from_json(data, "a.json", items={"drone_inspection"}).problems == ()
        assert problem_at(form_from_json(data, "a.json"), "services[0].item") == "unknown_value"


class TestProblems:
    """Each required place, just missing and just there; nothing stops the packet."""

    @pytest.mark.parametrize("name", ["name", "uscc", "legal_representative", "address", "category"])
    @pytest.mark.parametrize("value", [..., None, "", "  ", 7.5, ["x"]])
    def test_a_required_value_of_the_institution(self, name: str, value: object) -> None:
        form = form_of(changed(f"institution.{name}", value))
        assert problem_at(form, f"institution.{name}") in ("missing", "wrong_type")
        assert getattr(form.institution, name) is None
        assert [each.path for each in form.blocking] == [f"institution.{name}"]
        for sentence in form.problems[0].message.values():
            assert f"institution.{name}" in sentence

    @pytest.mark.parametrize("value", [..., None, [], {}, "检测", [1]])
    def test_services(self, value: object) -> None:
        form = form_of(changed("services", value))
        assert form.blocking
        assert all(each.path.startswith("services") for each in form.blocking)

    @pytest.mark.parametrize(
        ("place", "value"), [("name", ...), ("item", ...), ("item", "unheard_of"), ("item", 3), ("name", "")]
    )
    def test_a_service(self, place: str, value: object) -> None:
        form = form_of(changed(f"services.0.{place}", value))
        assert [each.path for each in form.blocking] == [f"services[0].{place}"]

    @pytest.mark.parametrize("value", [..., None, [], [{"name": ""}], "张某"])
    def test_an_empty_customer_service_does_not_make_the_form_incomplete(self, value: object) -> None:
        form = form_of(changed("customer_service", value))
        assert form.customer_service == ()
        assert form.blocking == ()

    def test_an_unknown_category_and_request_are_none(self) -> None:
        assert (
            problem_at(form_of(changed("institution.category", "cooking")), "institution.category") == "unknown_value"
        )
        form = form_of(changed("request", "please"))
        assert form.request is None
        assert problem_at(form, "request") == "unknown_value"

    def test_a_code_of_seventeen_characters_is_kept_and_named(self) -> None:
        form = form_of(changed("institution.uscc", BODY.uscc[:-1]))
        assert form.institution.uscc == BODY.uscc[:-1]
        assert problem_at(form, "institution.uscc") == "malformed"
        full_width = "".join(chr(ord(c) + 0xFEE0) for c in BODY.uscc)
        assert form_of(changed("institution.uscc", f" {full_width} ")).institution.uscc == BODY.uscc

    @pytest.mark.parametrize(
        "value", ["yesterday", "2026-13-40", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 5]
    )
    def test_a_moment_that_is_none_does_not_block(self, value: object) -> None:
        form = form_of(changed("submitted_at", value))
        assert form.submitted_at is None
        assert form.blocking == ()
        assert problem_at(form, "submitted_at")

    def test_numbers_written_as_numbers_are_taken_as_their_digits(self) -> None:
        form = form_of(changed("customer_service.0.phone", 13800001234))
        assert form.customer_service[0].phone == "13800001234"
        assert form.problems == ()


class TestHostile:
    """Bytes that no form should have; each answered at once, none raises."""

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"   \n",
            b"null",
            b"[]",
            b"3",
            b'"form"',
            b"{",
            b'{"institution": ',
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b"x" * 50_000_000,
            b'"' + b'\\"' * 500_000 + b"\\",
            b"\x00" * 1000,
            bytes(range(256)) * 20,
            b"PK\x03\x04 not json",
            b'{"institution": NaN, "services": Infinity}',
            b'{"reference": ' + b"9" * 100_000 + b"}",
            b'{"services": [' + b'{"name": 1},' * 50_000 + b"{}]}",
        ],
        ids=range(18),
    )
    def test_gives_a_form_that_names_what_is_wrong(self, data: bytes) -> None:
        started = time.process_time()
        form = form_from_json(data, "application.json")
        assert form.blocking
        assert time.process_time() - started < 5

    def test_one_byte_more_than_allowed(self) -> None:
        text = json.dumps(WHOLE).encode()
        assert form_from_json(text + b" " * (MAX_BYTES - len(text)), "a").problems == ()
        assert form_from_json(text + b" " * (MAX_BYTES - len(text) + 1), "a").blocking[0].path == "$"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
    def test_encodings(self, encoding: str) -> None:
        form = form_from_json(json.dumps(WHOLE, ensure_ascii=False).encode(encoding), "a.json")
        assert form.institution.name == BODY.name
        assert form.problems == ()

    def test_a_key_given_twice_with_another_value_is_named(self) -> None:
        text = json.dumps(WHOLE, ensure_ascii=False)
        doubled = text.replace('"uscc":', '"uscc": "91320281MA1XXXXXX1", "uscc":')
        assert problem_at(form_from_json(doubled.encode(), "a"), "uscc") == "duplicate"
        same = text.replace('"uscc":', f'"uscc": "{BODY.uscc}", "uscc":')
        assert form_from_json(same.encode(), "a").problems == ()

    def test_control_characters_and_half_surrogates_are_left_out(self) -> None:
        form = form_from_json(json.dumps(changed("institution.name", "江阴\x00某某\ud800检测\u202e站")).encode(), "a")
        assert form.institution.name == "江阴某某检测站"

    @settings(max_examples=60, deadline=None)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(
                        ["institution", "services", "name", "uscc", "item", "standards", "equipment", "request"]
                    ),
                    inner,
                    max_size=5,
                )
            ),
            max_leaves=20,
        )
    )
    def test_no_json_raises(self, data: object) -> None:
        form = form_of(data)
        assert all(service.item in SERVICE_ITEMS for service in form.services if service.item is not None)
        assert form.institution.category in {None, *CATEGORIES}


class TestScanned:
    """The same from a scanned form, with places and confidences."""

    document = words.document(drawn.form(APPLICATION), "form.pdf")

    def test_gives_the_same_form(self) -> None:
        scanned, handed_in = form_from_document(self.document), form_of(WHOLE)
        assert scanned.institution == handed_in.institution
        assert scanned.services == handed_in.services
        assert scanned.customer_service == handed_in.customer_service
        assert scanned.problems == ()

    def test_a_value_has_its_place_and_its_confidence(self) -> None:
        doubtful = words.document(drawn.form(APPLICATION), "form.pdf", doubtful=("holder_uscc",))
        form = form_from_document(doubtful)
        assert form.confidence_for("institution.uscc") == 0.5
        assert form.evidence_for("institution.uscc").box == doubtful.fields["holder_uscc"].box
        assert form.evidence_for("services[0].standards").box == doubtful.fields["services"].box

    def test_what_is_not_filled_in_is_missing_and_what_can_not_be_read_is_unreadable(self) -> None:
        fields = dict(self.document.fields)
        del fields["address"]
        fields["legal_representative"] = replace(fields["legal_representative"], value=None, confidence=0.0)
        form = form_from_document(replace(self.document, fields=fields))
        assert problem_at(form, "institution.address") == "missing"
        assert problem_at(form, "institution.legal_representative") == "unreadable"

    def test_an_empty_document_names_every_required_place(self) -> None:
        form = form_from_document(replace(self.document, fields={}))
        assert {each.path for each in form.blocking} == {
            "institution.name",
            "institution.uscc",
            "institution.legal_representative",
            "institution.address",
            "institution.category",
            "services",
        }


class TestMerged:
    """application.json wins over a scanned form; differences are noted."""

    def test_one_alone_is_the_form(self) -> None:
        form = form_of(WHOLE)
        assert merge(form, None) is form
        assert merge(None, form) is form
        assert merge(None, None) is None

    def test_the_same_twice_differs_nowhere(self) -> None:
        merged = merge(form_of(WHOLE), form_from_document(words.document(drawn.form(APPLICATION), "form.pdf")))
        assert merged is not None
        assert merged.differences == ()

    def test_application_json_wins_and_the_difference_is_shown_on_the_scan(self) -> None:
        fields = dict(words.document(drawn.form(APPLICATION), "form.pdf").fields)
        fields["address"] = Field(value="别处一号", raw="别处一号", confidence=0.97, page=1, box=(0.1, 0.2, 0.3, 0.4))
        scanned = form_from_document(replace(words.document(drawn.form(APPLICATION), "form.pdf"), fields=fields))
        merged = merge(form_of(WHOLE), scanned)
        assert merged is not None
        assert merged.institution.address == BODY.address
        (difference,) = merged.differences
        assert (difference.path, difference.other) == ("institution.address", "别处一号")
        assert difference.evidence.file == "form.pdf"
        assert difference.evidence.box == (0.1, 0.2, 0.3, 0.4)

    def test_the_scan_fills_what_application_json_leaves_out(self) -> None:
        scanned = form_from_document(words.document(drawn.form(APPLICATION), "form.pdf", confidence=0.6))
        merged = merge(form_of(changed("institution.address", ...)), scanned)
        assert merged is not None
        assert merged.institution.address == BODY.address
        assert merged.problems == ()
        assert merged.confidence_for("institution.address") == 0.6
        assert merged.confidence_for("institution.name") == 1.0
        whole = merge(form_of(changed("institution", ...)), scanned)
        assert whole is not None
        assert whole.problems == ()


def test_every_problem_has_a_sentence_in_both_languages() -> None:
    for each in problems_of({"institution": {"category": "x"}, "services": [{}], "request": 1}):
        assert set(each.message) == {"zh", "en"}
        assert all(each.message.values())
