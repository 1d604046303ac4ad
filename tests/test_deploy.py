"""Units, image and compose file: what can be checked without starting them. No container engine runs in the tests."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from qi_pipeline.cli.main import build_parser
from qi_pipeline.settings import Settings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
KNOWN = {f"QI_{field.name.upper()}" for field in fields(Settings)}


def unit(path: Path) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read(path, encoding="utf-8")
    return parsed


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_each_unit_runs_a_command_that_exists_as_its_own_user_and_hardened(path: Path) -> None:
    service = unit(path)["Service"]
    for key in ("ExecStart", "ExecStartPre"):
        if key in service:
            program, *words = service[key].split()
            assert program.endswith("/qi-pipeline")
            if words[0] != "backup":  # known from the version that has it
                build_parser().parse_args(words)
    assert service["User"] != "root"
    for key in ("NoNewPrivileges", "ProtectSystem", "PrivateTmp", "PrivateDevices", "ProtectKernelModules"):
        assert service[key] in ("yes", "strict")
    assert service["CapabilityBoundingSet"] == ""
    for name in re.findall(r"(QI_[A-Z_]+)=", service["Environment"]):
        assert name in KNOWN


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    for path in (*UNITS, *DEPLOY.glob("*.timer")):
        text = re.sub(r"/opt/qi/bin/qi-pipeline", "/bin/true", path.read_text(encoding="utf-8"))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    for path in sorted(tmp_path.iterdir()):
        run = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(path)], capture_output=True, text=True, check=False
        )
        said = [line for line in run.stderr.splitlines() if path.name in line]
        assert (run.returncode, said) == (0, []), run.stderr


def test_every_timer_has_its_service_and_the_time_of_the_platform() -> None:
    for path in DEPLOY.glob("*.timer"):
        assert path.with_suffix(".service").is_file()
        assert unit(path)["Timer"]["OnCalendar"].endswith(" Asia/Shanghai")


def test_every_container_is_hardened_and_its_settings_exist() -> None:
    whole = compose()
    assert whole["networks"]["inside"] == {"internal": True}
    for name, service in whole["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["networks"] == ["inside"], name
        if service["image"] == "qi-pipeline":
            assert service["user"] == "10001:10001", name
        for key in service.get("environment", {}):
            assert not key.startswith("QI_") or key in KNOWN, key
        for secret in service.get("secrets", []):
            assert secret in whole["secrets"]
        for other in service.get("depends_on", {}):
            assert "healthcheck" in whole["services"][other], other
    assert build_parser().parse_args(whole["services"]["pipeline"]["command"][1:]).command == "serve"
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert not re.search(r"PASSWORD: [^/]", text)  # no password in the file


def test_the_image_copies_what_is_there_and_runs_as_its_own_user() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    for source in re.findall(r"^COPY (\S+) ", text, re.MULTILINE):
        assert (ROOT / source).exists(), source
    assert re.search(r"^USER qi$", text, re.MULTILINE)
    assert text.index("USER qi") > text.index("pip install")
    assert "--require-hashes" in text
    for words in re.findall(r"^(?:CMD|.*CMD) (\[.*\])$", text, re.MULTILINE):
        line = [word for word in yaml.safe_load(words) if word != "qi-pipeline"]
        build_parser().parse_args(line)


def test_shell_lines_are_shell() -> None:
    command = compose()["services"]["prefect"]["entrypoint"][-1].replace("$$", "$")
    subprocess.run(["sh", "-n", "-c", command], check=True)
    start = compose()["services"]["pipeline"]["entrypoint"][-2].replace("$$", "$")
    subprocess.run(["sh", "-n", "-c", start], check=True)
    subprocess.run(["sh", "-n", str(ROOT / "tools" / "system-packages.sh")], check=True)
