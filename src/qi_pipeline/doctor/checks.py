"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    pass

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


def ok(group: str, name: str, said: str) -> Check:
    """A check that found all well."""
    return Check(group=group, name=name, state="ok", said=said)


def warning(group: str, name: str, said: str, remedy: str) -> Check:
    """A check that found something which somebody should know."""
    return Check(group=group, name=name, state="warning", said=said, remedy=remedy)


def fault(group: str, name: str, said: str, remedy: str) -> Check:
    """A check that found a fault."""
    return Check(group=group, name=name, state="fault", said=said, remedy=remedy)
