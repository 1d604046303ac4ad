"""Settings (运行设置): one frozen object, read once at the edge from ``QI_*``, ``qi.toml`` and defaults."""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Lang


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Effective settings of one run."""

    home: Path
    """Workspace with inbox/, archive/, quarantine/, reports/ and qi.db (QI_HOME)."""
    database_url: str
    """SQLAlchemy URL (QI_DATABASE_URL); default: qi.db in the workspace."""
    settle_seconds: float = 3.0
    """A packet is taken once nothing in it changed for so long (QI_SETTLE_SECONDS)."""
    ocr_engine: str = "rapidocr"
    """``rapidocr`` or ``tesseract`` (QI_OCR_ENGINE)."""
    workers: int = 0
    """Reading processes; 0: one a processor core (QI_WORKERS)."""
    lang: Lang = "zh"
    """Language of reports and of messages for people: ``zh`` or ``en`` (QI_LANG)."""
    runner: str = "thread"
    """Prefect task runner: ``thread``, ``process`` or ``dask`` (QI_RUNNER)."""
    dask_scheduler: str = ""
    """Address of the Dask scheduler that the runner ``dask`` hands packets to, tcp://host:8786 (QI_DASK_SCHEDULER)."""
    storage: str = ""
    """Shared storage of originals and readings, s3://bucket/prefix (QI_STORAGE); empty: the workspace alone."""
    storage_cache_mb: int = 10240
    """How much of it the workspace keeps as copies, in MiB (QI_STORAGE_CACHE_MB)."""
    policy: Path | None = None
    """Policy file (QI_POLICY); default: policy.toml in the workspace, where there is one."""
    services: Path | None = None
    """Service table (QI_SERVICES); default: services.toml in the workspace, where there is one."""
    rules: Path | None = None
    """Admission rules (QI_RULES); default: admission.json in the workspace, where there is one."""
    templates: Path | None = None
    """Folder of the platform's own letter templates (QI_TEMPLATES); default: templates/ in the workspace, if there."""
    platform: str = "质量基础设施“一站式”服务线上平台"
    """Name of the platform in notices and orders (QI_PLATFORM)."""
    poll_seconds: float = 15.0
    """How often `watch` and `serve` look into the inbox (QI_POLL_SECONDS)."""
    nightly_cron: str = "30 1 * * *"
    """When `serve` re-verifies everyone, in Asia/Shanghai (QI_NIGHTLY_CRON)."""
    reviewer: str = ""
    """Name used by `decide`, `correct` and `review` where --reviewer is not given (QI_REVIEWER)."""
    reviewer_role: str = ""
    """Role recorded where --role is not given, such as 运维机构 (QI_REVIEWER_ROLE)."""
    log: Path | None = None
    """File that the program's log is appended to, a JSON object a line (QI_LOG); default: stderr."""
    log_level: str = ""
    """From which gravity on something is logged: ``debug``, ``info``, ``warning`` or ``error`` (QI_LOG_LEVEL); default:
    ``info`` in the file of QI_LOG, and without one no log."""
    signing_key: Path | None = None
    """Key that signs the log's head (QI_SIGNING_KEY); default: signing.key in the workspace, where there is one."""

    @property
    def inbox(self) -> Path:
        """Where packets arrive."""
        return self.home / "inbox"

    @property
    def archive(self) -> Path:
        """Where taken packets end, whole."""
        return self.home / "archive"

    @property
    def quarantine(self) -> Path:
        """Where packets end from which nothing could be read."""
        return self.home / "quarantine"

    @property
    def reports(self) -> Path:
        """Where reports are written."""
        return self.home / "reports"

    @property
    def work(self) -> Path:
        """Private folder on the same file system: claims, page images, originals by hash."""
        return self.home / ".qi"

    def shown(self) -> dict[str, str]:
        """Every setting as text, with the password of the database URL hidden."""
        return {
            f.name: _without_password(str(value)) if f.name == "database_url" else str(value)
            for f in fields(self)
            if (value := getattr(self, f.name)) is not None
        }


_CHOICES = {
    "ocr_engine": ("rapidocr", "tesseract"),
    "lang": ("zh", "en"),
    "runner": ("thread", "process", "dask"),
    "log_level": ("debug", "info", "warning", "error"),
}
_DAY = 86_400
_RANGES: dict[str, tuple[float, float]] = {
    "settle_seconds": (0, _DAY),
    "poll_seconds": (0.1, _DAY),
    "workers": (0, 1024),
    "storage_cache_mb": (0, 1 << 30),
}
"""What a number may be: beyond it no packet would ever be taken, or no machine could follow."""
_CRON = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
"""Ranges of minute, hour, day, month and weekday."""
_CRON_PART = re.compile(r"(?:[*?L]|(\d{1,2}|[A-Za-z]{3})(?:-(\d{1,2}|[A-Za-z]{3}))?)(?:/[1-9]\d?)?")
_PATHS = {
    "policy": "policy.toml",
    "services": "services.toml",
    "rules": "admission.json",
    "signing_key": "signing.key",
    "templates": "templates",
}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``QI_*`` variables, then qi.toml in the workspace, then defaults.

    Raises :class:`UsageError` for an unknown key of qi.toml, an unknown ``QI_`` variable or a value of the wrong type.
    """
    environ = os.environ if environ is None else environ
    home = Path(environ.get("QI_HOME") or Path.cwd()).expanduser().absolute()
    given: dict[str, tuple[object, str]] = {}
    toml = home / "qi.toml"
    if os.path.lexists(toml):
        try:
            table = tomllib.loads(toml.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"{toml}: can't be read ({error}); mend it or remove it") from error
        given |= {key: (value, f"{toml}: {key}") for key, value in table.items()}
    given |= {
        key[3:].lower(): (value, key)
        for key, value in environ.items()
        if key.startswith("QI_") and key != "QI_HOME" and value != "" and not key.startswith(("QI_BENCH_", "QI_TEST_"))
    }
    kinds = {f.name: str(f.type) for f in fields(Settings)}
    values: dict[str, object] = {"home": home, "database_url": f"sqlite:///{home / 'qi.db'}"}
    for key, (value, where) in given.items():
        if key not in kinds or key == "home":
            known = ", ".join(sorted(set(kinds) - {"home"}))
            raise UsageError(f"{where}: unknown setting; known are {known}")
        values[key] = _typed(key, kinds[key], value, where, home)
    for key, name in _PATHS.items():
        default = home / name
        # What stands there was meant, also a folder that a container engine made where a file was missing.
        if key not in values and os.path.lexists(default):
            values[key] = default
    return Settings(**values)  # type: ignore[arg-type]  # each value was brought to its field's type above


def _typed(key: str, kind: str, value: object, where: str, home: Path) -> object:
    if kind.startswith("Path"):
        return home / Path(str(value)).expanduser()
    if kind in ("int", "float"):
        try:
            number = float(str(value))
        except ValueError:
            raise UsageError(f"{where}: a number is needed, not {value!r}") from None
        least, most = _RANGES[key]
        if not math.isfinite(number) or not least <= number <= most or (kind == "int" and number != int(number)):
            what = "a whole number" if kind == "int" else "a number"
            raise UsageError(f"{where}: {what} from {least:g} to {most:.10g} is needed, not {value!r}")
        return int(number) if kind == "int" else number
    text = str(value)
    if key == "nightly_cron" and not _is_cron(text):
        raise UsageError(f"{where}: {text!r} is no time of cron; give minute, hour, day, month, weekday: '30 1 * * *'")
    if key in _CHOICES and text not in _CHOICES[key]:
        raise UsageError(f"{where}: {text!r} is not one of {', '.join(_CHOICES[key])}")
    return text


def _is_cron(text: str) -> bool:
    """Whether it is five fields of cron, each a list of numbers, names, ranges and steps in its range."""
    given = text.split()
    if len(given) != len(_CRON):
        return False
    for field, (least, most) in zip(given, _CRON, strict=True):
        for part in field.split(","):
            found = _CRON_PART.fullmatch(part)
            if found is None or any(
                each.isdecimal() and not least <= int(each) <= most for each in found.groups() if each
            ):
                return False
    return True


def refuse_unusable(settings: Settings) -> None:
    """Nothing; raises :class:`UsageError` for a folder that is set and not there, before any work is begun by it."""
    if settings.templates is not None and not settings.templates.is_dir():
        raise UsageError(f"{settings.templates}: no folder of templates; make it, or mend QI_TEMPLATES")


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}:***@{host}"))
