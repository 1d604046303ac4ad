"""Progress of long work: a bar with the time left for people at a terminal, a line now and then for everyone else.

Everything goes to stderr. A terminal that is ``dumb`` gets lines; ``NO_COLOR`` takes the colour from the bar.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

from qi_pipeline.cli.output import cut, printable

if TYPE_CHECKING:
    from qi_pipeline.ingest import Progress

QUIET_SECONDS = 10.0
"""A line at most so often; work that is done earlier says nothing."""
_NAME = 36
"""Columns that a name takes in a bar."""

Done = Callable[[int, int | None], None]
"""Told how much is done, and of how much (None: nobody knows)."""


class _Meter(Protocol):
    def show(self, done: int, total: int | None) -> None: ...
    def describe(self, text: str) -> None: ...


@contextmanager
def bar(stream: TextIO, what: str) -> Iterator[Done]:
    """Told how far some work is, for as long as it lasts."""
    with _meter(stream, what) as meter:
        yield meter.show


@contextmanager
def progress_for(stream: TextIO) -> Iterator[Progress]:
    """Told how far a run over the inbox is."""
    from qi_pipeline.ingest import Progress

    class Told(Progress):
        """Counts the packets and names the one in work with its stage."""

        def __init__(self, meter: _Meter) -> None:
            self._meter = meter
            self._done = 0
            self._total: int | None = None

        def begin(self, total: int) -> None:
            self._total = total
            self._meter.show(0, total)

        def packet(self, name: str) -> Callable[[str], None]:
            return lambda stage: self._meter.describe(f"{name}: {stage}")

        def done(self, name: str) -> None:
            self._done += 1
            self._meter.show(self._done, self._total)

    with _meter(stream, "inbox") as meter:
        yield Told(meter)


@contextmanager
def _meter(stream: TextIO, what: str) -> Iterator[_Meter]:
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield Lines(stream, what)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars
    from rich.text import Text

    class Described(TextColumn):
        """The name as text: a packet's name is no markup."""

        def render(self, task: object) -> Text:
            return Text(str(getattr(task, "description", "")))

    class Drawn:
        """The bar."""

        def __init__(self, bars: Bars) -> None:
            self._bars = bars
            self._task = bars.add_task(what, total=None)

        def show(self, done: int, total: int | None) -> None:
            self._bars.update(self._task, completed=done, total=total)

        def describe(self, text: str) -> None:
            self._bars.update(self._task, description=cut(printable(text), _NAME))

    columns = (Described(""), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(file=stream), transient=True) as bars:
        yield Drawn(bars)


class Lines:
    """Progress as plain lines, one in ten seconds at most."""

    def __init__(self, stream: TextIO, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._what = what
        self._clock = clock
        self._begun = self._said = clock()
        self._done = 0
        self._total: int | None = None
        self._about = ""

    def show(self, done: int, total: int | None) -> None:
        """Takes in how much is done."""
        self._done, self._total = done, total
        self._say()

    def describe(self, text: str) -> None:
        """Takes in what is in work."""
        self._about = text
        self._say()

    def _say(self) -> None:
        now = self._clock()
        if now - self._said < QUIET_SECONDS:
            return
        self._said = now
        parts = [f"{self._done} of {self._total} done" if self._total is not None else f"{self._done} done"]
        left = self._left(now)
        if left is not None:
            parts.append(f"about {_duration(left)} left")
        if self._about:
            parts.append(self._about)
        print(printable(f"{self._what}: {', '.join(parts)}"), file=self._stream, flush=True)

    def _left(self, now: float) -> float | None:
        if self._total is None or not self._done:
            return None
        return (now - self._begun) / self._done * max(0, self._total - self._done)


def _duration(seconds: float) -> str:
    """A time for people.

    >>> _duration(40), _duration(150), _duration(7300)
    ('40 s', '3 min', '2 h 2 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = -(-int(seconds) // 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
