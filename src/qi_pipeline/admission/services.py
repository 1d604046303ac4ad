"""The service table (服务项目表): what clauses 4.1 and 4.2 require for each service item, read from a file.

The shipped table is ``services.toml`` beside this module; a platform may name its own (``Settings.services``).
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

from qi_pipeline.codec import CodecError, from_json
from qi_pipeline.errors import UsageError
from qi_pipeline.kinds import CATEGORIES, KINDS

Covers = Literal["whole", "standards", "instruments"]
"""How a required certificate is matched with the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceItem:
    """One line of the table."""

    item: str
    names: tuple[str, ...]
    """Chinese names in application forms; the first is shown."""
    category: str
    requires: str | None = None
    """Document kind of which one valid certificate is needed; None: the service has no qualification requirement."""
    covers: Covers = "whole"
    scopes: tuple[str, ...]
    """Terms of which the licence's scope needs one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTable:
    """All service items, by key."""

    version: str
    services: tuple[ServiceItem, ...]

    def get(self, item: str | None) -> ServiceItem | None:
        """The line of the table for ``item``; None when the table has none."""
        return next((service for service in self.services if service.item == item), None)

    def by_name(self, name: str) -> ServiceItem | None:
        """The line whose Chinese name a scanned form gives."""
        return next((service for service in self.services if name in service.names), None)

    @property
    def items(self) -> tuple[str, ...]:
        """The keys of the table, in its order."""
        return tuple(service.item for service in self.services)

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change with any value of the table."""
        return hashlib.sha256(repr(astuple(self)).encode()).hexdigest()[:12]


def default_services() -> ServiceTable:
    """The table as shipped."""
    text = resources.files("qi_pipeline.admission").joinpath("services.toml").read_text(encoding="utf-8")
    return _table(tomllib.loads(text), "services.toml")


def load_services(path: Path | None) -> ServiceTable:
    """The table in ``path``, or the shipped one for None; raises :class:`UsageError` with the line that is wrong."""
    if path is None:
        return default_services()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: the service table can't be read ({error}); mend it or remove it") from error
    return _table(data, str(path))


def _table(data: Mapping[str, object], where: str) -> ServiceTable:
    unknown = sorted(set(data) - {"version", "service"})
    if unknown:
        raise UsageError(f"{where}: unknown keys {', '.join(unknown)}; known are version and service")
    version, lines = data.get("version"), data.get("service")
    if not isinstance(version, str) or not isinstance(lines, list) or not lines:
        raise UsageError(f"{where}: a version and at least one [[service]] are needed")
    services = tuple(_line(line, f"{where}: service {number}") for number, line in enumerate(lines, 1))
    for what, values in (
        ("item", [service.item for service in services]),
        ("name", [name for service in services for name in service.names]),
    ):
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise UsageError(f"{where}: {what} {', '.join(twice)} stands twice; each may stand once")
    return ServiceTable(version=version, services=services)


def _line(line: object, where: str) -> ServiceItem:
    try:
        service = from_json(ServiceItem, line)
    except CodecError as error:
        raise UsageError(f"{where}: {error}; see the comments at the top of the shipped services.toml") from error
    if not service.item or not service.names or not all(service.names):
        raise UsageError(f"{where}: item and names must not be empty")
    if service.category not in CATEGORIES:
        raise UsageError(f"{where}: unknown category {service.category!r}; known are {', '.join(CATEGORIES)}")
    if service.requires is not None and service.requires not in KINDS:
        raise UsageError(f"{where}: unknown document kind {service.requires!r}; known are {', '.join(KINDS)}")
    if service.requires is None and service.covers != "whole":
        raise UsageError(f"{where}: covers needs requires; name the kind of certificate or leave covers out")
    if service.covers == "instruments" and service.requires != "calibration_certificate":
        raise UsageError(f'{where}: covers = "instruments" is for calibration_certificate only')
    if not service.scopes or not all(service.scopes):
        raise UsageError(f"{where}: scopes needs at least one term that is not empty")
    return service
