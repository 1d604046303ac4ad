"""Letters from templates: none with a hole, none that runs or reaches anything, and a platform's own words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from nightly_cases import POLICY, Roster, code
from qi_pipeline.cli.main import main
from qi_pipeline.model import Decision, Lang
from qi_pipeline.reports import letter_check, night_letters, official, pdf
from qi_pipeline.reports.letter_templates import LetterError, Templates, templates
from qi_pipeline.reports.night import report_night
from qi_pipeline.reports.notice import NoticeInput, notice_letter
from qi_pipeline.settings import Settings
from report_cases import report_of, spoiled
from test_schemas import problems

PLATFORM = "示例质量基础设施服务平台"
ON = date(2026, 11, 22)
USCC, NAME = code(7), "示例七号检测有限公司"
LETTERS = {
    "reminder": official.reminder(
        uscc=USCC, name=NAME, ends=[("cma_certificate", "221020340001", date(2026, 12, 31))], on=ON
    ),
    "suspension": official.suspension(
        uscc=USCC, name=NAME, services=["水质检测"], licence=False, deregisters_on=date(2026, 12, 23), on=ON
    ),
    "audit": official.audit(uscc=USCC, name=NAME, due_on=date(2026, 12, 20), on=ON),
    "deregistration": official.deregistration(
        number="ZX-2026-000001",
        uscc=USCC,
        name=NAME,
        lapsed=[("水质检测", "资质认定证书 221020340001", date(2026, 10, 23))],
        grace=30,
        on=ON,
    ),
    "eviction_notice": official.eviction_notice(
        uscc=USCC, name=NAME, note="超范围出具报告。", on=ON, number="QT-2026-000001"
    ),
    **{
        reason: official.leaving(
            number="QC-2026-000001",
            uscc=USCC,
            name=NAME,
            reason=reason,
            text="超范围出具报告。",
            left_open=["两份报告未交付"] if reason == "qualification_revoked" else [],
            on=ON,
        )
        for reason in ("voluntary_exit", "inspection_failed", "closed", "qualification_revoked")
    },
}
SAID = {
    "reminder": ("资质证书到期提醒", "第4.2条", "221020340001", "2026年12月31日", "39"),
    "suspension": ("暂停服务通知", "第4.2条", "水质检测", "2026年12月23日"),
    "audit": ("年度审核通知", "第5.2.4条", "2026年12月20日"),
    "deregistration": ("注销入驻资格通知书", "第4.2条", "水质检测", "2026年10月23日", "30日", "如有异议"),
    "eviction_notice": ("清退通知", "第7.4条", "不合格：超范围出具报告。"),
    "voluntary_exit": ("退出确认通知书", "第5.3条"),
    "inspection_failed": ("清退通知书", "第7.4条", "不合格：超范围出具报告。"),
    "closed": ("注销入驻资格通知书", "第7.5条"),
    "qualification_revoked": ("注销入驻资格通知书", "第7.5条", "超范围出具报告。", "两份报告未交付"),
}


def notice(outcome: str = "supplement", *, lang: Lang = "zh", **given: object) -> official.Letter | None:
    decision: Decision = report_of(spoiled()).decision
    said: dict[str, object] = {
        "institution_name": NAME,
        "packet": "wx-000123",
        "packet_id": "20261122-1",
        "request": "admission",
        "submitted_on": date(2026, 11, 20),
        "outcome": outcome,
        "decision": decision,
        "draft": False,
    }
    return notice_letter(NoticeInput(**{**said, **given}), lang)  # type: ignore[arg-type]


@pytest.mark.parametrize("outcome", ["supplement", "further_verification"])
def test_a_notice_that_asks_for_papers_names_the_pages_to_scan_again(outcome: str) -> None:
    page = text_of_notice(outcome, unread=(("附表.pdf", 2),))
    assert "第2页有内容，但过于模糊或者污损" in page
    assert "附表.pdf" in page
    assert "请重新扫描或者拍照该页" in page
    assert "第—条" not in page
    assert "读不出" not in text_of_notice(outcome)


def test_pages_to_scan_again_stand_beside_a_reviewers_reason() -> None:
    bare = replace(report_of(spoiled()).decision, findings=())
    page = text_of_notice("supplement", decision=bare, reason="缺附表", unread=(("附表.pdf", 2),))
    assert "缺附表" in page
    assert "请重新扫描" in page


@pytest.mark.parametrize("outcome", ["admit", "reject"])
def test_a_notice_that_asks_for_nothing_names_no_pages(outcome: str) -> None:
    assert "附表.pdf" not in text_of_notice(outcome, unread=(("附表.pdf", 2),))


def text_of_notice(outcome: str, **given: object) -> str:
    letter = notice(outcome, **given)
    assert letter is not None
    return templates(None, PLATFORM).page(letter)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "templates"
    folder.mkdir()
    return folder


def of_own(folder: Path) -> Templates:
    return Templates(folder, PLATFORM)


@pytest.mark.parametrize("kind", LETTERS)
def test_every_letter_says_who_what_why_and_when(kind: str) -> None:
    letter = LETTERS[kind]
    page = templates(None, PLATFORM).page(letter)
    for words in (PLATFORM, letter.number, NAME, USCC, "2026年11月22日", "（印章）", *SAID[kind]):
        assert words in page
    assert "。。" not in page
    assert "None" not in page


def test_every_kind_has_a_case_here() -> None:
    assert set(LETTERS) | set(official.NOTICES) == set(official.REQUIRED)


@pytest.mark.parametrize(("lang", "words"), [("zh", "补正材料通知书"), ("en", "Notice to supplement papers")])
def test_a_notice_lists_what_the_applicant_can_do(lang: Lang, words: str) -> None:
    letter = notice(lang=lang)
    assert letter is not None
    page = templates(None, PLATFORM).page(letter)
    assert words in page
    told = report_of(spoiled()).decision.findings
    for finding in told:
        assert (finding.message[lang][:10] in page) == (finding.severity in {"reject", "supplement", "verify"})
    assert ("2026年11月20日" if lang == "zh" else "20 November 2026") in page


def test_a_notice_to_nobody_known_goes_to_the_submitter() -> None:
    letter = notice(institution_name=None)
    assert letter is not None
    assert "“wx-000123”材料的提交单位" in templates(None, PLATFORM).page(letter)


def test_a_reviewers_refusal_without_findings_tells_his_reason_or_is_no_letter() -> None:
    decision = replace(report_of(spoiled()).decision, findings=())
    letter = notice("reject", decision=decision, reason="现场核查不符")
    assert letter is not None
    assert "现场核查不符" in templates(None, PLATFORM).page(letter)
    hole = notice("reject", decision=decision)
    assert hole is not None
    with pytest.raises(LetterError, match=r"letter notice \(reject\): items is missing"):
        templates(None, PLATFORM).page(hole)


def test_a_notice_of_an_application_to_leave_says_what_comes_before_leaving() -> None:
    leaving = notice("admit", request="exit")
    assert leaving is not None
    page = templates(None, PLATFORM).page(leaving)
    assert "退出申请受理通知书" in page
    assert "处理完毕后，本平台办理退出手续（第5.3条）" in page
    assert "准予办理" not in page


def test_an_admission_admits_and_an_approved_change_does_not() -> None:
    admitted, changed = notice("admit"), notice("admit", request="change")
    assert admitted is not None
    assert changed is not None
    assert "准予入驻通知书" in templates(None, PLATFORM).page(admitted)
    assert "入驻通知书" not in templates(None, PLATFORM).page(changed)
    assert notice("manual_review") is None


@pytest.mark.parametrize("name", ["institution", "number", "uscc"])
def test_a_missing_value_is_an_error_that_names_letter_and_value(name: str) -> None:
    letter = replace(LETTERS["audit"], **{name: " "})
    with pytest.raises(LetterError, match=rf"letter audit-{USCC} \(audit\): {name} is missing; "):
        templates(None, PLATFORM).page(letter)


def test_a_missing_day_is_an_error_too() -> None:
    letter = replace(LETTERS["audit"], values={"due_on": None})
    with pytest.raises(LetterError, match="due_on is missing"):
        templates(None, PLATFORM).page(letter)


def test_names_can_do_nothing_in_a_letter() -> None:
    page = templates(None, PLATFORM).page(replace(LETTERS["audit"], institution="<script>alert(1)</script>{{ 7*7 }}"))
    assert "<script>" not in page
    assert "{{ 7*7 }}" in page


def test_a_platforms_template_stands_in_place_of_the_shipped_one(own: Path) -> None:
    (own / "letter_objection.html").write_text("异议电话 0510-00000000。", encoding="utf-8")
    (own / "letter_audit.html").write_text(
        '{% extends "letter_article.html" %}{% block title %}年检通知{% endblock %}'
        "{% block body %}<p>请于{{ due_on | day }}前办理。</p>{% endblock %}",
        encoding="utf-8",
    )
    page = of_own(own).page(LETTERS["audit"])
    assert "年检通知" in page
    assert "请于2026年12月20日前办理。" in page
    assert "年度审核通知" not in page
    assert "0510-00000000" in of_own(own).page(LETTERS["closed"])
    assert "到期提醒" in of_own(own).page(LETTERS["reminder"])


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("{{ due }}", "'due' is undefined"),
        ("{{ ''.__class__.__mro__ }}", "unsafe|undefined"),
        ("{% for each in range(10**9) %}x{% endfor %}", "Range too big"),
        ("{{ due_on + 1 }}", "unsupported operand"),
        ("{% if %}", "line 1"),
        ('{% include "../../etc/passwd" %}', "passwd"),
        ("{{ extra }}", "prints a value that is missing"),
    ],
)
def test_a_broken_template_is_named_and_runs_nothing(own: Path, body: str, fault: str) -> None:
    (own / "letter_audit.html").write_text(
        '{% extends "letter_article.html" %}{% block title %}x{% endblock %}{% block body %}' + body + "{% endblock %}",
        encoding="utf-8",
    )
    letter = replace(LETTERS["audit"], values={**LETTERS["audit"].values, "extra": None})
    with pytest.raises(LetterError, match=fault) as told:
        of_own(own).page(letter)
    assert "letter_audit.html" in str(told.value)


def test_the_shipped_templates_pass_their_check() -> None:
    checked = letter_check.check_templates(templates(None, PLATFORM))
    assert {(each.kind, each.lang) for each in checked} == {
        *((kind, "zh") for kind in official.REQUIRED),
        *((kind, "en") for kind in official.NOTICES),
    }
    assert [each for each in checked if each.faults or each.own] == []


def test_letter_check_names_every_fault(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    assert main(["letter", "check", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert problems("output_letter", answer) == []
    assert answer["ok"]
    start = '{% extends "letter_article.html" %}{% block title %}x{% endblock %}{% block body %}'
    for name, body in {
        "letter_audit.html": "{{ institution | safe }}",
        "letter_closed.html": '<img src="https://example.invalid/x.png">',
        "letter_reminder.html": "{{ end }}",
    }.items():
        (own / name).write_text(start + body + "{% endblock %}", encoding="utf-8")
    (own / "letter_supplement.html").write_text("<h1>补正</h1>", encoding="utf-8")
    (own / "leter_reject.html").write_text("", encoding="utf-8")
    assert main(["letter", "check", "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert problems("output_letter", answer) == []
    faults = {each["template"]: " ".join(each["faults"]) for each in answer["letters"] if each["faults"]}
    assert set(faults) == {"letter_audit.html", "letter_closed.html", "letter_reminder.html", "letter_supplement.html"}
    for name, words in {
        "letter_audit.html": "unescaped",
        "letter_closed.html": "example.invalid",
        "letter_reminder.html": "'end' is undefined",
        "letter_supplement.html": "does not print institution",
    }.items():
        assert words in faults[name]
    assert answer["strays"] == ["leter_reject.html"]
    assert main(["letter", "check"]) == 2
    assert "letter_reminder.html: " in capsys.readouterr().err


@pytest.fixture
def roster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Roster]:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    made = Roster(tmp_path)
    yield made
    made.store.close()


def night(roster: Roster, as_of: str, pdfs: int, **settings: object) -> Path:
    given = Settings(home=roster.folder, database_url="sqlite://", **settings)  # type: ignore[arg-type]
    policy = replace(POLICY, reports=replace(POLICY.reports, letters_pdf_per_night=pdfs))
    return report_night(given, roster.store, policy, roster.night(as_of)).parent


def test_a_night_draws_the_gravest_letters_and_the_command_the_rest(
    roster: Roster, capsys: pytest.CaptureFixture[str]
) -> None:
    gone, stopped, ending = (roster.institution(number) for number in range(1, 4))
    roster.certificate(gone, "2026-04-15")
    roster.certificate(stopped, "2026-05-20", "水质检测")
    roster.certificate(ending, "2026-06-15")
    folder = night(roster, "2026-05-25", 1)
    order = json.loads((folder / "nightly.json").read_text(encoding="utf-8"))["deregistered"][0]["order"]
    assert {path.name for path in (folder / "letters").glob("*.pdf")} == {f"{order}.pdf"}
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert f'href="letters/{order}.pdf"' in page
    assert "qi-pipeline letter write --night 2026-05-25" in page
    told = json.loads((folder / "nightly.json").read_text(encoding="utf-8"))["letters"]
    assert [each["pdf"] for each in told] == [f"letters/{order}.pdf", None, None]
    before = (folder / "letters" / f"{order}.pdf").stat().st_ino
    assert main(["letter", "write", "--night", "2026-05-25", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert problems("output_letter", answer) == []
    assert [Path(each["pdf"]).name for each in answer["written"]] == [
        f"{order}.pdf",
        f"suspension-{stopped}.pdf",
        f"reminder-{ending}.pdf",
    ]
    assert all((roster.folder / each["pdf"]).is_file() for each in answer["written"])
    assert (folder / "letters" / f"{order}.pdf").stat().st_ino == before
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert f'href="letters/reminder-{ending}.pdf"' in page
    assert "letter write --night" not in page


def test_letters_are_found_and_written_again_by_number_and_institution(
    roster: Roster, capsys: pytest.CaptureFixture[str]
) -> None:
    gone, stopped = roster.institution(1), roster.institution(2)
    roster.certificate(gone, "2026-04-15")
    roster.certificate(stopped, "2026-05-20", "水质检测")
    folder = night(roster, "2026-05-25", 0)
    assert main(["letter", "list", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert problems("output_letter", answer) == []
    (order,) = answer["letters"]
    assert (order["uscc"], order["kind"], order["pdf"]) == (gone, "deregistration", None)
    whole = (roster.folder / order["file"]).read_bytes()
    (roster.folder / order["file"]).unlink()
    assert main(["letter", "write", order["number"], "--json"]) == 0
    (again,) = json.loads(capsys.readouterr().out)["written"]
    assert (roster.folder / again["file"]).read_bytes() == whole
    assert pdf.is_pdf_of(roster.folder / again["pdf"], whole.decode())
    assert main(["letter", "list", "--night", "2026-05-25", "--json"]) == 0
    numbers = [each["number"] for each in json.loads(capsys.readouterr().out)["letters"]]
    assert numbers == [order["number"], f"ZT-20260525-{stopped}"]
    assert main(["letter", "write", stopped, "--night", "2026-05-25"]) == 0
    assert (folder / "letters" / f"suspension-{stopped}.pdf").is_file()
    capsys.readouterr()
    assert main(["letter", "show", numbers[1], "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert problems("output_letter", shown) == []
    assert shown["title"] == "暂停服务通知"
    assert "水质检测" in shown["text"]
    assert main(["letter", "show", "ZX-2026-000099"]) == 2
    assert "no letter has the number ZX-2026-000099" in capsys.readouterr().err
    assert main(["letter", "write", "--night", "2026-05-24"]) == 2
    assert "run `qi-pipeline nightly --as-of 2026-05-24` first" in capsys.readouterr().err


def test_one_faulty_letter_keeps_no_other_from_being_written(
    roster: Roster, own: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone, ending = roster.institution(1), roster.institution(2)
    roster.certificate(gone, "2026-04-15")
    roster.certificate(ending, "2026-06-15")
    (own / "letter_deregistration.html").write_text("<h1>{{ nothing }}</h1>", encoding="utf-8")
    folder = night(roster, "2026-05-25", 0, templates=own)
    assert [path.name for path in (folder / "letters").iterdir()] == [f"reminder-{ending}.html"]
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "&#39;nothing&#39; is undefined" in page
    assert "letter_deregistration.html" in caplog.text
    (own / "letter_deregistration.html").unlink()
    folder = night(roster, "2026-05-25", 0, templates=own)
    assert len(list((folder / "letters").iterdir())) == 2
    assert "is undefined" not in (folder / "index.html").read_text(encoding="utf-8")


def test_very_many_letters_stand_several_hundred_in_a_file(roster: Roster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(night_letters, "SINGLE", 1)
    for number in range(1, 6):
        roster.certificate(roster.institution(number), "2026-06-15", number=str(number))
    folder = night(roster, "2026-05-25", 0)
    counts = {path.name: path.read_text(encoding="utf-8").count("<article") for path in (folder / "letters").iterdir()}
    assert counts == {"reminders.html": 2, "reminders-2.html": 2, "reminders-3.html": 1}
    for each in json.loads((folder / "nightly.json").read_text(encoding="utf-8"))["letters"]:
        file, _, key = each["file"].partition("#")
        assert f'id="{key}"' in (folder / file).read_text(encoding="utf-8")


def test_night_letters_have_numbers_that_stay(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-06-15")
    folder = night(roster, "2026-05-25", 0)
    (letter,) = json.loads((folder / "nightly.json").read_text(encoding="utf-8"))["letters"]
    assert letter["number"] == f"DQ-20260525-{uscc}"
