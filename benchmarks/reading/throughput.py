"""``python -m benchmarks.reading.throughput``: the whole program beside its own engine alone, on the same scans.

Both with as many processes as there are processors (or ``--jobs``), one inference thread each, models loaded once,
round by round in turn so that what else runs on the machine hits both alike. *Alone* is the engine's own library call
with the program's settings: find the lines, read them, nothing else; the picture is decoded in both.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_EDITIONS = (
    "licence 2022",
    "licence 2014",
    "CMA",
    "CNAS zh",
    "ISO 9001 bilingual",
    "安全生产许可证",
    "人力资源",
    "校准",
)


def main() -> int:
    """Prints pages a minute and CPU seconds a page of both, and their ratio."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading.throughput", description=__doc__)
    parser.add_argument("--pages", type=int, default=24, help="scans a round (24)")
    parser.add_argument("--rounds", type=int, default=2, help="rounds of both in turn (2)")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="processes (as processors)")
    parser.add_argument("--degradation", default="scan200", help="how the pages are aged (scan200)")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    for variable in ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
    with tempfile.TemporaryDirectory(prefix="qi-throughput-") as folder:
        files = draw(Path(folder), given.pages, given.degradation)
        spent: dict[str, list[tuple[float, float]]] = {"whole": [], "alone": []}
        with Whole(Path(folder) / "home", given.jobs) as whole, Alone(given.jobs) as alone:
            for side in (whole, alone):
                side(files[: 2 * given.jobs])  # models are loaded, code is compiled
            for _ in range(given.rounds):
                for name, side in (("whole", whole), ("alone", alone)):
                    spent[name].append(timed(side, files))
    print(f"{'':>8} {'pages/min':>10} {'CPU s/page':>11}")
    rates = {}
    for name, rounds in spent.items():
        pages = given.pages * len(rounds)
        wall, cpu = (sum(each[k] for each in rounds) for k in (0, 1))
        rates[name] = (60 * pages / wall, cpu / pages)
        print(f"{name:>8} {rates[name][0]:>10.1f} {rates[name][1]:>11.2f}")
    print(
        f"throughput of the whole: {rates['whole'][0] / rates['alone'][0]:.2f} of its engine alone by the clock, "
        f"{rates['alone'][1] / rates['whole'][1]:.2f} by processor time"
    )
    return 0


def timed(side: Callable[[list[Path]], None], files: list[Path]) -> tuple[float, float]:
    """Wall and processor seconds of one round."""
    from benchmarks.reading.ours import family_cpu

    started, used = time.monotonic(), family_cpu()
    side(files)
    return time.monotonic() - started, family_cpu() - used


def draw(folder: Path, count: int, degradation: str) -> list[Path]:
    """One-page scans of several editions, each of another institution."""
    from benchmarks.reading.editions import makers
    from papers import age

    table = makers()
    files = []
    for number in range(count):
        paper = table[_EDITIONS[number % len(_EDITIONS)]](9_000 + number)
        files.append(folder / f"{number}.jpg")
        files[-1].write_bytes(age.aged(paper.sheets[0], degradation, number).jpeg())
    return files


class Whole:
    """The program: files to documents with certain values, one packet a file."""

    def __init__(self, home: Path, jobs: int) -> None:
        from qi_pipeline.policy import default_policy
        from qi_pipeline.reading.pool import ReaderPool
        from qi_pipeline.settings import load_settings

        home.mkdir()
        self._home, self._limits = home, default_policy().limits
        self._pool = ReaderPool(load_settings({"QI_HOME": str(home), "QI_WORKERS": str(jobs)}), self._limits)

    def __enter__(self) -> Whole:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def __call__(self, files: list[Path]) -> None:
        """Reads the files of one packet."""
        from qi_pipeline.intake.packet import open_packet
        from qi_pipeline.papers import read_papers

        kept = [f for path in files for f in open_packet(path, self._limits, self._home / "originals").files]
        # Every packet of an inbox leaves its page images in this one folder, so that its reading processes stay.
        read_papers(kept, self._pool, self._home / "pages", None)


class Alone:
    """The engine's library in processes of its own."""

    def __init__(self, jobs: int) -> None:
        self._pool = multiprocessing.get_context("spawn").Pool(jobs, initializer=_load)

    def __enter__(self) -> Alone:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()
        self._pool.join()

    def __call__(self, files: list[Path]) -> None:
        """Reads the pictures."""
        list(self._pool.imap_unordered(_read, files))


_ENGINE: list[Callable[[Path], str]] = []


def _load() -> None:
    from benchmarks.reading.peers import rapidocr_openvino

    engine = rapidocr_openvino()
    assert engine is not None
    _ENGINE.append(engine)


def _read(path: Path) -> int:
    return len(_ENGINE[0](path))


if __name__ == "__main__":
    sys.exit(main())
