"""docs/rules.md names every finding with the clause and severity that the rules give it."""

from __future__ import annotations

import re
from pathlib import Path

from admission_cases import RULES

PAGE = Path(__file__).parent.parent / "docs" / "rules.md"


def test_the_page_lists_every_finding_with_its_clause_and_severity() -> None:
    rows = re.findall(
        r"^\| `(\w+)` (\S+) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    told = {code: (clause, severity) for code, _zh, clause, severity, _when, _cure in rows}
    expected = {}
    for code in RULES.codes:
        rules = [rule for rule in RULES.by_name.values() if rule.code == code]
        clauses = " / ".join(dict.fromkeys(rule.clause for rule in rules))
        expected[code] = clauses, " / ".join(dict.fromkeys(rule.severity for rule in rules))
    assert told == expected
    assert len(rows) == len(told)


def test_every_finding_has_a_cause_and_a_cure() -> None:
    for _code, zh, _clause, _severity, when, cure in re.findall(
        r"^\| `(\w+)` (\S+) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", PAGE.read_text("utf-8"), re.MULTILINE
    ):
        assert re.search("[\u4e00-\u9fff]", zh)
        assert len(when) > 10
        assert len(cure) > 5
