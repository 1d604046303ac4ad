"""The documentation says everything that there is, in both languages, and nothing that there isn't."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
from pathlib import Path

import pytest

from admission_cases import RULES
from doc_pages import MEASURED, blocks, by_hand, generator, pages
from qi_pipeline.cli.main import build_parser
from qi_pipeline.errors import PACKET_CODES, ExitCode
from qi_pipeline.extraction.documents import extractors
from qi_pipeline.kinds import KINDS, SERVICE_ITEMS
from qi_pipeline.policy import Policy
from qi_pipeline.settings import Settings

reference = generator("reference")
LANGS = ("en", "zh")


def filled(lang: str, page: str) -> str:
    """The page as it is built, with its generated tables."""
    return reference.filled(pages(lang)[page].read_text(encoding="utf-8"), reference.Reference(lang))


def first_cells(text: str) -> list[str]:
    """The word in backticks that each row of the page's tables begins with."""
    return re.findall(r"^\| \[?`([^`]+)`", text, re.MULTILINE)


@pytest.mark.parametrize("lang", LANGS)
def test_every_command_and_option_stands_on_the_page_of_commands(lang: str) -> None:
    text = filled(lang, "commands")
    sections = dict(re.findall(r"^#{2,4} `([^`]+)`\n(.*?)(?=^#{2,4} |\Z)", text, re.MULTILINE | re.DOTALL))
    told = set()
    for path, parser, _ in reference.walk(build_parser()):
        if not path:
            continue
        told.add(" ".join(path))
        section = sections[" ".join(path)]
        for action in parser._actions:
            for option in action.option_strings:
                assert option in ("-h", "--help") or re.search(rf"^\| .*`{option}\b", section, re.MULTILINE), option
    assert set(sections) == told


def test_every_sentence_of_the_program_has_its_chinese_and_nothing_is_left_over() -> None:
    chinese = reference.Reference("zh")
    for table in chinese.tables.values():
        table()
    assert sorted(set(chinese.missing)) == [], "give docs/generator/words.toml their Chinese"
    assert sorted(set(chinese.words) - chinese.used) == [], "take them out of docs/generator/words.toml"
    for english, translation in chinese.words.items():
        assert re.search("[\u4e00-\u9fff]", translation), english


@pytest.mark.parametrize("lang", LANGS)
def test_every_setting_stands_on_the_page_of_settings(lang: str) -> None:
    told = re.findall(r"^\| `(QI_\w+)`", filled(lang, "settings"), re.MULTILINE)
    assert told == [f"QI_{field.name.upper()}" for field in dataclasses.fields(Settings)]


@pytest.mark.parametrize("lang", LANGS)
def test_every_key_of_the_policy_stands_on_its_page(lang: str) -> None:
    told: dict[str, list[str]] = {}
    for head, body in re.findall(r"^## `\[?(\w+)\]?`\n(.*?)(?=^## |\Z)", filled(lang, "policy"), re.M | re.S):
        told[head] = re.findall(r"^\| `(\w+)` \|", body, re.MULTILINE)
    expected = {"version": ["version"]}
    for table in dataclasses.fields(Policy):
        keys = generator_keys(table.name)
        if keys:
            expected[table.name] = keys
    assert {name: sorted(keys) for name, keys in told.items()} == {
        name: sorted(keys) for name, keys in expected.items()
    }


def generator_keys(table: str) -> list[str]:
    """The keys that the dataclass of a policy table has."""
    import qi_pipeline.policy as policy

    types = {field.name: field.type for field in dataclasses.fields(Policy)}
    kind = getattr(policy, str(types[table]), None)
    return [field.name for field in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else []


@pytest.mark.parametrize("lang", LANGS)
def test_every_finding_stands_on_the_page_of_rules_with_clause_severity_and_cure(lang: str) -> None:
    rows = re.findall(
        r"^\| `(\w+)` (\S+) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", pages(lang)["rules"].read_text("utf-8"), re.M
    )
    told = {code: (clause, severity, cure) for code, _, clause, severity, _, cure in rows}
    expected = {}
    for code in RULES.codes:
        of_it = [rule for rule in RULES.by_name.values() if rule.code == code]
        expected[code] = (
            " / ".join(dict.fromkeys(rule.clause for rule in of_it)),
            " / ".join(dict.fromkeys(rule.severity for rule in of_it)),
            next(rule.remedy[lang] for rule in of_it if rule.remedy),
        )
    assert told == expected
    assert len(rows) == len(told)
    assert all(len(when) > (10 if lang == "en" else 5) for *_, when, _ in rows)


@pytest.mark.parametrize("lang", LANGS)
def test_every_failure_code_and_exit_status_stands_on_the_page_of_errors(lang: str) -> None:
    text = filled(lang, "errors")
    assert {word for word in first_cells(text) if re.fullmatch("[a-z_]+", word)} == PACKET_CODES
    assert re.findall(r"^\| (\d+) \|", text, re.MULTILINE) == [str(int(code)) for code in ExitCode]
    for cause, cure in re.findall(r"^\| `\w+` \| (.+?) \| (.+?) \|$", text, re.MULTILINE):
        assert cause
        assert cure


@pytest.mark.parametrize("lang", LANGS)
def test_every_kind_field_and_service_stands_on_the_page_of_kinds(lang: str) -> None:
    parts = re.split(r"^## ", filled(lang, "kinds"), flags=re.MULTILINE)
    kinds, fields, services = (first_cells(part) for part in parts[1:])
    assert kinds == list(KINDS)
    assert [service for service in services if service in SERVICE_ITEMS] == list(SERVICE_ITEMS)
    for extractor in extractors():
        for spec in extractor.fields:
            assert spec.name in fields, f"{extractor.kind}: {spec.name}"
    schema = json.loads((Path(__file__).parents[1] / "schemas" / "output_extract.json").read_text("utf-8"))
    named = set(re.findall(r'"([a-z]+_[a-z_]+)"', json.dumps(schema)))
    assert named & set(fields)


def test_every_transition_stands_in_both_languages_with_the_same_clauses_and_events() -> None:
    rows = {}
    for lang in LANGS:
        text = pages(lang)["life"].read_text(encoding="utf-8").replace("\\|", "/")
        table = re.split(r"\n(?!\|)", text[text.index("\n|") + 1 :])[0]  # the page's first: one row a transition
        cells = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
        rows[lang] = [(re.findall(r"`([^`]+)`", row[0]), re.findall(r"\d\.\d(?:\.\d)?", row[1])) for row in cells]
        assert all(len(row) == 6 for row in cells)
    assert rows["en"] == rows["zh"]
    events = [
        set(re.findall(r"`([a-z]+\.[a-z_]+)`", pages(lang)["life"].read_text(encoding="utf-8"))) for lang in LANGS
    ]
    assert events[0] == events[1]


def test_each_page_has_its_twin_with_the_same_sections_and_rows() -> None:
    assert set(pages("en")) - MEASURED == set(pages("zh")) - MEASURED
    for name in set(pages("zh")) - MEASURED:
        text = {lang: by_hand(pages(lang)[name].read_text(encoding="utf-8")) for lang in LANGS}
        for what in (r"^## ", r"^\|"):
            counts = [len(re.findall(what, text[lang], re.MULTILINE)) for lang in LANGS]
            assert counts[0] == counts[1], f"{name}: {what} {counts}"


@pytest.mark.parametrize("lang", LANGS)
def test_every_command_that_is_shown_is_one(lang: str) -> None:
    parser, seen = build_parser(), 0
    for name, page in pages(lang).items():
        for head, body in blocks(page):
            if head not in ("", "sh", "shell", "console", "bash"):
                continue
            for line in body.replace("\\\n", " ").splitlines():
                words = shlex.split(line.strip().removeprefix("$ "), comments=True)
                if not words or words[0] != "qi-pipeline":
                    continue
                cut = next((at for at, word in enumerate(words) if word in (">", "|", "&&", ">>", "&")), len(words))
                if any("…" in word for word in words):
                    continue
                try:
                    parser.parse_args(words[1:cut])
                except SystemExit:
                    pytest.fail(f"{name}: {line.strip()}")
                seen += 1
    assert seen > 25


@pytest.mark.parametrize("lang", LANGS)
def test_every_name_of_a_setting_or_an_own_file_is_real(lang: str) -> None:
    settings = {f"QI_{field.name.upper()}" for field in dataclasses.fields(Settings)}
    root = Path(__file__).parents[1]
    for name, page in pages(lang).items():
        text = page.read_text(encoding="utf-8")
        unknown = set(re.findall(r"\bQI_[A-Z_]+[A-Z]\b", text)) - settings
        assert {word for word in unknown if not word.startswith(("QI_TEST_", "QI_BENCH_"))} == set(), name
        for path in re.findall(r"`((?:src|tests|schemas|benchmarks|extractors|examples)/[\w./-]+)`", text):
            assert (root / path).exists() or path == "extractors/surveying_certificate.py", f"{name}: {path}"


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "CONTRIBUTING.md"])
def test_every_link_of_the_readmes_leads_to_a_file(name: str) -> None:
    root = Path(__file__).parents[1]
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (root / name).read_text(encoding="utf-8"))
    assert all((root / link).exists() for link in links), links
    assert links or name == "CONTRIBUTING.md"
