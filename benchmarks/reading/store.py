"""What a measurement has done so far: JSON lines that an interrupted run goes on from.

One folder holds the drawn files, the upright page images, and one line for each reading, second reading and text of
a peer, with what it cost. Readings of another version of the reader are left alone and read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qi_pipeline.codec import from_json, to_json
from qi_pipeline.model import FileFailure, FileReading
from qi_pipeline.reading.protocol import CropRequest
from qi_pipeline.reading.versions import READING_VERSION


@dataclass(frozen=True, slots=True)
class Cost:
    """What reading cost."""

    pages: int
    wall: float
    cpu: float
    memory: int
    """Largest resident size of a process in MiB."""


@dataclass(frozen=True, slots=True)
class Read:
    """The reading of one file, or why there is none."""

    key: str
    reading: FileReading | None
    failure: str
    cost: Cost


class Store:
    """A folder of finished steps."""

    def __init__(self, folder: Path, *, any_version: bool = False) -> None:
        self.folder = folder
        self.files = folder / "files"
        self.pages = folder / "pages"
        self.any_version = any_version
        for each in (self.files, self.pages):
            each.mkdir(parents=True, exist_ok=True)

    def readings(self) -> dict[str, Read]:
        """Every reading that is done, by sample; of several the latest."""
        found = {}
        for line in self._lines("readings"):
            if self.any_version or line["version"] == READING_VERSION:
                reading = from_json(FileReading, line["reading"]) if line["reading"] else None
                found[line["key"]] = Read(line["key"], reading, line["failure"], Cost(**line["cost"]))
        return found

    def add_reading(self, read: Read) -> None:
        """Keeps a reading."""
        self._add(
            "readings",
            {
                "key": read.key,
                "version": READING_VERSION,
                "failure": read.failure,
                "cost": vars_of(read.cost),
                "reading": to_json(read.reading) if read.reading else None,
            },
        )

    def crops(self) -> dict[str, tuple[str, float]]:
        """Every second reading that is done, by :func:`crop_key`."""
        return {line["crop"]: (line["text"], line["score"]) for line in self._lines("crops")}

    def add_crops(self, requests: list[CropRequest], answers: list[tuple[str, float]], cpu: float) -> None:
        """Keeps second readings; ``cpu``: what all of them cost together."""
        for request, (text, score) in zip(requests, answers, strict=True):
            share = round(cpu / len(requests), 4)
            self._add("crops", {"crop": crop_key(request), "text": text, "score": score, "cpu": share})

    def crop_costs(self) -> dict[str, float]:
        """Processor seconds of every second reading, by :func:`crop_key`."""
        return {line["crop"]: line["cpu"] for line in self._lines("crops")}

    def peer(self, name: str) -> dict[str, tuple[str, Cost]]:
        """The texts of a peer that are done, by sample, with what they cost."""
        return {line["key"]: (line["text"], Cost(**line["cost"])) for line in self._lines(f"peer-{name}")}

    def add_peer(self, name: str, key: str, text: str, cost: Cost) -> None:
        """Keeps the text of a peer."""
        self._add(f"peer-{name}", {"key": key, "text": text, "cost": vars_of(cost)})

    def _lines(self, name: str) -> Iterator[dict[str, object]]:
        path = self.folder / f"{name}.jsonl"
        if not path.is_file():
            return
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):  # the last line of a killed run may be half
                    yield json.loads(line)

    def _add(self, name: str, line: dict[str, object]) -> None:
        path = self.folder / f"{name}.jsonl"
        data = json.dumps(line, ensure_ascii=False).encode() + b"\n"
        with path.open("ab+") as out:
            if out.tell():
                out.seek(-1, 2)
                if out.read(1) != b"\n":
                    data = b"\n" + data
            out.write(data)


def crop_key(request: CropRequest) -> str:
    """The name of one crop."""
    return json.dumps(to_json(request), ensure_ascii=False, sort_keys=True)


def vars_of(cost: Cost) -> dict[str, object]:
    """The cost as plain JSON."""
    return {"pages": cost.pages, "wall": round(cost.wall, 3), "cpu": round(cost.cpu, 3), "memory": cost.memory}


def failure_text(failure: FileFailure) -> str:
    """One line for a file that can't be read."""
    return f"{failure.code}: {failure.message}"
