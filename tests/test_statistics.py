"""``stats``: the figures of a period counted by hand, on either database, and the page that shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tinyhtml5.parser import HTMLParser

from qi_pipeline.cli.main import main
from qi_pipeline.model import Decision, Outcome
from qi_pipeline.records.store import Store
from test_schemas import problems

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(console_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    monkeypatch.setenv("QI_DATABASE_URL", console_url)

    def asked(line: str = "") -> dict[str, Any]:
        assert main(["stats", *line.split(), "--json"]) == 0
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert problems("output_stats", answer) == []
        return answer

    return asked


def test_all_of_it_counted(ask: Ask) -> None:
    found = ask()
    assert (found["packets"], found["pages"], found["seconds_a_page"]) == (7, 50, 2.5)
    assert (found["processing"], found["waiting"], found["quarantined"]) == (1, 2, {"corrupt": 1})
    assert found["decided"] == 3
    assert found["without_person"] == {"packets": 2, "share": 0.6667}
    assert found["outcomes"] == [
        {"category": "inspection_testing", "outcome": "admit", "packets": 1},
        {"category": "training", "outcome": "supplement", "packets": 2},
    ]
    assert found["reviewers"] == {
        "decisions": 1,
        "with_recommendation": 1,
        "agreed": 0,
        "share": 0.0,
        "by": [{"recommended": "reject", "decided": "supplement", "packets": 1}],
    }
    # Of the decisions that stand; the two of wx-4 count once.
    assert found["findings"] == [
        {"code": "qualification_expiring", "severity": "notice", "packets": 2},
        {"code": "seal_missing", "severity": "supplement", "packets": 2},
        {"code": "licence_missing", "severity": "supplement", "packets": 1},
        {"code": "serious_violation_listed", "severity": "reject", "packets": 1},
    ]
    assert found["days_to_decision"]["by_person"] == {"packets": 1, "median": 2, "p90": 2, "longest": 2}
    assert found["days_to_decision"]["automatic"] == {"packets": 2, "median": 0, "p90": 0, "longest": 0}
    assert found["applicants_told"]["late"] == 0
    assert found["applicants_told"]["in_time"] >= 2


@pytest.mark.parametrize(
    ("period", "days", "decided"),
    [
        ("--from 2026-11-02 --to 2026-11-02", [("2026-11-02", 3, 30)], 1),
        ("--from 2026-11-03 --to 2026-11-04", [("2026-11-03", 1, 10)], 2),
        ("--from 2026-11-04 --to 2026-11-04", [], 1),
        ("--to 2026-11-01", [], 0),
        ("--from 2026-11-20", [("2026-11-20", 1, 10), ("2026-11-22", 2, 0)], 0),
    ],
)
def test_a_period_counts_its_own_days(ask: Ask, period: str, days: list[tuple[str, int, int]], decided: int) -> None:
    found = ask(period)
    assert [(each["day"], each["packets"], each["pages"]) for each in found["throughput"]] == days
    assert found["decided"] == decided
    assert sum(each["packets"] for each in found["outcomes"]) == decided


def test_a_recommendation_that_a_person_must_look_is_no_agreement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from console_cases import judged
    from records_cases import DAY, entry, facts, take

    monkeypatch.setenv("QI_HOME", str(tmp_path))
    with Store(f"sqlite:///{tmp_path / 'qi.db'}") as store:
        for name, outcome, decided in (("a", "manual_review", "admit"), ("b", "reject", "reject")):
            take(store, name, name=name)
            made = judged(outcome, automatic=False, as_of=DAY, due_on="2026-11-25")
            store.save_decision(name, made, facts=facts(), entry=entry())
            store.record_reviewer_decision(name, outcome=decided, reviewer="李审", reason="x", as_of=DAY)  # type: ignore[arg-type]
    assert main(["stats", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["reviewers"]
    assert (found["decisions"], found["with_recommendation"], found["agreed"], found["share"]) == (2, 1, 1, 1.0)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_agreement_is_with_what_the_machine_decided_before_anybody_corrected_it(
    engine: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from console_cases import judged
    from qi_pipeline.records import review
    from qi_pipeline.records.corrections import Change
    from qi_pipeline.records.review import Remade
    from records_cases import DAY, Database, facts, take
    from test_review_records import ACT, correction

    base = Database(engine, tmp_path)
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    monkeypatch.setenv("QI_DATABASE_URL", base.url)
    store = Store(base.url)
    wrong, right = (judged(each, automatic=False, as_of=DAY, due_on="2026-11-25") for each in ("reject", "admit"))

    def taken(name: str, digest: str, first: Decision) -> None:
        take(store, name, name=name)
        own = facts(uscc=None, files=(replace(facts().files[0], sha256=digest * 64),))
        store.save_decision(name, first, facts=own)

    def corrected(name: str, digest: str, then: Decision) -> None:
        remade = Remade(
            decision=then,
            dossier={},
            entry=None,
            uscc=None,
            institution=None,
            packets=(name,),
            seen=frozenset(),
            standing=store.decisions_of(name)[-1].id,
        )
        act = replace(ACT, at=datetime.now(UTC))
        review.record_change(store, name, Change(added=(correction(packet=name, sha256=digest * 64),)), act, remade)

    def decided(name: str, outcome: Outcome) -> None:
        store.record_reviewer_decision(name, outcome=outcome, reviewer="李审", reason="x", as_of=DAY)

    taken("mended", "1", wrong)
    corrected("mended", "1", right)  # what the reviewer then follows is the reviewer's own reading
    decided("mended", "supplement")
    taken("kept", "2", wrong)
    corrected("kept", "2", right)
    decided("kept", "reject")  # the machine had been right at once
    taken("same bytes", "1", wrong)  # judged with the correction of the first packet from the start
    decided("same bytes", "reject")
    store.close()
    assert main(["stats", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert problems("output_stats", answer) == []
    found = answer["reviewers"]
    assert (found["decisions"], found["with_recommendation"], found["agreed"], found["share"]) == (3, 2, 1, 0.5)
    assert found["by"] == [
        {"recommended": "reject", "decided": "reject", "packets": 1},
        {"recommended": "reject", "decided": "supplement", "packets": 1},
    ]
    base.close()


def test_what_waited_for_a_person_or_was_corrected_was_not_decided_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from console_cases import judged
    from qi_pipeline.records import review
    from qi_pipeline.records.corrections import Change
    from qi_pipeline.records.review import Remade
    from records_cases import DAY, facts, take
    from test_review_records import ACT, correction

    monkeypatch.setenv("QI_HOME", str(tmp_path))
    made = judged("supplement", as_of=DAY, due_on="2026-11-25")
    with Store(f"sqlite:///{tmp_path / 'qi.db'}") as store:
        for name, automatic in (("alone", True), ("waited", False), ("corrected", True)):
            take(store, name, name=name)
            store.save_decision(name, replace(made, automatic=automatic), facts=facts(uscc=None))
        standing = store.decision("waited")
        assert standing is not None
        again = Remade(
            decision=made,
            dossier={},
            entry=None,
            uscc=None,
            institution=None,
            packets=("waited",),
            seen=frozenset(),
            standing=standing.id,
        )
        for name in ("waited", "corrected"):
            given = correction(packet=name, sha256=name[0] * 64)
            rests = replace(again, packets=(name,), standing=store.decisions_of(name)[-1].id)
            review.record_change(store, name, Change(added=(given,)), ACT, rests)
    assert main(["stats", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["decided"] == 3
    assert found["without_person"] == {"packets": 1, "share": 0.3333}
    assert found["days_to_decision"]["by_person"]["packets"] == 2


@pytest.mark.parametrize(("lang", "title"), [("zh", "审核统计"), ("en", "Review statistics")])
def test_the_page_is_whole_and_right_in_both_languages(ask: Ask, tmp_path: Path, lang: str, title: str) -> None:
    path = tmp_path / "stats.html"
    ask(f"--html {path} --lang {lang}")
    page = path.read_text(encoding="utf-8")
    parser = HTMLParser()
    parser.parse(page)
    assert parser.errors == []
    assert f"<h1>{title}</h1>" in page
    assert f'lang="{"zh-CN" if lang == "zh" else "en"}"' in page
    assert not re.search(r'(src|href)="(?!#)', page)  # nothing from elsewhere
    assert "<script" not in page
    assert page.count("<svg") == 3
    # Each plot says in numbers what it draws, and everything by its name, not by its code.
    name = "未加盖本机构公章" if lang == "zh" else "Own seal missing"
    assert f"<td>{name}</td>" in page
    assert f"<title>{name} · " in page
    assert not re.search(r"\b[a-z]+_[a-z_]+\b", re.sub(r"<style>.*?</style>|<[^>]+>", "", page, flags=re.DOTALL))
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    chinese = re.sub(r"<[^>]+>|质量基础设施“一站式”服务线上平台", "", page)
    assert bool(re.search("[一-鿿]", chinese)) == (lang == "zh")


def test_the_text_is_aligned_and_empty_periods_say_so(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "--lang", "zh"]) == 0
    told = capsys.readouterr().out
    assert re.search(r"无需人工决定 +2 / 3 \(66.7 %\)", told)
    assert re.search(r"隔离 +1（文件已损坏或不完整1）", told)
    assert re.search(r"^资质证书即将到期 +提示 +2$", told, re.MULTILINE)
    assert not re.search(r"\b[a-z]+_[a-z_]+\b", told)
    assert main(["stats", "--to", "2026-11-01", "--lang", "en"]) == 0
    assert capsys.readouterr().out.count("Nothing in this period.") == 5
    assert main(["stats", "--from", "2026-11-02", "--to", "2026-11-01"]) == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_findings_are_called_as_the_page_of_rules_calls_them(lang: str) -> None:
    from admission_cases import RULES
    from qi_pipeline.reports.finding_names import NAMES

    page = (Path(__file__).parents[1] / "docs" / ("" if lang == "en" else lang) / "rules.md").read_text("utf-8")
    named = {
        code: chinese for code, chinese in re.findall(r"^\| `(\w+)` (\S+) \|", page, re.MULTILINE) if code in NAMES
    }
    assert named == {code: chinese for code, (chinese, _) in NAMES.items()}
    assert set(NAMES) == set(RULES.codes)
    assert len({english for _, english in NAMES.values()}) == len(NAMES)
