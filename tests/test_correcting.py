"""What a person may say a paper prints, and how it lies over what the machine read."""

from __future__ import annotations

from typing import Any

import pytest

from qi_pipeline.admission.corrected import corrected
from qi_pipeline.admission.correcting import fits, value_of, wanted
from qi_pipeline.errors import UsageError
from qi_pipeline.extraction.identifiers import is_uscc, uscc_repairs
from qi_pipeline.model import Correction, Document, Field, Json

CODE = "91320200MA1X0001X9"
BOX = (0.1, 0.2, 0.3, 0.4)


def document(
    kind: str = "cma_certificate", file: str = "a.pdf", pages: tuple[int, ...] = (1,), **values: Json
) -> Document:
    fields = {
        name: Field(value=value, raw=str(value), confidence=0.7, page=pages[0], box=BOX)
        for name, value in values.items()
    }
    return Document(file=file, kind=kind, confidence=0.8, pages=pages, fields=fields)


def said(assignment: str, paper: Document, *, as_printed: bool = False) -> Json:
    return value_of(wanted(assignment), paper, as_printed=as_printed)[0]


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("cma_certificate.valid_to=2029-05-01", "2029-05-01"),
        ("valid_to=2029年5月1日", "2029-05-01"),
        ("valid_to=２０２９/5/1", "2029-05-01"),
        ("valid_to=", None),
        ("holder_name=无锡 甲 检测有限公司", "无锡甲检测有限公司"),
        ("address=No. 1  Lake Road", "No. 1 Lake Road"),
        (f"holder_uscc={CODE.lower()}", CODE),
        (f"holder_uscc={CODE[:9]} {CODE[9:]}", CODE),
        ("long_term=是", True),
        ("seal=某某检测有限公司", "某某检测有限公司"),
        ("seal=none", None),
    ],
)
def test_values_are_brought_to_the_contracts_form(assignment: str, value: Json) -> None:
    assert said(assignment, document()) == value


@pytest.mark.parametrize(
    ("assignment", "why"),
    [
        ("valid_to=2029-02-29", "no day of the calendar"),
        ("valid_to=0202-05-01", "no day of the calendar"),
        ("valid_to=五月", "long_term=true"),
        ("issued_on=20290501", "YYYY-MM-DD"),
        ("holder_uscc=9132020", "7 characters"),
        ("holder_uscc=91320200MA1X0001XO", "O never stands in one"),
        ("long_term=perhaps", "neither true nor false"),
        ("registration_number=320200000000001", "15-digit"),
        ("information_categories=11", "from 0 to 10"),
        ("promises=false", "promises.3=false"),
        ("promises.10=true", "promises.1 to promises.9"),
        ("valid_to.day=1", "names no value"),
        ("scope_items=[1]", "list of objects"),
        ("scope_items=true", "no row was read"),
        ("scope_items.1.standard=GB 1-2020", "the annex has 0 rows"),
        ("scope_items.0.standard=GB 1-2020", "names no value"),
        ("scope_items.1.page=2", "names no value"),
        ('scope_items=[{"standard": "GB 1-2020", "rows": "x"}]', "row 1 has rows"),
        ('scope_items=[{"standard": "GB 1-2020", "page": 9}]', "page 9"),
        ("holder_name=a\x1bb", "control characters"),
        ("certificate.valid_to=2029-05-01", "is no kind of document"),
    ],
)
def test_what_no_paper_prints_is_refused(assignment: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        said(assignment, document())


def test_a_wrong_check_character_needs_the_reviewers_word() -> None:
    wrong = next(code for digit in "12345678" if not is_uscc(code := CODE[:-1] + digit))
    with pytest.raises(UsageError, match="--as-printed") as refused:
        said(f"holder_uscc={wrong}", document())
    assert all(repair in str(refused.value) for repair in uscc_repairs(wrong)[:1])
    value, remarks = value_of(wanted(f"holder_uscc={wrong}"), document(), as_printed=True)
    assert (value, len(remarks)) == (wrong, 1)
    assert value_of(wanted(f"holder_uscc={CODE}"), document(), as_printed=False) == (CODE, [])


def test_what_only_looks_odd_is_a_remark() -> None:
    paper = document(valid_from="2023-01-02")
    assert value_of(wanted("valid_to=2023-01-01"), paper, as_printed=False)[1]
    assert value_of(wanted("valid_to=2023-01-02"), paper, as_printed=False)[1] == []
    assert value_of(wanted("certificate_number=22102034035"), paper, as_printed=False)[1]
    assert value_of(wanted("certificate_number=221020340350"), paper, as_printed=False)[1] == []


def test_long_term_may_be_said_as_the_last_day() -> None:
    assert wanted("business_licence.valid_to=长期") == wanted("business_licence.long_term=true")


def test_fields_of_the_letter_and_the_form_stand_on_no_other_paper() -> None:
    assert fits("commitment_letter", "promises.3")
    assert not fits("business_licence", "signature_present")
    assert fits("application_form", "category")
    assert not fits("cma_certificate", "services")


def correction(field: str, value: Json, **changed: Any) -> Correction:
    values: dict[str, Any] = {
        "id": 1,
        "packet": "p",
        "file": "a.pdf",
        "sha256": "a" * 64,
        "kind": "cma_certificate",
        "page": 1,
        "field": field,
        "value": value,
        "machine_value": None,
        "machine_confidence": None,
        "reviewer": "李",
        "role": None,
        "reason": "核对",
        "made_on": "2026-11-22",
    }
    return Correction(**{**values, **changed})


HASHES = {"a.pdf": "a" * 64, "b.pdf": "b" * 64}


def test_a_corrected_value_is_certain_and_keeps_its_place() -> None:
    papers = (document(valid_to="2020-01-01"), document(file="b.pdf", valid_to="2020-01-01"))
    made = corrected(papers, HASHES, [correction("valid_to", "2029-05-01")])
    field = made.documents[0].fields["valid_to"]
    assert (field.value, field.confidence, field.page, field.box, field.raw) == (
        "2029-05-01",
        1.0,
        1,
        BOX,
        "2020-01-01",
    )
    assert made.documents[1] == papers[1]
    assert papers[0].fields["valid_to"].value == "2020-01-01"
    assert [each.value for each in made.applied] == ["2029-05-01"]
    assert made.idle == ()


def test_the_last_correction_of_a_value_holds() -> None:
    both = [correction("valid_to", "2029-05-01"), correction("valid_to", "2029-06-01", id=2)]
    made = corrected([document(valid_to=None)], HASHES, both[::-1])
    assert made.documents[0].fields["valid_to"].value == "2029-06-01"
    assert [each.id for each in made.idle] == [1]


def test_a_last_day_and_no_last_day_exclude_each_other() -> None:
    endless = corrected([document(valid_to="2020-01-01")], HASHES, [correction("long_term", True)]).documents[0]
    assert (endless.fields["valid_to"].value, endless.fields["long_term"].value) == (None, True)
    dated = corrected([document(long_term=True)], HASHES, [correction("valid_to", "2029-05-01")]).documents[0]
    assert "long_term" not in dated.fields
    later = [correction("valid_to", "2029-05-01"), correction("long_term", True, id=2)]
    assert corrected([document()], HASHES, later).documents[0].fields["long_term"].value is True
    gone = corrected([document(valid_to="2029-05-01")], HASHES, [correction("valid_to", None)]).documents[0]
    assert "valid_to" not in gone.fields


def test_a_correction_finds_its_document_by_content_kind_and_page() -> None:
    two = [document(pages=(1,), valid_to="x"), document(pages=(2, 3), valid_to="y")]
    made = corrected(two, HASHES, [correction("valid_to", "2029-05-01", page=2)])
    assert [each.fields["valid_to"].value for each in made.documents] == ["x", "2029-05-01"]
    # Read anew the file is one document, renamed, of other pages: it is still the only one of its kind.
    moved = corrected([document(file="c.pdf", pages=(4,))], {"c.pdf": "a" * 64}, [correction("valid_to", "2029-05-01")])
    assert moved.documents[0].fields["valid_to"].value == "2029-05-01"
    assert moved.applied[0].file == "c.pdf"
    other = corrected([document(kind="cnas_certificate")], HASHES, [correction("valid_to", "2029-05-01")])
    assert (other.applied, [each.id for each in other.idle]) == ((), [1])


def test_a_kind_is_corrected_before_its_fields() -> None:
    kind = correction("kind", {"kind": "cma_certificate", "fields": None}, id=2, kind="unknown")
    field = correction("valid_to", "2029-05-01", id=1)
    made = corrected([document(kind="unknown")], HASHES, [field, kind]).documents[0]
    assert (made.kind, made.confidence, made.fields["valid_to"].value) == ("cma_certificate", 1.0, "2029-05-01")


def test_one_broken_promise_is_certain_and_nine_whole_ones_are() -> None:
    letter = document(kind="commitment_letter", promises=dict.fromkeys("123456789", True))
    broken = corrected([letter], HASHES, [correction("promises.3", False, kind="commitment_letter")]).documents[0]
    assert (broken.fields["promises"].value["3"], broken.fields["promises"].confidence) == (False, 1.0)
    parts = [correction(f"promises.{n}", True, id=n, kind="commitment_letter") for n in range(1, 10)]
    assert corrected([letter], HASHES, parts[:8]).documents[0].fields["promises"].confidence == 0.7
    assert corrected([letter], HASHES, parts).documents[0].fields["promises"].confidence == 1.0


def test_a_cell_is_mended_and_the_rows_are_confirmed() -> None:
    row: dict[str, Json] = {
        "category": "食品",
        "item": "铅",
        "standard": "GB 5009.12-2O17",
        "limitation": None,
        "page": 1,
    }
    annex = document(scope_items=[row, {**row, "item": "镉"}])
    cell = correction("scope_items.2.standard", said("scope_items.2.standard=GB 5009.15-2023", annex))
    mended = corrected([annex], HASHES, [cell]).documents[0]
    rows = mended.fields["scope_items"]
    assert rows.value == [row, {**row, "item": "镉", "standard": "GB 5009.15-2023"}]
    assert rows.confidence == 0.7  # nobody vouched for the others
    sure = correction("scope_items", said("scope_items=true", mended), id=2)
    whole = corrected([annex], HASHES, [cell, sure]).documents[0].fields["scope_items"]
    assert (whole.value, whole.confidence) == (rows.value, 1.0)
    assert corrected([document(scope_items=[row])], HASHES, [cell]).documents[0].fields["scope_items"].value == [row]
    assert "scope_items" not in corrected([document()], HASHES, [cell]).documents[0].fields
    # Read anew with other rows, what was confirmed are the rows that the person saw.
    again = corrected([document(scope_items=[row])], HASHES, [cell, sure]).documents[0].fields["scope_items"]
    assert again.value == rows.value


def test_parts_and_wholes_hold_in_the_order_they_were_given() -> None:
    letter = document(kind="commitment_letter", promises=dict.fromkeys("123456789", True))
    whole = dict.fromkeys("123456789", True)
    given = [
        correction("promises.3", False, id=1, kind="commitment_letter"),
        correction("promises", whole, id=2, kind="commitment_letter"),
        correction("promises.3", False, id=3, kind="commitment_letter"),
    ]
    assert corrected([letter], HASHES, given[:2]).documents[0].fields["promises"].value == whole
    assert corrected([letter], HASHES, given).documents[0].fields["promises"].value == {**whole, "3": False}
