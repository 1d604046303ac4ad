"""Readings kept by content (识别结果缓存): the same bytes are never read twice by the same program.

A reading is JSON beside hard links of its page images. What comes back is checked like an answer of a reading
process; anything odd is no reading, and the file is read again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
from pathlib import Path

from qi_pipeline.codec import CodecError, from_json, to_json
from qi_pipeline.model import FileReading
from qi_pipeline.policy import Limits
from qi_pipeline.reading.versions import READING_VERSION


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReadingCache:
    """Readings of one engine under one set of limits, in one folder."""

    folder: Path
    engine: str
    limits: Limits

    def get(self, name: str, sha256: str, pages_dir: Path) -> FileReading | None:
        """The stored reading under the name ``name``, its page images laid in ``pages_dir``; None: read it."""
        place = self._place(sha256)
        try:
            data = json.loads((place / "reading.json").read_bytes())
            reading = from_json(FileReading, data)
        except (OSError, ValueError, RecursionError, CodecError):
            return None
        images = [Path(page.image).name for page in reading.pages if page.image is not None]
        if reading.sha256 != sha256 or not all((place / image).is_file() for image in images):
            return None
        pages_dir.mkdir(parents=True, exist_ok=True)
        for image in images:
            _link(place / image, pages_dir / image)
        return dataclasses.replace(reading, file=name)

    def put(self, reading: FileReading, pages_dir: Path) -> None:
        """Keeps a reading; the JSON comes last, so that a reading is whole or not there."""
        place = self._place(reading.sha256)
        place.mkdir(parents=True, exist_ok=True)
        for page in reading.pages:
            if page.image is not None:
                _link(pages_dir / page.image, place / page.image)
        beside = place / f".reading.{os.getpid()}.part"
        beside.write_text(json.dumps(to_json(reading), ensure_ascii=False), encoding="utf-8")
        beside.replace(place / "reading.json")

    def _place(self, sha256: str) -> Path:
        made_by = f"{READING_VERSION}\n{self.engine}\n{self.limits.render_dpi}\n{self.limits.page_pixels}"
        return self.folder / hashlib.sha256(made_by.encode()).hexdigest()[:12] / sha256[:2] / sha256


def _link(source: Path, target: Path) -> None:
    """One more name for a page image, or a copy where the file system gives none; an old one is replaced."""
    if target.exists() and target.samefile(source):
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    with contextlib.suppress(FileNotFoundError):
        beside.unlink()
    try:
        beside.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, beside)
    beside.replace(target)
