"""Every door of the program, counted: writes, renames, syncs, commits, reports, and each call of an engine.

``counted(touch)`` makes each of them call ``touch`` first; a test then makes the n-th one fail, or end the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import sqlalchemy as sa

from qi_pipeline.context import Context
from qi_pipeline.intake import disk
from qi_pipeline.reading import cache
from qi_pipeline.reports import files as report_files
from stored_pool import StoredPool

Touch = Callable[[str], None]


class CountedPool(StoredPool):
    """Answers like the stored pool; each call is a touch, and so is each file."""

    def __init__(self, stored: StoredPool, touch: Touch) -> None:
        super().__init__()
        self.known = stored.known
        self.touch = touch

    def read(self, files, pages_dir, cache_dir=None):
        for file in files:
            self.touch("read")
            yield from super().read([file], pages_dir)

    def read_crops(self, requests, pages_dir):
        self.touch("read_crops")
        return super().read_crops(requests, pages_dir)

    def draw(self, file, numbers, pages_dir):
        self.touch("draw")
        super().draw(file, numbers, pages_dir)


def _door(plain: Callable[..., object], name: str, touch: Touch) -> Callable[..., object]:
    def opened(*arguments: object, **named: object) -> object:
        touch(name)
        return plain(*arguments, **named)

    return opened


@contextmanager
def counted(context: Context, touch: Touch) -> Iterator[None]:
    """While it lasts, every door calls ``touch`` with its name before it does its work."""
    places = [(disk, name) for name in ("rename", "sync_folder", "sync_file")]
    places += [(report_files.tempfile, "mkstemp"), (cache, "_link")]

    def commit(_connection: object) -> None:
        touch("commit")

    patches = [mock.patch.object(where, name, _door(getattr(where, name), name, touch)) for where, name in places]
    for patch in patches:
        patch.start()
    sa.event.listen(context.store.engine, "commit", commit)
    try:
        yield
    finally:
        sa.event.remove(context.store.engine, "commit", commit)
        for patch in patches:
            patch.stop()
