"""What a run spends between its warm workers and its last packet: seconds, and processor time by part."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_LOOK_SECONDS = 0.1
_READER = b"qi_pipeline.reading.worker"
READING = "reading"
"""The part of all reading processes."""

Parts = Mapping[str, Sequence[subprocess.Popen[bytes]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The time from as many packets done as there are workers to all of them done."""

    packets: int
    """So many were done in it."""
    seconds: float
    processor_seconds: dict[str, float]
    """Of each part of the run, with everything that its processes started."""
    machine_seconds: float
    """Of all processors, whoever used them: PostgreSQL and what else ran."""


def watch(home: Path, warm: int, count: int, parts: Parts, working: Sequence[subprocess.Popen[bytes]]) -> Stretch:
    """What was spent between ``warm`` reports and ``count``; raises when a working process fails.

    Nobody who has ended is waited for before the end, so that what he spent can still be seen.
    """
    first = last = None
    while not all(map(_has_ended, working)):
        done = sum(1 for _ in home.glob("reports/*/decision.html"))
        if first is None and done >= warm:
            first = done, time.monotonic(), _spent(parts), _machine()
        if last is None and done >= count:
            last = done, time.monotonic(), _spent(parts), _machine()
        time.sleep(_LOOK_SECONDS)
    codes = [process.wait() for process in working]
    assert codes == [0] * len(working), codes
    assert first is not None
    assert last is not None, "the run ended with its last report"
    return Stretch(
        packets=last[0] - first[0],
        seconds=last[1] - first[1],
        processor_seconds={part: last[2][part] - first[2][part] for part in (READING, *parts)},
        machine_seconds=last[3] - first[3],
    )


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _spent(parts: Parts) -> dict[str, float]:
    """Processor seconds by part; those of reading processes, whoever started them, are a part of their own."""
    spent = dict.fromkeys((READING, *parts), 0.0)
    for part, running in parts.items():
        for process in running:
            _add_family(process.pid, part, spent)
    return spent


def _add_family(pid: int, part: str, spent: dict[str, float]) -> None:
    """Nothing; what a process and all that it started took is added, and what those took that it has waited for."""
    with suppress(FileNotFoundError, ProcessLookupError):
        if _READER in Path(f"/proc/{pid}/cmdline").read_bytes():
            part = READING
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        spent[part] += sum(map(int, fields[11:15])) / _TICKS
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            with suppress(FileNotFoundError, ProcessLookupError):
                for child in children.read_text(encoding="ascii").split():
                    _add_family(int(child), part, spent)


def _machine() -> float:
    """Seconds that all processors together were busy since the machine began."""
    line = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()
    user, nice, system, _idle, _waiting, interrupts, soft = map(int, line[1:8])
    return (user + nice + system + interrupts + soft) / _TICKS
