"""Report files that are either whole or absent: written beside, flushed, renamed into place."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """Writes ``content`` to ``path`` so that a reader never sees half of it; raises OSError on a full disk."""
    write_pieces(path, [content.encode("utf-8") if isinstance(content, str) else content])


def write_pieces(path: Path, pieces: Iterable[str | bytes]) -> None:
    """Writes the pieces, one after the other as they come, so that a reader never sees some of them only."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            for piece in pieces:
                stream.write(piece.encode("utf-8") if isinstance(piece, str) else piece)
            stream.flush()
            os.fsync(stream.fileno())
        beside.chmod(0o644)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
