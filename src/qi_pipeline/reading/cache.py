"""Readings kept by content (识别结果缓存): the same bytes are never read twice by the same program.

A reading is JSON beside hard links of its page images. What comes back is checked like an answer of a reading
process; anything odd is no reading, and the file is read again. Where shared storage is set, a reading also goes there
as one object (:mod:`qi_pipeline.reading.packed`), so that no machine reads what another has read.
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
from qi_pipeline.intake.storage import SharedStorage
from qi_pipeline.model import FileReading
from qi_pipeline.policy import Limits
from qi_pipeline.reading.packed import packed, unpacked
from qi_pipeline.reading.versions import READING_VERSION

_JSON = "reading.json"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReadingCache:
    """Readings of one engine under one set of limits, in one folder and, where there is one, in shared storage."""

    folder: Path
    engine: str
    limits: Limits
    shared: SharedStorage | None = None

    def get(self, name: str, sha256: str, pages_dir: Path) -> FileReading | None:
        """The stored reading under the name ``name``, its page images laid in ``pages_dir``; None: read it."""
        place = self._place(sha256)
        reading = _stored(place, sha256)
        if self.shared is not None:
            if reading is None and self._brought(sha256):
                reading = _stored(place, sha256)
            elif reading is not None:
                with contextlib.suppress(FileNotFoundError):
                    os.utime(place / _JSON)  # in use again: it is not the next copy to go
        if reading is None:
            return None
        pages_dir.mkdir(parents=True, exist_ok=True)
        try:
            for image in _images(reading):
                _link(place / image, pages_dir / image)
        except FileNotFoundError:
            return None  # a copy that was removed a moment ago
        return dataclasses.replace(reading, file=name)

    def put(self, reading: FileReading, pages_dir: Path) -> None:
        """Keeps a reading; the JSON comes last, so that a reading is whole or not there."""
        place = self._place(reading.sha256)
        place.mkdir(parents=True, exist_ok=True)
        for page in reading.pages:
            if page.image is not None:
                _link(pages_dir / page.image, place / page.image)
        data = json.dumps(to_json(reading), ensure_ascii=False).encode()
        _write(place / _JSON, data)
        if self.shared is not None:
            members = {image: (place / image).read_bytes() for image in _images(reading)}
            # Another machine may have read the same file meanwhile: the first reading stands, a damaged one does not.
            key = self._key(reading.sha256)
            kept = self.shared.read(key)
            if kept is None or unpacked(kept) is None:
                self.shared.put(key, packed({**members, _JSON: data}), replace=kept is not None)

    def _brought(self, sha256: str) -> bool:
        """Whether shared storage had the reading, which now lies in the folder."""
        assert self.shared is not None
        data = self.shared.read(self._key(sha256))
        members = unpacked(data) if data is not None else None
        if members is None or _JSON not in members:
            return False
        place = self._place(sha256)
        place.mkdir(parents=True, exist_ok=True)
        for image, content in members.items():
            if image != _JSON:
                _write(place / image, content)
        _write(place / _JSON, members[_JSON])
        return True

    def _made_by(self) -> str:
        made_by = f"{READING_VERSION}\n{self.engine}\n{self.limits.render_dpi}\n{self.limits.page_pixels}"
        return hashlib.sha256(made_by.encode()).hexdigest()[:12]

    def _place(self, sha256: str) -> Path:
        return self.folder / self._made_by() / sha256[:2] / sha256

    def _key(self, sha256: str) -> str:
        return f"readings/{self._made_by()}/{sha256[:2]}/{sha256}"


def _stored(place: Path, sha256: str) -> FileReading | None:
    """The reading in a folder, if it is whole and of this file."""
    try:
        reading = from_json(FileReading, json.loads((place / _JSON).read_bytes()))
    except (OSError, ValueError, RecursionError, CodecError):
        return None
    if reading.sha256 != sha256 or not all((place / image).is_file() for image in _images(reading)):
        return None
    return reading


def _images(reading: FileReading) -> list[str]:
    return [Path(page.image).name for page in reading.pages if page.image is not None]


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    beside.write_bytes(data)
    beside.replace(path)


def _link(source: Path, target: Path) -> None:
    """One more name for a page image, or a copy where the file system gives none; an old one is replaced."""
    if target.exists() and target.samefile(source):
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    with contextlib.suppress(FileNotFoundError):
        beside.unlink()
    try:
        beside.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, beside)
    beside.replace(target)
