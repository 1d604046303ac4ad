"""A reading pool for tests: it gives the readings that the papers' own words make, in no time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from papers.packets import Packet
from qi_pipeline.admission.rules import load_rules
from qi_pipeline.admission.services import default_services
from qi_pipeline.context import Context
from qi_pipeline.intake import inbox
from qi_pipeline.model import FileFailure, FileReading
from qi_pipeline.policy import load_policy
from qi_pipeline.reading.pool import Readable, ReaderPool
from qi_pipeline.reading.protocol import CropRequest
from qi_pipeline.records.store import Store
from qi_pipeline.settings import Settings


class StoredPool(ReaderPool):
    """Answers with the stored reading of the file's name, else that the file is corrupt."""

    def __init__(self) -> None:
        self.known: dict[str, FileReading] = {}
        self.asked: list[str] = []

    def knows(self, packet: Packet) -> None:
        self.known |= {reading.file: reading for reading in packet.readings()}

    def read(
        self, files: Sequence[Readable], pages_dir: Path, cache_dir: Path | None = None
    ) -> Iterator[FileReading | FileFailure]:
        for file in files:
            self.asked.append(file.name)
            reading = self.known.get(file.name)
            if reading is None:
                yield FileFailure(file=file.name, code="corrupt", message="not among the stored readings")
            else:
                yield replace(reading, sha256=file.sha256)

    def read_crops(self, requests: Sequence[CropRequest], pages_dir: Path) -> list[tuple[str, float]]:
        return [("", 0.0)] * len(requests)

    def draw(self, file: Readable, numbers: Iterable[int], pages_dir: Path) -> None:
        pass

    def close(self) -> None:
        pass


@contextmanager
def workspace(home: Path, *, pdf: bool = False) -> Iterator[tuple[Context, StoredPool]]:
    """A fresh workspace with a stored pool; without ``pdf`` by a policy that writes no letter as PDF.

    Writing one costs as much as all else that is done about a packet.
    """
    home.mkdir(exist_ok=True)
    own = home / "policy.toml"
    if not pdf:
        own.write_text("[reports]\nnotice_pdf = false\nletters_pdf_per_night = 0\n", encoding="utf-8")
    settings = Settings(
        home=home,
        database_url=f"sqlite:///{home / 'qi.db'}",
        settle_seconds=0,
        policy=None if pdf else own,
    )
    inbox.prepare(settings)
    pool = StoredPool()
    with Store(settings.database_url) as store:
        yield (
            Context(
                settings=settings,
                policy=load_policy(settings.policy),
                services=default_services(),
                rules=load_rules(),
                store=store,
                pool=pool,
            ),
            pool,
        )


def drop(context: Context, pool: StoredPool, packet: Packet, name: str) -> Path:
    """Lays the packet in the inbox as a folder: its form, and a file of a few bytes for each paper."""
    folder = context.settings.inbox / name
    folder.mkdir()
    if packet.application_bytes is not None:
        (folder / "application.json").write_bytes(packet.application_bytes)
    for file in packet.files:
        # The bytes only have to be a PDF by their beginning and another file's by the rest.
        (folder / file).write_bytes(b"%PDF-1.7\n" + f"{packet.body.uscc} {file} {name}".encode())
    for file, data in packet.broken.items():
        (folder / file).write_bytes(data)
    pool.knows(packet)
    return folder
