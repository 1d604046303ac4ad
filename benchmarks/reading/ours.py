"""The program under test: files to readings, readings to documents, with what each costs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks.reading.corpus import Sample
from benchmarks.reading.store import Cost, Read, Store, crop_key
from qi_pipeline.extraction.certainty import assess
from qi_pipeline.extraction.documents import extract
from qi_pipeline.intake.packet import open_packet
from qi_pipeline.model import Document, FileReading
from qi_pipeline.papers import TypedFile
from qi_pipeline.policy import default_policy
from qi_pipeline.reading.pool import ReaderPool
from qi_pipeline.reading.protocol import CropRequest
from qi_pipeline.reading.sniff import media_type
from qi_pipeline.settings import load_settings

_TICKS = os.sysconf("SC_CLK_TCK")


class Bench:
    """One reading process that goes over samples, and keeps what it read."""

    def __init__(self, store: Store, *, jobs: int = 1) -> None:
        self.store = store
        self._limits = default_policy().limits
        settings = load_settings({"QI_HOME": str(store.folder), "QI_WORKERS": str(jobs)})
        self._pool = ReaderPool(settings, self._limits)
        self._crops = store.crops()
        self._crop_costs = store.crop_costs()
        self._pages = 0
        self._extra = 0.0
        self._fresh = 0.0

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def read(self, samples: Sequence[Sample]) -> Iterator[tuple[Sample, Read]]:
        """Each sample with its reading; those read before are not read again."""
        done = self.store.readings()
        for sample in samples:
            read = done.get(sample.key)
            if read is None or not self._images_are_kept(read):
                read = self._read(sample)
                self.store.add_reading(read)
            yield sample, read

    def _images_are_kept(self, read: Read) -> bool:
        pages = read.reading.pages if read.reading else ()
        return all(page.image is None or (self.store.pages / page.image).is_file() for page in pages)

    def _read(self, sample: Sample) -> Read:
        started, used = time.monotonic(), family_cpu()
        contents = open_packet(sample.path, self._limits, self.store.folder / "originals")
        files = [
            TypedFile(name=file.name, path=file.path, sha256=file.sha256, media_type=media_type(file.path))
            for file in contents.files
        ]
        results = list(self._pool.read(files, self.store.pages, None))
        wall, cpu = time.monotonic() - started, family_cpu() - used
        for file in files:
            with suppress(OSError):
                Path(file.path).unlink()
        readings = [each for each in results if isinstance(each, FileReading)]
        failures = [f"{each.code}: {each.message}" for each in results if not isinstance(each, FileReading)]
        reading = readings[0] if readings else None
        cost = Cost(len(reading.pages) if reading else 0, wall, cpu, family_memory())
        return Read(sample.key, reading, "; ".join(failures), cost)

    def documents(self, readings: Sequence[FileReading], *, second: bool = True) -> list[Document]:
        """The documents of one packet's readings, with confidences; second readings are kept and not made twice."""
        used, fresh = family_cpu(), self._fresh
        found = assess(extract(readings), readings, self.second_reading if second else None)
        self._extra += family_cpu() - used - (self._fresh - fresh)  # those not fresh are added where they are asked for
        self._pages += sum(len(reading.pages) for reading in readings)
        return found

    def extra(self) -> Cost:
        """What extraction and second readings cost, also where second readings had been kept."""
        return Cost(self._pages, self._extra, self._extra, 0)

    def second_reading(self, requests: list[CropRequest]) -> list[tuple[str, float]]:
        """Text and score of each crop."""
        missing = list({crop_key(r): r for r in requests if crop_key(r) not in self._crops}.values())
        if missing:
            used = family_cpu()
            answers = self._pool.read_crops(missing, self.store.pages)
            spent = family_cpu() - used
            self._fresh += spent
            self.store.add_crops(missing, answers, spent)
            self._crops |= {crop_key(r): answer for r, answer in zip(missing, answers, strict=True)}
            self._crop_costs |= {crop_key(r): spent / len(missing) for r in missing}
        self._extra += sum(self._crop_costs[crop_key(r)] for r in requests)
        return [self._crops[crop_key(r)] for r in requests]


def family_cpu() -> float:
    """Processor seconds of this process and of all it started, those that ended included."""
    return sum(_cpu(pid) for pid in family())


def family_memory() -> int:
    """The largest resident size that any child has had, in MiB."""
    return max((_peak(pid) for pid in family()[1:]), default=0)


def family() -> list[int]:
    """The ids of this process and of all that it started and that still run."""
    found = [os.getpid()]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            with suppress(OSError):
                found += [int(child) for child in task.read_text().split()]
    return found


def _cpu(pid: int) -> float:
    with suppress(OSError):
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(ticks) for ticks in told[11:15]) / _TICKS
    return 0.0


def _peak(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    return 0
