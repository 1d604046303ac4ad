"""The raw engines beside the program: text of the same pages by plain means, and the plainest expressions over it."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.reading.corpus import Sample
from benchmarks.reading.score import fold
from benchmarks.reading.store import Cost, Store

Reader = Callable[[Path], str]
_ENVIRONMENT = {**os.environ, "OMP_THREAD_LIMIT": "1"}
"""Tesseract with one thread, as everything here."""


@dataclass(slots=True)
class Run:
    """What a peer read: its text of each sample, and what that cost."""

    texts: dict[str, str] = field(default_factory=dict)
    costs: dict[str, Cost] = field(default_factory=dict)


def run(samples: Sequence[Sample], store: Store) -> tuple[dict[str, Run], list[str]]:
    """Every peer's run over the samples, and a note for each that is not installed."""
    runs: dict[str, Run] = {}
    notes: list[str] = []
    for name, make in _PEERS.items():
        done = store.peer(name)
        made = runs[name] = Run()
        read: Reader | None = None
        for n, sample in enumerate(samples, 1):
            if sample.key not in done:
                read = read or make()
                if read is None:
                    notes.append(f"{name} is not installed here and was left out.")
                    del runs[name]
                    break
                text, cost = _timed(
                    sample, read, resource.RUSAGE_SELF if name in _IN_PROCESS else resource.RUSAGE_CHILDREN
                )
                store.add_peer(name, sample.key, text, cost)
                done[sample.key] = (text, cost)
                print(f"\r{name} {n}/{len(samples)} ", end="", file=sys.stderr)
            made.texts[sample.key], made.costs[sample.key] = done[sample.key]
        print(file=sys.stderr)
    return runs, notes


def _timed(sample: Sample, read: Reader, who: int) -> tuple[str, Cost]:
    started, used = time.monotonic(), _used()
    text = "\n".join(read(path) for path in sample.images)
    memory = resource.getrusage(who).ru_maxrss
    return text, Cost(len(sample.images), time.monotonic() - started, _used() - used, memory // 1024)


def _used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def rapidocr() -> Reader | None:
    """RapidOCR with the library's defaults."""
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"Global.log_level": "error"})
    return lambda path: "\n".join(engine(str(path)).txts or ())


def rapidocr_openvino() -> Reader | None:
    """RapidOCR on OpenVINO with the settings that the program uses, whole pages in colour by the library's own call."""
    from rapidocr import EngineType, RapidOCR

    engine = RapidOCR(
        params={
            "Global.log_level": "error",
            "Global.max_side_len": 4000,
            "EngineConfig.openvino.inference_num_threads": 1,
            "Det.engine_type": EngineType.OPENVINO,
            "Det.limit_type": "max",
            "Det.limit_side_len": 1600,
            "Cls.engine_type": EngineType.OPENVINO,
            "Rec.engine_type": EngineType.OPENVINO,
            "Rec.rec_batch_num": 1,
        }
    )
    return lambda path: "\n".join(engine(str(path)).txts or ())


def tesseract() -> Reader | None:
    """Tesseract chi_sim with page segmentation 3, as its command runs."""
    program = shutil.which("tesseract")
    if program is None:
        return None

    def read(path: Path) -> str:
        command = [program, str(path), "-", "-l", "chi_sim", "--psm", "3"]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=_ENVIRONMENT).stdout

    return read


def ocrmypdf() -> Reader | None:
    """OCRmyPDF with chi_sim: deskewed, turned where needed, the text of its side file."""
    program = shutil.which("ocrmypdf")
    if program is None:
        return None

    def read(path: Path) -> str:
        with tempfile.TemporaryDirectory(prefix="qi-peer-") as folder:
            text = Path(folder) / "text.txt"
            command = [
                program, "-l", "chi_sim", "--jobs", "1", "--deskew", "--rotate-pages", "--image-dpi", "200",
                "--output-type", "pdf", "--sidecar", str(text), "-q", str(path), str(Path(folder) / "out.pdf"),
            ]  # fmt: skip
            subprocess.run(command, capture_output=True, check=False, env=_ENVIRONMENT)
            return text.read_text(encoding="utf-8") if text.is_file() else ""

    return read


_IN_PROCESS = ("RapidOCR defaults",)
"""Peers that run in this process; the memory of the others is that of the largest program they started."""
_PEERS: dict[str, Callable[[], Reader | None]] = {
    "RapidOCR defaults": rapidocr,
    "Tesseract psm 3": tesseract,
    "OCRmyPDF chi_sim": ocrmypdf,
}

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


def stands(truth: object, bare: str) -> bool:
    """Whether a true value stands anywhere in a folded text."""
    if truth is True:
        return any(word in bare for word in ("长期", "永久", "不约定期限", "无固定期限"))
    text = str(truth)
    if len(text) == 10 and text[4] == "-":
        return any(form in bare for form in _printed(text))
    return fold(text) in bare


def _printed(day: str) -> Iterator[str]:
    """The ways in which a day is printed."""
    year, month, date = day.split("-")
    yield day
    yield f"{year}年{month}月{date}日"
    yield f"{year}年{int(month)}月{int(date)}日"
    yield f"{year}.{month}.{date}"
    yield f"{year}/{month}/{date}"
