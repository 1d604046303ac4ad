"""The reader under test, and the raw engines beside it, on the same pages."""

from __future__ import annotations

import re
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.reading.corpus import Sample
from benchmarks.reading.score import fold
from qi_pipeline.intake.packet import open_packet
from qi_pipeline.model import Document
from qi_pipeline.papers import read_papers
from qi_pipeline.policy import default_policy
from qi_pipeline.reading.pool import ReaderPool
from qi_pipeline.settings import load_settings


@dataclass(slots=True)
class Speed:
    """What a run cost."""

    pages: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    memory: int = 0
    """Largest resident process in MiB; 0 where it can't be told from other processes."""

    def line(self) -> str:
        """Pages a minute, CPU seconds a page, memory."""
        if not self.pages:
            return "– | – | –"
        return f"{60 * self.pages / self.wall:.0f} | {self.cpu / self.pages:.2f} | {self.memory or '–'}"


@dataclass(slots=True)
class Run:
    """What a peer read: its text of each sample, and what that cost."""

    texts: dict[str, str] = field(default_factory=dict)
    speed: Speed = field(default_factory=Speed)


def ours(samples: Sequence[Sample], speed: Speed) -> Iterator[tuple[Sample, list[Document], str]]:
    """(sample, documents, failure) of each file, read one packet at a time as `extract` does."""
    policy = default_policy()
    with tempfile.TemporaryDirectory(prefix="qi-bench-") as folder:
        settings = load_settings({"QI_HOME": folder})
        with ReaderPool(settings, policy.limits) as pool:
            for n, sample in enumerate(samples):
                started, used = time.monotonic(), time.process_time()
                contents = open_packet(sample.path, policy.limits, Path(folder) / "originals")
                papers = read_papers(contents.files, pool, Path(folder) / f"pages{n}", None)
                speed.wall += time.monotonic() - started
                pages = [page for reading in papers.readings for page in reading.pages]
                speed.cpu += time.process_time() - used + sum(page.seconds for page in pages)
                speed.pages += len(pages)
                failure = "; ".join(f"{each.code}: {each.message}" for each in papers.failures)
                yield sample, list(papers.documents), failure
    speed.memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def rapidocr(samples: Sequence[Sample]) -> Run:
    """RapidOCR with the library's defaults."""
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "error"})

    def read(path: Path) -> str:
        return "\n".join(engine(str(path)).txts or ())

    return _run(samples, read)


def own_engine(samples: Sequence[Sample]) -> Speed:
    """The reader's own engine alone on the same pictures: no tables, seals, codes or documents."""
    import numpy as np
    from PIL import Image, ImageOps

    from qi_pipeline.reading.engines import load_engine

    engine = load_engine("rapidocr")

    def read(path: Path) -> str:
        pixels = np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))
        return "\n".join(word.text for word in engine.recognise(pixels))

    return _run(samples, read).speed


def tesseract(samples: Sequence[Sample]) -> Run:
    """Tesseract chi_sim with page segmentation 3, as its command runs."""
    import subprocess

    def read(path: Path) -> str:
        command = ["tesseract", str(path), "-", "-l", "chi_sim", "--psm", "3"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = _run(samples, read)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    run.speed.memory = 0
    run.speed.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return run


def _run(samples: Sequence[Sample], read: object) -> Run:
    run = Run()
    for sample in samples:
        started, used = time.monotonic(), time.process_time()
        run.texts[sample.name] = "\n".join(read(path) for path in sample.images)  # type: ignore[operator]
        run.speed.wall += time.monotonic() - started
        run.speed.cpu += time.process_time() - used
        run.speed.pages += len(sample.images)
    run.speed.memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return run


_DATE = r"(\d{4})[年.\-/]\s*(\d{1,2})[月.\-/]\s*(\d{1,2})日?"
_PLAINEST = {
    "holder_uscc": r"[0-9A-Z]{2}\d{6}[0-9A-Z]{10}",
    "holder_name": r"(?:名称|单位名称|机构名称|企业名称|送检单位|委托方|委托单位)[::]?([^\n]{4,40})",
    "certificate_number": r"(?:证书编号|编号|注册号|批准号|机构代码|证号)[::]?([^\n]{4,40}?)[)\n]",
    "valid_to": rf"(?:有效期至|截止日期|至)[::]?{_DATE}",
    "valid_from": rf"(?:生效日期|自|期限)[::]?{_DATE}",
    "long_term": r"长期|永久|不约定期限|无固定期限",
}


def plainest(text: str) -> dict[str, object]:
    """What the plainest regular expressions find in an engine's text."""
    bare = "\n".join(fold(line) for line in text.splitlines())
    found: dict[str, object] = {}
    for name, pattern in _PLAINEST.items():
        match = re.search(pattern, bare + "\n")
        if match is None:
            continue
        if name.startswith("valid"):
            found[name] = f"{int(match[1])}-{int(match[2]):02d}-{int(match[3]):02d}"
        elif name == "long_term":
            found[name] = True
        else:
            found[name] = match[1] if match.lastindex else match[0]
    return found
