"""The decision report as a page: valid, whole, safe, and with everything that a reviewer decides by."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from tinyhtml5.parser import HTMLParser

from admission_cases import AS_OF, CLEAN, CMA, LICENCE, NAME, OTHER, ROWS, USCC, Case, a_field
from papers.packets import LETTER, good_packet
from qi_pipeline.admission.rules import load_rules
from qi_pipeline.ingest import run_ingest
from qi_pipeline.model import Correction, ElectronicSignature, Evidence, FileFailure, Finding, Hold, Lang, Seal
from qi_pipeline.reporting import report_packet
from qi_pipeline.reports import decision as decision_report
from qi_pipeline.reports import doubt_words
from qi_pipeline.reports.decision import ReportInput, ReviewerDecision, render_decision, write_decision
from qi_pipeline.reports.expected_words import EXPECTED
from report_cases import event, images_in, placed, readings_of, report_of, spoiled
from stored_pool import drop, workspace

SOURCES = Path(__file__).parents[1]


def parsed(html: str) -> Element:
    """The page as a strict parser sees it; an error of its grammar fails the test."""
    parser = HTMLParser(namespace_html_elements=False)
    root = parser.parse(html)
    assert parser.errors == []
    return root


def text_of(element: Element) -> str:
    """The words that a person sees, in order."""
    return " ".join(" ".join(_words(element)).split())


def _words(element: Element) -> Iterator[str]:
    if element.tag not in ("script", "style", "title"):
        yield element.text or ""
        for child in element:
            yield from _words(child)
            yield child.tail or ""


def by_id(root: Element, name: str) -> Element:
    found = [each for each in root.iter() if each.get("id") == name]
    assert len(found) == 1, name
    return found[0]


def all_of(root: Element, tag: str) -> list[Element]:
    return [each for each in root.iter() if str(each.tag).split("}")[-1] == tag]


def check_page(html: str) -> Element:
    """The page, checked as any page must be."""
    root = parsed(html)
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    levels = [int(str(each.tag)[1]) for each in root.iter() if re.fullmatch("h[1-6]", str(each.tag))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels
    for image in all_of(root, "img"):
        assert image.get("alt")
        assert (image.get("src") or "").startswith("data:image/")
    for link in all_of(root, "a"):
        target = link.get("href") or ""
        assert target.startswith("#"), target
        assert target[1:] in ids, target
        assert text_of(link) or link.get("aria-label")
    for each in root.iter():
        assert each.get("style") is None
        assert not [name for name in each.keys() if name.startswith("on")]  # noqa: SIM118 - an element, not a dict
        labelled = each.get("aria-labelledby")
        assert labelled is None or labelled in ids
    for button in all_of(root, "button"):
        assert text_of(button) or button.get("aria-label")
    for tag in ("link", "iframe", "object", "embed", "form", "base"):
        assert all_of(root, tag) == []
    assert root.get("lang") in ("zh-CN", "en")
    return root


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., ReportInput]:
    case = spoiled()
    images = images_in(tmp_path_factory.mktemp("pages"), case.documents)

    def made(**more: object) -> ReportInput:
        return report_of(case, images, **{"readings": readings_of(case.documents), **more})

    return made


@pytest.fixture(scope="module")
def chinese(scanned: Callable[..., ReportInput]) -> Element:
    """The spoiled packet's report in Chinese."""
    return parsed(render_decision(scanned(), "zh"))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("printed", [False, True])
def test_report_is_a_valid_page_in_both_languages(
    scanned: Callable[..., ReportInput], lang: Lang, *, printed: bool
) -> None:
    root = check_page(render_decision(scanned(), lang, printed=printed))
    assert len(all_of(root, "script")) == (0 if printed else 1)
    assert len(all_of(root, "dialog")) == (0 if printed else 1)
    formats = {(image.get("src") or "").split(";")[0] for image in all_of(root, "img")}
    assert formats == {"data:image/jpeg" if printed else "data:image/webp"}


def test_first_screen_says_outcome_reasons_deadline_and_who_decides(chinese: Element) -> None:
    root = chinese
    assert text_of(all_of(root, "h1")[0]) == NAME
    verdict = next(each for each in all_of(root, "section") if each.get("class") == "verdict")
    said = text_of(verdict)
    assert "补正材料" in said
    assert OTHER in said
    assert "第4.2条" in said
    assert "最迟 2026-11-25" in said
    assert "第5.2.1条" in said
    assert "待审核人员决定" in said
    reasons = all_of(all_of(verdict, "ol")[0], "li")
    assert 2 <= len(reasons) <= 3
    targets = [all_of(each, "a")[0].get("href") for each in reasons]
    assert targets[0] == "#f1"


def test_each_finding_has_clause_reading_cut_out_expectation_and_remedy(chinese: Element) -> None:
    root = chinese
    found = by_id(root, "f1")
    said = text_of(found)
    assert "holder_mismatch" in said
    assert "第4.2条" in said
    labels = [text_of(each) for each in all_of(found, "dt")]
    assert labels == ["涉及材料", "材料所载", "应为", "处理"]
    assert text_of(all_of(found, "dd")[1]) == f"名称：{OTHER}"
    assert text_of(all_of(found, "dd")[2]) == NAME
    figure = all_of(found, "figure")[0]
    assert (all_of(figure, "img")[0].get("src") or "").startswith("data:image/webp")
    doubt = next(each for each in all_of(root, "article") if "low_confidence" in text_of(each))
    assert "二次识读结果不同" in text_of(doubt)


def test_cut_out_has_the_box_drawn(tmp_path: Path) -> None:
    import io

    from PIL import Image

    Image.new("RGB", (600, 800), (255, 255, 255)).save(tmp_path / "white.webp")
    finding = Finding(
        code="holder_mismatch", clause="4.2", severity="supplement", message={"zh": "甲", "en": "a"},
        evidence=(Evidence(file="cma.pdf", page=1, box=(0.4, 0.4, 0.6, 0.5)),),
    )  # fmt: skip
    case = Case(documents=(CMA,))
    report = report_of(case, lambda _f, _p: tmp_path / "white.webp")
    html = render_decision(replace(report, decision=replace(report.decision, findings=(finding,))), "zh")
    source = all_of(by_id(parsed(html), "f1"), "img")[0].get("src") or ""
    with Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))) as image:
        picture = image.convert("RGB")
    red = [
        (x, y)
        for x in range(picture.width)
        for y in range(picture.height)
        if picture.getpixel((x, y))[0] > 150 and picture.getpixel((x, y))[1] < 110
    ]
    xs, ys = [x for x, _ in red], [y for _, y in red]
    # The box is 0.2 of the page wide and 0.1 high, and the cut-out shows it at one scale in both directions.
    assert (max(xs) - min(xs)) / (max(ys) - min(ys)) == pytest.approx(0.2 * 600 / (0.1 * 800), rel=0.15)


def test_every_rule_says_what_was_expected_in_both_languages() -> None:
    for rule in load_rules().by_name.values():
        said = EXPECTED.get(rule.code)
        assert said, rule.code
        assert all(said)
        assert re.search("[\u4e00-\u9fff]", said[0])
        assert said[1].isascii()


def test_every_check_of_extraction_has_words() -> None:
    names: set[str] = set()
    for folder in ("src/qi_pipeline/extraction", "extractors"):
        for path in (SOURCES / folder).glob("*.py"):
            source = path.read_text(encoding="utf-8")
            for given in re.findall(r"\bchecks?=([^,)]*)", source):
                names |= set(re.findall(r'"(!?[a-z_]+)"', given))
    assert {"check_digit", "!check_digit", "second_reading", "!second_reading"} <= names
    unknown = {name for name in names if name.startswith("!") and name[1:] not in doubt_words.AGAINST}
    silent = {"alphabet", "form"}
    unknown |= {
        name
        for name in names - silent
        if not name.startswith("!") and name not in doubt_words.BACKING and name not in doubt_words.NEUTRAL
    }
    assert unknown == set()


def test_doubtful_value_is_marked_with_the_reasons(chinese: Element) -> None:
    root = chinese
    row = next(each for each in all_of(root, "tr") if each.get("class") == "doubt")
    said = text_of(row)
    assert "2026-11-10" in said
    assert "42%" in said
    for reason in ("二次识读结果不同", "被印章压盖", "字迹过小", "核对提示可能为 2026-11-16"):
        assert reason in said
    assert "日期先后合理" in said
    certain = next(each for each in all_of(root, "tr") if text_of(each).startswith("地址"))
    assert certain.get("class") is None
    assert "存疑" not in text_of(certain)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("value", [None, "2026-11-10"])
@pytest.mark.parametrize("checks", [(), ("order",), ("!order",), ("form",), ("!never_heard_of",), ("!9.3:missing",)])
@pytest.mark.parametrize("flaws", [(), ("grey",), ("never_heard_of",)])
def test_doubtful_value_always_has_a_reason(
    lang: Lang, value: str | None, checks: tuple[str, ...], flaws: tuple[str, ...]
) -> None:
    field = a_field(value, 0.3, checks=checks, doubts=flaws)
    said = doubt_words.doubts(field, lang, doubtful=True)
    assert said
    assert all(said)
    certain = doubt_words.doubts(replace(field, value="x", confidence=0.99), lang, doubtful=False)
    assert bool(certain) == any(check.startswith("!") for check in checks)
    if "!9.3:missing" in checks:
        assert any("9.3" in each for each in said)


def test_every_box_belongs_to_a_row_and_lies_where_it_was_read(scanned: Callable[..., ReportInput]) -> None:
    root = parsed(render_decision(scanned(), "en"))
    figure = by_id(root, "p1")
    assert "licence.pdf" in text_of(figure) or "cma.pdf" in text_of(figure)
    rows = {each.get("data-row") for each in root.iter() if each.get("data-row") and each.get("id")}
    marks = [each for each in all_of(root, "a") if each.get("data-row")]
    assert marks
    assert {each.get("data-row") for each in marks} <= rows
    # The address of the licence: field 4 of document 1, on line 4 of the page.
    own = next(each.get("id") for each in all_of(root, "tr") if each.get("id") and text_of(each).startswith("Address"))
    mark = next(each for each in marks if each.get("data-row") == own)
    rect = all_of(mark, "rect")[0]
    page = next(each for each in all_of(root, "svg") if any(one is mark for one in each.iter()))
    _, _, wide, high = (float(each) for each in (page.get("viewBox") or "").split())
    field = placed(LICENCE).fields["address"]
    assert float(rect.get("x") or 0) / wide == pytest.approx(field.box[0], abs=0.01)
    assert float(rect.get("y") or 0) / high == pytest.approx(field.box[1], abs=0.01)


def test_services_seals_codes_versions_trail_and_seconds_are_shown(scanned: Callable[..., ReportInput]) -> None:
    events = (
        event("packet.taken", 1, name="wx-000321", content="c" * 64),
        event("decision.made", 2, outcome="supplement", as_of="2026-11-22"),
        event("something.new", 3, why="因故", sha256="f" * 64),
        event("review.taken", 4, reviewer="审核员丙", until="2026-11-22T16:30:00.400743+00:00"),
        event("correction.made", 5, document="cma_certificate", field="scope_items.3.standard", page=2),
        event("sample.checked", 6, agrees=True),
    )
    report = scanned(events=events)
    report = replace(report, decision=replace(CLEAN.decide(), versions={"engine": "engine 1", "policy": "1+abc"}))
    root = parsed(render_decision(report, "zh"))
    services = text_of(by_id(root, "services"))
    assert "食品中铅的测定 检验检测 符合" in services
    assert "GB 5009.12-2017" in services
    assert "cma.pdf 第3页" in services
    seals = by_id(root, "seals")
    assert len(all_of(seals, "img")) == len(all_of(seals, "li")) == sum(len(each.seals) for each in report.documents)
    assert f"https://example.invalid/?code={USCC}" in text_of(by_id(root, "codes"))
    assert "文字识别引擎 engine 1" in text_of(by_id(root, "versions"))
    trail = text_of(by_id(root, "trail"))
    assert "2026-11-22 10:12:00 收取材料包 wx-000321" in trail
    assert "系统作出结论 补正材料" in trail
    assert "something.new why：因故" in trail
    # In words, and every moment in the time of the table.
    assert "审核人员领取 审核人员：审核员丙 · 至：2026-11-23 00:30:00" in trail
    assert "更正识读内容 材料：检验检测机构资质认定证书 · 项目：能力附表.3.standard · 页码：2" in trail
    assert "质量抽查完成 一致：是" in trail
    assert "f" * 12 not in trail
    assert "1.2、1.2、1.2、1.2" in trail
    assert "页边有批注" in text_of(by_id(root, "papers"))


def test_papers_are_compared_with_the_applicant(chinese: Element) -> None:
    root = chinese
    table = next(each for each in all_of(root, "table") if "材料" in text_of(all_of(each, "thead")[0]))
    differing = [text_of(each) for each in all_of(table, "td") if "≠" in text_of(each)]
    assert differing == [f"{OTHER} ≠ 与申请机构不一致"]


def test_admission_says_why_and_waiting_says_how_to_decide(chinese: Element) -> None:
    report = report_of(CLEAN)
    assert report.decision.outcome == "admit"
    said = text_of(parsed(render_decision(report, "zh")))
    assert "申报的 1 项服务均有相应依据：检验检测机构资质认定证书 第4.2条" in said
    assert "材料齐全有效：营业执照、管理制度文件、入驻机构承诺书 第5.1条" in said
    assert "未见近三年违法违规、经营异常或者严重违法失信的情形 第4.3条" in said
    assert "qi-pipeline decide" not in said
    waiting = text_of(chinese)
    assert "qi-pipeline decide 20261122-101200-0a1b2c3d --outcome supplement" in waiting
    listed = report_of(CLEAN.listed("serious", "2026-01-05"))
    rejected = text_of(parsed(render_decision(listed, "zh")))
    assert "按审核政策，此类结论由审核人员作出" in rejected
    assert "见所载入的公开名单" in rejected


def test_reviewer_correction_and_hold_are_shown(scanned: Callable[..., ReportInput]) -> None:
    reviewer = ReviewerDecision(name="审核员甲", on="2026-11-23", outcome="admit", reason="原件核对无误")
    said = text_of(parsed(render_decision(scanned(reviewer=reviewer), "zh")))
    assert "审核人员决定 审核员甲 · 2026-11-23 · 原件核对无误 系统建议：补正材料" in said
    given = Correction(
        id=1, packet="x", file="licence.pdf", sha256="0" * 64, kind="business_licence", page=1, field="address",
        value="江阴市澄江街道虚拟路9号", machine_value="江阴市澄江街道虚拟路8号", machine_confidence=0.81,
        reviewer="审核员乙", role=None, reason="原件为9号", made_on="2026-11-23",
    )  # fmt: skip
    taken_out = replace(given, id=2, field="registration_number", machine_value="320281000000000", value=None)
    confirmed = replace(given, id=3, field="holder_uscc", value=USCC, machine_value=USCC, machine_confidence=0.62)
    hold = Hold(
        reviewer="审核员丙", role=None, taken_at="2026-11-23T01:00:00+00:00", held_until="2026-11-23T02:00:00+00:00"
    )
    root = parsed(render_decision(scanned(corrections=(given, taken_out, confirmed), hold=hold), "zh"))
    row = next(each for each in all_of(root, "tr") if text_of(each).startswith("地址"))
    assert "审核员乙 2026-11-23 更正；系统读得“江阴市澄江街道虚拟路8号”（把握 81%）。理由：原件为9号" in text_of(row)
    row = next(each for each in all_of(root, "tr") if text_of(each).startswith("统一社会信用代码"))
    assert "审核员乙 2026-11-23 核对，与系统所读一致（把握 62%）。理由：原件为9号" in text_of(row)
    assert "注册号：审核员乙 2026-11-23 更正；系统读得“320281000000000”" in text_of(by_id(root, "papers"))
    assert "审核员丙 正在审核（至 2026-11-23 10:00）" in text_of(root)


def test_a_finding_on_a_corrected_value_says_who_corrected_it(scanned: Callable[..., ReportInput]) -> None:
    report = scanned()
    document, name, field = next(
        (document, name, field)
        for finding in report.decision.findings
        for evidence in finding.evidence
        for document in report.documents
        for name, field in document.fields.items()
        if (document.file, field.page, field.box) == (evidence.file, evidence.page, evidence.box)
    )
    given = Correction(
        id=1, packet="x", file=document.file, sha256="0" * 64, kind=document.kind, page=document.pages[0], field=name,
        value=field.value, machine_value="机器所读", machine_confidence=0.55,
        reviewer="审核员乙", role=None, reason="原件如此", made_on="2026-11-23",
    )  # fmt: skip
    told = "审核员乙 2026-11-23 更正；系统读得“机器所读”（把握 55%）。理由：原件如此"
    assert told in text_of(by_id(parsed(render_decision(scanned(corrections=(given,)), "zh")), "findings"))
    assert "机器所读" not in text_of(by_id(parsed(render_decision(report, "zh")), "findings"))


def hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_content_policy_lets_only_the_own_script_and_styles_run(scanned: Callable[..., ReportInput]) -> None:
    html = render_decision(scanned(), "zh")
    root = parsed(html)
    policy = next(
        each.get("content") or ""
        for each in all_of(root, "meta")
        if each.get("http-equiv") == "Content-Security-Policy"
    )
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}
    assert rules["default-src"] == ["'none'"]
    assert rules["img-src"] == ["data:"]
    assert rules["base-uri"] == rules["form-action"] == ["'none'"]
    assert rules["script-src"] == [hashed(each.text or "") for each in all_of(root, "script")]
    assert rules["style-src"] == [hashed(each.text or "") for each in all_of(root, "style")]
    # The policy must stand before anything that it is about.
    assert html.index("Content-Security-Policy") < html.index("<style") < html.index("<script")


HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}</style></svg>\u202e\u0007\ud800\ufffe"


@pytest.mark.parametrize("printed", [False, True])
def test_nothing_read_from_paper_becomes_markup(tmp_path: Path, *, printed: bool) -> None:
    document = replace(
        placed(LICENCE),
        file=HOSTILE,
        fields={
            **{name: replace(each, value=HOSTILE, raw=HOSTILE) for name, each in placed(LICENCE).fields.items()},
            HOSTILE: a_field({HOSTILE: [HOSTILE, {"a": HOSTILE}]}, 0.1, checks=(f"!{HOSTILE}",), suggestion=HOSTILE),
        },
        seals=(Seal(page=1, box=(0.1, 0.1, 0.3, 0.3), text=HOSTILE, centre=HOSTILE),),
        signatures=(ElectronicSignature(signer=HOSTILE, intact=None, note=HOSTILE),),
    )
    said = {"zh": HOSTILE, "en": HOSTILE}
    finding = Finding(
        code="x", clause=HOSTILE, severity="reject", message=said, remedy=said, expected=said, document=HOSTILE,
        service=HOSTILE, evidence=(Evidence(file=HOSTILE, page=1, box=(0.1, 0.1, 0.2, 0.2)),),
    )  # fmt: skip
    base = report_of(
        Case(documents=(document,), failures=(FileFailure(file=HOSTILE, code="corrupt", message=HOSTILE),))
    )
    image = images_in(tmp_path, (document,))
    report = replace(
        base,
        packet=HOSTILE,
        packet_id=HOSTILE,
        institution_name=HOSTILE,
        institution_uscc=HOSTILE,
        images=image,
        events=(event(HOSTILE, why=HOSTILE),),
        decision=replace(base.decision, findings=(finding,), versions={HOSTILE: HOSTILE}, automatic=False),
    )
    html = render_decision(report, "zh", printed=printed)
    root = check_page(html)
    assert len(all_of(root, "script")) == (0 if printed else 1)
    assert "<img src=x" not in html
    assert "49" not in text_of(by_id(root, "d1"))
    assert "{{ 7*7 }}" in text_of(by_id(root, "d1"))
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u0007\ud800-\udfff\ufffe]", html)
    margins = all_of(root, "style")[-1].text or ""
    assert "</style" not in margins
    assert "script" not in margins.replace("@page", "").split("content: counter")[0].replace("\\", "") or (
        "<script" not in margins
    )
    html.encode("utf-8")


def test_every_value_passes_one_place(scanned: Callable[..., ReportInput], monkeypatch: pytest.MonkeyPatch) -> None:
    """What that one function hides is nowhere in the page: masking personal numbers needs no other place."""
    secrets = [
        USCC,
        NAME,
        OTHER,
        "陈知行",
        "食品中铅的测定",
        "江阴市澄江街道虚拟路8号",
        "cma.pdf",
        "wx-000321",
        "231012341087",
    ]

    def hidden(value: str) -> str:
        for secret in secrets:
            value = value.replace(secret, "＊＊")
        return value

    html = render_decision(scanned(), "zh")
    assert all(secret in html for secret in secrets)
    monkeypatch.setattr(decision_report, "shown", hidden)
    html = render_decision(scanned(), "zh")
    assert [secret for secret in secrets if secret in html] == []


def test_papers_of_the_packets_that_a_supplement_completes_stand_in_the_overview() -> None:
    handed_in = report_of(CLEAN)
    licence, *rest = handed_in.documents
    foreign = replace(licence, file="wx-000104/licence.pdf").fields | {
        "holder_name": replace(licence.fields["holder_name"], value=OTHER, confidence=0.4)
    }
    former = replace(licence, file="wx-000104/licence.pdf", fields=foreign)
    root = parsed(render_decision(replace(handed_in, documents=tuple(rest), earlier=(former,)), "zh"))
    overview = next(each for each in all_of(root, "table") if "此前提交的材料" in text_of(each))
    row = next(each for each in all_of(overview, "tr") if "wx-000104" in text_of(each))
    assert text_of(row).startswith(f"营业执照 wx-000104/licence.pdf 第1页 {OTHER} ≠ 与申请机构不一致 存疑")
    assert USCC in text_of(row)
    assert "此前提交的材料" not in text_of(parsed(render_decision(handed_in, "zh")))


def test_a_packet_without_services_says_so() -> None:
    report = report_of(CLEAN)
    none = replace(report, decision=replace(report.decision, services=()))
    assert text_of(by_id(parsed(render_decision(none, "zh")), "services")).endswith("没有申报的服务项目。")
    assert text_of(by_id(parsed(render_decision(none, "en")), "services")).endswith("No service was declared.")


def test_report_of_nothing_is_a_report() -> None:
    case = Case(form=None, documents=(), failures=(FileFailure(file="a.pdf", code="encrypted", message="locked"),))
    report = report_of(case, institution_name=None, institution_uscc=None, submitted_at=None)
    root = check_page(render_decision(report, "zh"))
    said = text_of(root)
    assert "（机构名称未能确认）" in said
    assert "文件已加密，需要密码" in said
    assert "没有可以显示的材料" in said
    assert "locked" in text_of(check_page(render_decision(report, "en")))


def test_missing_and_broken_page_images_leave_the_words(tmp_path: Path) -> None:
    broken = tmp_path / "broken.webp"
    broken.write_bytes(b"RIFF\x00\x00\x00\x00WEBPnothing")
    case = spoiled()
    for images in (lambda _f, _p: broken, lambda _f, _p: tmp_path / "gone.webp"):
        root = check_page(render_decision(report_of(case, images), "zh"))
        assert all_of(root, "img") == []
        assert OTHER in text_of(by_id(root, "f1"))


def test_two_hundred_findings_and_very_long_words() -> None:
    base = report_of(CLEAN)
    findings = tuple(
        Finding(
            code=f"code_{at % 7}",
            clause="4.2",
            severity="supplement",
            message={"zh": f"第{at}项" + "超" * 300, "en": f"item {at} " + "x" * 300},
            remedy={"zh": "补", "en": "mend"},
        )
        for at in range(200)
    )
    document = replace(CMA, fields={"scope_text": a_field("字" * 60_000), "scope_items": a_field(ROWS * 40)})
    report = replace(
        base, documents=(document,), decision=replace(base.decision, findings=findings, outcome="supplement")
    )
    html = render_decision(report, "zh")
    root = check_page(html)
    assert len([each for each in all_of(root, "article") if (each.get("class") or "").startswith("finding")]) == 200
    reasons = all_of(all_of(root, "ol")[0], "li")
    assert [("同类共 29 项" in text_of(each)) for each in reasons] == [True, True, True]
    assert "另有 113 项" in text_of(root)
    assert "共 60000 字" in text_of(root)
    assert "共120行，显示前30行" in text_of(root)
    assert len(html) < 700_000


def test_report_of_a_judged_packet_tells_its_trail_and_is_written_again(tmp_path: Path) -> None:
    with workspace(tmp_path) as (context, pool):
        drop(context, pool, good_packet().without(LETTER), "wx-1")
        page = tmp_path / run_ingest(context, AS_OF).packets[0]["report"]
        trail = text_of(by_id(check_page(page.read_text(encoding="utf-8")), "trail"))
        assert "收取材料包 wx-1" in trail
        assert "系统作出结论 补正材料" in trail
        seconds = trail.partition("识读用时")[2]
        assert "营业执照" in seconds or ".pdf" in seconds or ".jpg" in seconds
        packet = context.store.packet("wx-1")
        report_packet(context.settings, context.policy, context.store, packet.id)
        again = check_page(page.read_text(encoding="utf-8"))
        assert text_of(by_id(again, "findings")).count("commitment_letter_missing") == 1


def test_twin_holds_what_the_page_shows(tmp_path: Path) -> None:
    report = report_of(spoiled())
    page = write_decision(report, tmp_path / "r", "zh", {"packet": "wx-000321", "outcome": "supplement"})
    twin = json.loads((page.parent / "decision.json").read_text(encoding="utf-8"))
    assert twin["as_of"] == AS_OF.isoformat()
    letter = next(each for each in twin["documents"] if each["kind"] == "commitment_letter")
    assert letter["fields"]["signed_on"]["doubts"] == ["under_seal", "small_letters"]
    assert page.read_text(encoding="utf-8") == render_decision(report, "zh")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [("admission", "准予入驻"), ("change", "准予变更"), ("annual_audit", "年度审核通过"), ("exit", "受理退出申请")],
)
def test_the_outcome_is_told_by_what_was_asked_for(
    scanned: Callable[..., ReportInput], request_: str, expected: str
) -> None:
    decision = replace(scanned().decision, outcome="admit", findings=())
    root = parsed(render_decision(replace(scanned(), request=request_, decision=decision), "zh"))
    assert expected in text_of(by_id(root, "outcome"))
    if request_ != "admission":
        assert "准予入驻" not in text_of(root)
