"""The wheel works where nothing of the repository is: installed in an empty environment, run from elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment that holds the wheel; dependencies come from the locked environment."""
    environment = tmp_path_factory.mktemp("empty") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    python = environment / "bin" / "python"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            str(wheel),
        ],
        check=True,
        capture_output=True,
    )
    site = next((environment / "lib").glob("python*/site-packages"))
    # A plain path line adds the locked dependencies but not the editable install, whose hook is a .pth of its own.
    (site / "locked.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return environment / "bin"


@pytest.mark.system
def test_wheel_holds_every_module_and_data_file(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        "qi_pipeline/" + str(path.relative_to(ROOT / "src" / "qi_pipeline"))
        for path in (ROOT / "src" / "qi_pipeline").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    for folder in ("extractors", "flows", "schemas"):
        expected |= {
            f"qi_pipeline/{folder}/{path.name}" for path in (ROOT / folder).iterdir() if path.suffix in (".py", ".json")
        }
    assert expected - names == set()
    assert (
        not {name.split("/")[0] for name in names}
        - {"qi_pipeline"}
        - {name.split("/")[0] for name in names if ".dist-info" in name}
    )


@pytest.mark.system
@pytest.mark.ocr
def test_installed_program_decides_a_packet_from_another_directory(installed: Path, tmp_path: Path) -> None:
    packet = ROOT / "examples" / "packets" / "wx-000104"
    (tmp_path / "inbox").mkdir()
    subprocess.run(["cp", "-r", str(packet), str(tmp_path / "inbox" / packet.name)], check=True)
    (tmp_path / "inbox" / packet.name / ".ready").touch()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("QI_", "PYTHON"))}
    result = subprocess.run(
        [str(installed / "qi-pipeline"), "ingest", "--as-of", "2026-11-22", "--json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    entry = json.loads(result.stdout)["packets"][0]
    assert entry["packet"] == packet.name
    assert (tmp_path / entry["report"]).is_file()
    where = subprocess.run(
        [str(installed / "python"), "-c", "import qi_pipeline; print(qi_pipeline.__file__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(installed.parent) in where.stdout
