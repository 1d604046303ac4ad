"""Units, image and compose file: what can be checked without starting them. No container engine runs in the tests;
docs/deploying.md says how they were run."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, distribution
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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
            if program.endswith("/qi-pipeline"):
                build_parser().parse_args(words)
            else:  # the one line that root runs: the folder of the backups
                assert (key, program, words[-1]) == ("ExecStartPre", "+/usr/bin/install", "/var/backups/qi")
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
    for source in re.findall(r"^COPY ([^-]\S*) ", text, re.MULTILINE):
        assert (ROOT / source).exists(), source
    assert re.search(r"^USER qi$", text, re.MULTILINE)
    assert text.index("USER qi") > text.index("pip install")
    assert "--require-hashes" in text
    for words in re.findall(r"^(?:CMD|.*CMD) (\[.*\])$", text, re.MULTILINE):
        line = [word for word in yaml.safe_load(words) if word != "qi-pipeline"]
        build_parser().parse_args(line)


def test_the_context_of_the_image_holds_no_secret_and_nothing_that_it_does_not_need() -> None:
    first, *kept = [
        line
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert first == "*"  # what is not named stays out
    named = {line[1:] for line in kept if line.startswith("!")}
    assert all((ROOT / name).exists() for name in named)
    assert not named & {"deploy", "tests", "inbox", ".venv", ".git"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {path.split("/")[0] for path in project["tool"]["setuptools"]["package-dir"].values()}
    assert needed | {"pyproject.toml", project["project"]["readme"], "LICENSE", "requirements.lock"} <= named


def test_the_image_gets_what_the_program_runs_on_and_no_tools_of_tests() -> None:
    run = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "runtime_lock.py"), str(ROOT / "requirements.lock")],
        capture_output=True,
        text=True,
        check=True,
    )
    got = set(re.findall(r"^([a-z0-9._-]+)==", run.stdout, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    own = [
        *project["project"]["dependencies"],
        *chain.from_iterable(project["project"]["optional-dependencies"].values()),
    ]
    assert {re.split(r"[\[>=<]", each.lower())[0] for each in own} <= got
    tools = {re.split(r"[\[>=<]", each)[0] for group in project["dependency-groups"].values() for each in group}
    assert not tools & got
    # Whatever the rest requires, as installed here, is there too.
    for name in sorted(got - {"opencv-python"}):
        for line in requires(name):
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                assert canonicalize_name(requirement.name) in got, f"{name} needs {line}"


def requires(name: str) -> list[str]:
    """What an installed package asks for; nothing where it is for another system."""
    try:
        return distribution(name).requires or []
    except PackageNotFoundError:
        return []


def test_the_password_reaches_the_program_and_nobody_else(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("0f" * 24, encoding="utf-8")
    *_, shell, flag, script, name = compose()["services"]["pipeline"]["entrypoint"]
    script = script.replace("$$", "$").replace("/run/secrets/database_password", str(tmp_path / "secret"))
    run = subprocess.run(
        [
            shell,
            flag,
            script,
            name,
            sys.executable,
            "-c",
            "import os; print(sorted(os.environ), *os.sys.argv[1:])",
            "a b",
        ],
        env={"PGPASSFILE": str(tmp_path / "pgpass"), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "PASSWORD" not in run.stdout.upper().replace("PGPASSFILE", "")
    assert run.stdout.strip().endswith("a b")
    kept = tmp_path / "pgpass"
    assert kept.read_text(encoding="utf-8") == f"*:*:*:qi:{'0f' * 24}\n"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_shell_lines_are_shell() -> None:
    command = compose()["services"]["prefect"]["entrypoint"][-1].replace("$$", "$")
    subprocess.run(["sh", "-n", "-c", command], check=True)
    subprocess.run(["sh", "-n", str(ROOT / "tools" / "system-packages.sh")], check=True)
