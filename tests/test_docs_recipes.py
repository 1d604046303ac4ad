"""What the documentation shows is run as it stands there: the first packet, a rule, a service, a letter, a kind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docx import Document as Paper

from doc_pages import DOCS, ROOT

RECIPES = DOCS / "recipes"
BIN = Path(sys.executable).parent

pytestmark = pytest.mark.system


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QI_")}
    return kept | {"QI_HOME": str(home), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "QI_SETTLE_SECONDS": "0"}


def run(script: Path, folder: Path, home: Path) -> str:
    """What the shown commands print; each of them must succeed."""
    done = subprocess.run(
        ["bash", "-eu", str(script)], cwd=folder, env=environment(home), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def qi(home: Path, *arguments: str) -> dict:  # type: ignore[type-arg]  # JSON
    done = subprocess.run(
        [BIN / "qi-pipeline", *arguments, "--json"], env=environment(home), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def lay(home: Path, name: str, *, services: list[dict[str, str]] | None = None) -> None:
    """Puts the packet of the first page into the inbox."""
    packet = home / "inbox" / name
    packet.mkdir(parents=True)
    form = json.loads((RECIPES / "quickstart" / "application.json").read_text(encoding="utf-8"))
    form["reference"] = name
    if services is not None:
        form["services"] = services
    (packet / "application.json").write_text(json.dumps(form, ensure_ascii=False), encoding="utf-8")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A workspace after the commands of the first page, and what they printed."""
    home = tmp_path_factory.mktemp("platform")
    lay(home, "wx-000201")
    return home, run(RECIPES / "quickstart" / "steps.sh", ROOT, home)


@pytest.fixture
def home(judged: tuple[Path, str], tmp_path: Path) -> Path:
    """That workspace anew."""
    return Path(shutil.copytree(judged[0], tmp_path / "platform"))


def test_the_first_packet_is_judged_as_the_page_says(judged: tuple[Path, str]) -> None:
    home, printed = judged
    assert "supplement" in printed
    assert not (home / "inbox" / "wx-000201").exists()
    (report,) = (home / "reports").glob("wx-000201*/decision.html")
    assert (report.parent / "notice.html").exists()


@pytest.mark.sqlite  # the workspace is copied with the database's file
def test_a_changed_rule_judges_the_stored_packet_otherwise(home: Path) -> None:
    def severity() -> tuple[str, str]:
        answer = qi(home, "packet", "decide-again", "wx-000201", "--as-of", "2026-11-23")
        decision = answer.get("decision", answer)
        (found,) = (each for each in decision["findings"] if each["code"] == "capability_unproven")
        return found["severity"], decision["versions"]["rules"]

    before = severity()
    run(RECIPES / "rule" / "steps.sh", ROOT, home)
    after = severity()
    assert (before[0], after[0]) == ("supplement", "verify")
    assert before[1] != after[1]
    assert "1-example-1" in after[1]


def test_a_service_of_the_platforms_own_is_known_and_asks_for_its_certificate(home: Path) -> None:
    services = [{"name": "河道无人机测绘", "item": "drone_survey"}]
    lay(home, "before", services=services)
    (before,) = qi(home, "ingest", "--as-of", "2026-11-23")["packets"]
    run(RECIPES / "service" / "steps.sh", ROOT, home)
    lay(home, "after", services=services)
    (after,) = qi(home, "ingest", "--as-of", "2026-11-23")["packets"]
    assert "application_incomplete" in {each["code"] for each in before["findings"]}
    codes = {each["code"]: each for each in after["findings"]}
    assert "application_incomplete" not in codes
    assert codes["qualification_missing"]["service"] == "河道无人机测绘"


def test_an_edited_notice_is_the_one_that_is_written(home: Path) -> None:
    (before,) = (home / "reports").glob("wx-000201*/notice.html")
    assert "补正咨询电话" not in before.read_text(encoding="utf-8")
    run(RECIPES / "letter" / "steps.sh", ROOT, home)
    lay(home, "wx-000202")
    qi(home, "ingest", "--as-of", "2026-11-23")
    (after,) = (home / "reports").glob("wx-000202*/notice.html")
    assert "补正咨询电话：0510-00000000。" in after.read_text(encoding="utf-8")


def test_a_new_kind_is_read_once_its_module_is_there(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    for name in ("src/qi_pipeline", "extractors", "flows", "schemas", "docs/recipes"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("extractors", "flows", "schemas"):
        (checkout / "src" / "qi_pipeline" / name).symlink_to(checkout / name)
    paper = Paper()
    for line in (RECIPES / "kind" / "paper.txt").read_text(encoding="utf-8").splitlines():
        paper.add_paragraph(line)
    file = tmp_path / "paper.docx"
    paper.save(str(file))

    start = "from qi_pipeline.cli.main import main; raise SystemExit(main())"

    def read() -> dict:  # type: ignore[type-arg]  # JSON
        done = subprocess.run(
            [sys.executable, "-c", start, "extract", str(file), "--json"],
            env=environment(tmp_path) | {"PYTHONPATH": str(checkout / "src")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        (document,) = json.loads(done.stdout)["files"][0]["documents"]
        return document

    assert read()["kind"] == "other_certificate"
    run(RECIPES / "kind" / "steps.sh", checkout, tmp_path)
    document = read()
    assert document["kind"] == "surveying_certificate"
    values = {name: field["value"] for name, field in document["fields"].items()}
    assert values["certificate_number"] == "乙测资字32509999"
    assert values["holder_name"] == "无锡示例测绘有限公司"
    assert values["valid_to"] == "2029-12-31"
    assert values["issued_on"] == "2025-01-06"
    assert values["issuing_authority"] == "江苏省自然资源厅"
    assert values["scope_text"] == "乙级：工程测量、地理信息系统工程"
