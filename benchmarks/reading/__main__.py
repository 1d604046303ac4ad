"""``python -m benchmarks.reading``: draw the corpus, read it, compare with the truth, write docs/benchmarks.md.

A run that is interrupted goes on where it was; a run with a larger sample keeps what smaller ones read.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Measures and prints; exit 0 whatever the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--sample", type=int, default=150, help="so many files, of every degradation; 0: all (150)")
    parser.add_argument("--seed", type=int, default=101, help="another seed draws other papers (101)")
    parser.add_argument("--per-cell", type=int, default=1, help="papers of each edition and degradation (1)")
    parser.add_argument("--only", default="", metavar="KIND/DEGRADATION", help="only editions and a degradation")
    parser.add_argument("--real", type=Path, metavar="DIR", help="a folder of papers with a truth.json beside it too")
    parser.add_argument("--no-peers", action="store_true", help="leave out the raw engines")
    parser.add_argument("--peers", type=int, default=46, metavar="N", help="raw engines on the first N files (46)")
    parser.add_argument("--jobs", type=int, default=1, help="reading processes (1)")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "bench-reading", help="what is kept between runs")
    parser.add_argument("--read-only", action="store_true", help="read and keep; compare another time")
    parser.add_argument("--kept", action="store_true", help="use readings kept by other versions of the reader too")
    parser.add_argument("--failures", type=Path, metavar="FILE", help="a line for everything that was read wrong")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the report here (docs/benchmarks.md); -: nowhere"
    )
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    os.nice(max(0, 10 - os.nice(0)))
    for variable in ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
    from benchmarks.reading import corpus, failures, ours, peers, report, score
    from benchmarks.reading.store import Store

    store = Store(given.work, any_version=given.kept)
    cells = corpus.plan(seed=given.seed, per_cell=given.per_cell, sample=given.sample, only=given.only)
    samples, result, reads = [], score.Result(), []
    with ours.Bench(store, jobs=given.jobs) as bench:
        for n, cell in enumerate(cells, 1):
            sample = corpus.draw(cell, store.files)
            samples.append(sample)
            (read,) = (read for _, read in bench.read([sample]))
            reads.append(read)
            print(f"\r{n}/{len(cells)} {cell.key} {read.failure}\033[K", end="", file=sys.stderr)
            if not given.read_only:
                _judge(bench, sample, read, result)
        print(file=sys.stderr)
        if given.read_only:
            return 0
        real = score.Result()
        for sample in corpus.real(given.real) if given.real else []:
            (read,) = (read for _, read in bench.read([sample]))
            _judge(bench, sample, read, real)
    runs, notes = ({}, []) if given.no_peers else peers.run(samples[: given.peers], store)
    text = report.markdown(samples, result, reads, bench.extra(), runs, notes, real, seed=given.seed)
    print(text)
    if given.failures:
        failures.write(result, given.failures)
    whole = not given.only and not given.no_peers
    out = given.out or (ROOT / "docs" / "benchmarks.md" if whole else None)
    if out is not None and str(out) != "-":
        report.replace_section(out, text, result)
    return 0


def _judge(bench: object, sample: object, read: object, result: object) -> None:
    from benchmarks.reading import score

    documents = bench.documents([read.reading]) if read.reading else []  # type: ignore[attr-defined]
    if read.failure:  # type: ignore[attr-defined]
        result.failures.append((sample, read.failure))  # type: ignore[attr-defined]
    score.judge(sample, documents, result)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main())
