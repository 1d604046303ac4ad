"""The tool that takes over a revised annex: fingerprints from a text, and a plain no to a text that is another."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from papers import letter
from qi_pipeline.extraction.letter_prints import print_of
from qi_pipeline.extraction.letter_text import bare

ROOT = Path(__file__).resolve().parent.parent
TEXT = "\n".join((letter.TITLE, letter.PREAMBLE, *letter.PROMISES, *letter.CATEGORIES, letter.CLOSING))
FOOT = "\n法定代表人（签字）：\n入驻机构（公章）：\n"


@pytest.fixture
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("letter_prints_tool", ROOT / "tools" / "letter_prints.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, text: str, tmp_path: Path
) -> dict[str, list[dict[str, object]]]:
    """The data file that the tool makes of a text, from the shipped one."""
    shipped = (ROOT / "src/qi_pipeline/extraction/letter.toml").read_text(encoding="utf-8")
    (tmp_path / "annex.txt").write_text(text, encoding="utf-8")
    (tmp_path / "letter.toml").write_text(shipped.replace('phrases = ["保守客户"]', "phrases = []"), encoding="utf-8")
    arguments = ["letter_prints.py", str(tmp_path / "annex.txt"), str(tmp_path / "letter.toml")]
    monkeypatch.setattr(sys, "argv", arguments)
    tool.main()
    return tomllib.loads((tmp_path / "letter.toml").read_text(encoding="utf-8"))


def test_a_new_wording_is_taken_over(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = run(tool, monkeypatch, TEXT + FOOT, tmp_path)
    whole = bare(TEXT)
    assert sum(int(str(block["length"])) for block in made["block"]) == len(whole)
    prints = bytes.fromhex("".join(str(block["prints"]) for block in made["block"]))
    assert list(prints) == [print_of(whole[at : at + 2]) for at in range(len(whole) - 1)]
    assert TEXT[40:60] not in (tmp_path / "letter.toml").read_text(encoding="utf-8")


def test_a_text_that_lacks_a_block_is_refused(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit, match="block 7"):
        run(tool, monkeypatch, TEXT.replace(letter.PROMISES[6], ""), tmp_path)


def test_a_text_that_lacks_a_decisive_phrase_is_refused(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit, match="不伪造"):
        run(tool, monkeypatch, TEXT.replace("不伪造", "伪造"), tmp_path)
