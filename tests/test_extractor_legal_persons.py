"""事业单位, 民办非企业单位 and 社会团体 certificates."""

from __future__ import annotations

import pytest

from papers import invent, licence, words
from qi_pipeline.extraction.documents import extract
from stored_pages import at, centred, document, page
from test_extractor_business_licence import NOISES, plain

ENTITY = {
    "public_institution_certificate": "public",
    "private_nonenterprise_certificate": "private_nonenterprise",
    "social_organization_certificate": "social",
}


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("kind", ENTITY)
def test_a_drawn_certificate_reads_back(kind: str, noise: str) -> None:
    for seed in range(2):
        paper = licence.legal_person(kind, invent.institution(seed, entity=ENTITY[kind]), seed=seed)
        (found,) = extract([words.reading(paper, "x.jpg", noise=NOISES[noise])])
        assert found.kind == kind
        got = {name: plain(field.value) for name, field in found.fields.items()}
        assert got == {name: plain(value) for name, value in paper.truth.items()}


def test_a_number_from_before_the_credit_code_has_no_label() -> None:
    found = document(
        page(
            centred("事业单位法人证书", 0.15, 0.05),
            at("名称", 0.2, 0.3),
            at("无锡市漪棠检验中心", 0.35, 0.3),
            at("事证第132020000123号", 0.2, 0.9),
        )
    )
    assert found.fields["certificate_number"].value == "事证第132020000123号"


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("民办非企业单位（法人）登记证书", "private_nonenterprise_certificate"),
        ("民办非企业单位登记证书（副本）", "private_nonenterprise_certificate"),
        ("社会服务机构登记证书", "private_nonenterprise_certificate"),
        ("社会团体法人登记证书", "social_organization_certificate"),
        ("事业单位法人证书（正本）", "public_institution_certificate"),
    ],
)
def test_titles_tell_the_kinds_apart(title: str, kind: str) -> None:
    found = document(
        page(
            centred(title, 0.15, 0.04),
            at("名称", 0.2, 0.3),
            at("无锡市漪棠检验中心", 0.35, 0.3),
            at("业务范围", 0.2, 0.35),
        )
    )
    assert found.kind == kind


def test_the_person_of_a_unit_that_is_no_legal_person_is_its_head() -> None:
    found = document(
        page(
            centred("民办非企业单位（个体）登记证书", 0.15, 0.04),
            at("名称：无锡漪棠标准化服务站", 0.2, 0.3),
            at("负责人：沈知微", 0.2, 0.35),
            at("有效期限：自2023年04月10日至2027年04月09日", 0.2, 0.4),
        )
    )
    assert found.fields["legal_representative"].value == "沈知微"
    assert (found.fields["valid_from"].value, found.fields["valid_to"].value) == ("2023-04-10", "2027-04-09")
