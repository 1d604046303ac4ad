"""A progress bar for people at a terminal, and silence for everyone else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from qi_pipeline.cli.output import printable
from qi_pipeline.ingest import Progress


@contextmanager
def progress_for(stream: TextIO) -> Iterator[Progress]:
    """A bar with the time left when ``stream`` is a terminal; otherwise nothing is drawn."""
    if not stream.isatty():
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars
    from rich.text import Text

    class Described(TextColumn):
        """The name as text: a packet's name is no markup."""

        def render(self, task: object) -> Text:
            return Text(str(getattr(task, "description", "")))

    with Bars(
        Described(""),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(file=stream),
        transient=True,
    ) as bars:
        yield _Drawn(bars)


class _Drawn(Progress):
    def __init__(self, bars: object) -> None:
        from rich.progress import Progress as Bars

        assert isinstance(bars, Bars)
        self._bars = bars
        self._task = bars.add_task("inbox", total=None)

    def begin(self, total: int) -> None:
        self._bars.update(self._task, total=total)

    def packet(self, name: str) -> Callable[[str], None]:
        shown = printable(name)
        return lambda stage: self._bars.update(self._task, description=f"{shown}: {stage}")

    def done(self, name: str) -> None:
        self._bars.advance(self._task)
