"""All checks, in the order of the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from qi_pipeline.doctor import (
    cage,
    calendars,
    clock,
    configuration,
    databases,
    engines,
    folders,
    fonts,
    keys,
    logs,
    prefects,
    space,
    storages,
)
from qi_pipeline.doctor.checks import Check, fault
from qi_pipeline.settings import Settings


def examine(settings: Settings, today: date, required: Sequence[str] = ()) -> Iterator[Check]:
    """Every check; what could not even be looked at is a fault of its own, and the next goes on.

    ``required`` names what is a fault where it would be a warning: ``cage=full``.
    """
    for module in (
        configuration,
        folders,
        space,
        clock,
        databases,
        storages,
        engines,
        fonts,
        calendars,
        keys,
        logs,
        prefects,
        cage,
    ):
        group = module.__name__.rpartition(".")[2]
        try:
            for check in module.examine(settings, today):
                strict = check.state == "warning" and f"{check.group}=full" in required
                yield fault(check.group, check.name, check.said, check.remedy) if strict else check
        except Exception as error:  # noqa: BLE001 - the border of one group: the others are still looked at
            said = f"it can't be looked at ({type(error).__name__}: {error})"
            yield fault(group, "examination", said, "mend what it names and run the doctor again")
