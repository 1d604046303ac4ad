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
_LOOK_SECONDS = 0.25
"""Each look at all processes costs milliseconds of a processor that the run could use."""
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
    readers = _Readers()
    while not all(map(_has_ended, working)):
        done = sum(1 for _ in home.glob("reports/*/decision.html"))
        spent = readers.spent(parts)
        if first is None and done >= warm:
            first = done, time.monotonic(), spent, _machine()
        if last is None and done >= count:
            last = done, time.monotonic(), spent, _machine()
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


class _Readers:
    """What reading processes spent, those too that have ended: the system then counts them to who started them."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[str, float]] = {}
        """Of each reading process the part that started it, and what it had spent when it was last seen."""
        self._living: set[int] = set()

    def spent(self, parts: Parts) -> dict[str, float]:
        """Processor seconds by part; those of reading processes, whoever started them, are a part of their own."""
        spent = dict.fromkeys((READING, *parts), 0.0)
        self._living.clear()
        for part, running in parts.items():
            for process in running:
                spent[part] += self._of_family(process.pid, part, reading=False)
        for pid, (part, seconds) in self._known.items():
            spent[READING] += seconds
            if pid not in self._living:
                spent[part] -= seconds
        return spent

    def _of_family(self, pid: int, part: str, *, reading: bool) -> float:
        """What a process took, what those took that it has waited for, and all that it started but readers."""
        seconds = 0.0
        with suppress(FileNotFoundError, ProcessLookupError):
            begins = not reading and _READER in Path(f"/proc/{pid}/cmdline").read_bytes()
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            seconds += sum(map(int, fields[11:15])) / _TICKS
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                with suppress(FileNotFoundError, ProcessLookupError):
                    for child in children.read_text(encoding="ascii").split():
                        seconds += self._of_family(int(child), part, reading=reading or begins)
            if begins:
                self._living.add(pid)
                self._known[pid] = part, max(seconds, self._known.get(pid, ("", 0.0))[1])
                return 0.0
        return seconds


def _machine() -> float:
    """Seconds that all processors together were busy since the machine began."""
    line = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()
    user, nice, system, _idle, _waiting, interrupts, soft = map(int, line[1:8])
    return (user + nice + system + interrupts + soft) / _TICKS
