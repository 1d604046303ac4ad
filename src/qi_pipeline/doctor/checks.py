"""What a check says, and all of them in the order of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from qi_pipeline.settings import Settings

State = Literal["ok", "warning", "fault"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    group: str
    """Which part it belongs to: ``folders``, ``engines``, …"""
    name: str
    state: State
    """``fault``: the program can't do its work, or not safely; ``warning``: it can, but somebody should know."""
    said: str
    """What was seen."""
    remedy: str = ""
    """What to do; empty only where all is well."""


Examination = Callable[["Settings", date], Iterator[Check]]


def ok(group: str, name: str, said: str) -> Check:
    """A check that found all well."""
    return Check(group=group, name=name, state="ok", said=said)


def warning(group: str, name: str, said: str, remedy: str) -> Check:
    """A check that found something which somebody should know."""
    return Check(group=group, name=name, state="warning", said=said, remedy=remedy)


def fault(group: str, name: str, said: str, remedy: str) -> Check:
    """A check that found a fault."""
    return Check(group=group, name=name, state="fault", said=said, remedy=remedy)


def examine(settings: Settings, today: date, required: Sequence[str] = ()) -> Iterator[Check]:
    """Every check; what could not even be looked at is a fault of its own, and the next goes on.

    ``required`` names what is a fault where it would be a warning: ``cage=full``.
    """
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
    )

    for module in (
        configuration,
        folders,
        space,
        clock,
        databases,
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
