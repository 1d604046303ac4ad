"""``python -m benchmarks.reading.calibrate``: fit the weights of evidence to readings whose truth is known.

Every value that was read of the training seeds is a case: its source, what the picture says against it, what the
checks say, and whether it is right. The weights are those of a logistic regression that is held to the judged ones
(``judged.toml``, from which a weight moves only as far as there are cases) and to their signs: no evidence for a value
may ever count against it. Wrong values count several times, because papers that nobody has drawn are read worse than
those that somebody has. Seeds that were not fitted, and real papers, say whether it came out right.
"""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = ROOT / "src" / "qi_pipeline" / "extraction" / "certainty.toml"
_HOLD, _HOLD_START = 1.0, 0.3
"""Standard deviations in log odds by which weights, and starts, may leave the judged ones at the price of half a case.

A start is that of a value which could not be read again, and nearly all that are measured were; so it is held harder.
"""
_WRONG_COUNTS = 3.0
_BY_GROUP = ("passes", "passes_differ", "!passes", "second_reading", "!second_reading")
"""Cues that get a weight of their own for every group of fields."""
_FIXED = ("seal", "from_seal", "bitonal", "ocr.address", "ocr.issuer")
"""What keeps its judged weight: the engine that reads a name reads it on a seal with the same mistakes; addresses and
issuers decide nothing and are worst on layouts that nobody drew; drawn one-bit copies are kinder than real ones."""
_FEWEST = 8
"""A cue of a group that stood beside fewer cases has no weight of its own."""


@dataclass(frozen=True, slots=True)
class Case:
    """One value as it was read."""

    sample: str
    seed: int
    degradation: str
    field: str
    group: str
    source: str
    cues: tuple[str, ...]
    right: bool
    critical: bool


def main() -> int:
    """Fits, writes the weights, and prints how sure what is on the seeds that were kept apart."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading.calibrate", description=__doc__)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "bench-reading", help="kept readings")
    parser.add_argument("--train", type=int, nargs="+", default=[1, 2], help="seeds to fit to (1 2)")
    parser.add_argument("--test", type=int, nargs="*", default=[101], help="seeds kept apart (101)")
    parser.add_argument("--kept", action="store_true", help="use readings kept by other versions of the reader too")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    for variable in ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
    cases = list(collect(given.work, {*given.train, *given.test}, any_version=given.kept))
    judged = tomllib.loads((HERE / "judged.toml").read_text(encoding="utf-8"))
    train = [case for case in cases if case.seed in given.train]
    fitted = fit(train, judged)
    text = written(fitted, judged["most"], train, given.train)
    if not given.dry:
        TARGET.write_text(text, encoding="utf-8")
    for name, own in (("train", train), ("test", [case for case in cases if case.seed in given.test])):
        print(f"{name}: {summary(own, fitted, judged['most'])}")
    return 0


def collect(work: Path, seeds: Iterable[int], *, any_version: bool) -> Iterator[Case]:
    """Every value of the kept readings of these seeds that the truth knows of."""
    from benchmarks.reading import corpus, ours, score
    from benchmarks.reading.store import Store
    from qi_pipeline.extraction import certainty
    from qi_pipeline.extraction.documents import extract
    from qi_pipeline.extraction.quality import flaws
    from qi_pipeline.extraction.weights import group_of

    store = Store(work, any_version=any_version)
    done = store.readings()
    with ours.Bench(store) as bench:
        for seed in sorted(seeds):
            for cell in corpus.plan(seed=seed, per_cell=3):
                read = done.get(cell.key)
                if read is None or read.reading is None:
                    continue
                sample = corpus.draw(cell, store.files)
                documents = extract([read.reading])
                said = certainty.gather(documents, [read.reading], bench.second_reading)
                main = score.main_document(sample, documents)
                if main is None or main.kind != sample.kind:
                    continue
                pages = {page.number: page for page in read.reading.pages}
                for name, field in main.fields.items():
                    page = pages.get(field.page)
                    known = name in sample.fields or (sample.complete and name in score.CRITICAL)
                    if name not in certainty.ASSESSED or page is None or field.value is None or not known:
                        continue
                    here = [remark for remark in said[documents.index(main)] if remark.field == name]
                    yield Case(
                        sample=sample.key,
                        seed=seed,
                        degradation=sample.degradation,
                        field=name,
                        group=group_of(name),
                        source=page.source,
                        cues=tuple(certainty.cues(field, tuple(flaws(name, field, page)), here)),
                        right=score.same(field.value, sample.fields.get(name)),
                        critical=name in score.CRITICAL,
                    )


def fit(cases: Sequence[Case], judged: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Start and cues, fitted."""
    starts, cues = dict(judged["start"]), dict(judged["cues"])
    seen = Counter((cue, case.group) for case in cases for cue in set(case.cues))
    for (cue, group), count in seen.items():
        if cue in _BY_GROUP and count >= _FEWEST:
            cues.setdefault(f"{cue}.{group}", cues[cue])
    for group in {case.group for case in cases if case.source == "ocr"}:
        starts.setdefault(f"ocr.{group}", starts["ocr"])
    names = [*(("start", name) for name in starts), *(("cue", name) for name in cues)]
    column = {name: at for at, name in enumerate(names)}
    rows = np.zeros((len(cases), len(names)))
    for n, case in enumerate(cases):
        own = ("start", f"{case.source}.{case.group}")
        rows[n, column[own if own in column else ("start", case.source)]] = 1
        for cue in case.cues:
            specific = ("cue", f"{cue}.{case.group}")
            at = column.get(specific, column.get(("cue", cue)))
            if at is None:
                raise SystemExit(f"{cue} has no judged weight; give it one in judged.toml")
            rows[n, at] += 1
    right = np.array([case.right for case in cases], float)
    # A long text is wrong when one letter is, and no decision rests on all of its letters.
    weight = np.array([_WRONG_COUNTS if not case.right and case.group != "text" else 1.0 for case in cases])
    held = np.array([{"start": starts, "cue": cues}[kind][name] for kind, name in names])
    low = np.array(
        [0.0 if kind == "cue" and value > 0 else -12.0 for (kind, _), value in zip(names, held, strict=True)]
    )
    high = np.array(
        [0.0 if kind == "cue" and value <= 0 else 12.0 for (kind, _), value in zip(names, held, strict=True)]
    )
    hold = np.array([0.01 if name in _FIXED else _HOLD_START if kind == "start" else _HOLD for kind, name in names])
    # In units of what holds it each weight is held alike.
    solved = hold * _newton(rows * hold, right, weight, held / hold, low / hold, high / hold)
    found: dict[str, dict[str, float]] = {"start": {}, "cues": {}}
    for (kind, name), value in zip(names, solved, strict=True):
        found["start" if kind == "start" else "cues"][name] = round(float(value), 2)
    return found


def _newton(
    rows: np.ndarray, right: np.ndarray, weight: np.ndarray, held: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """The weights of least loss between their bounds, by projected Newton steps."""
    at = held.copy()

    def loss(point: np.ndarray) -> float:
        odds = rows @ point
        return float(np.sum(weight * (np.logaddexp(0, odds) - right * odds)) + np.sum((point - held) ** 2) / 2)

    for _ in range(200):
        chance = 1 / (1 + np.exp(-np.clip(rows @ at, -30, 30)))
        slope = rows.T @ (weight * (chance - right)) + at - held
        free = ~(((at <= low) & (slope > 0)) | ((at >= high) & (slope < 0)))
        curve = rows.T @ (rows * (weight * chance * (1 - chance))[:, None]) + np.eye(len(at))
        step = np.zeros_like(at)
        step[free] = np.linalg.solve(curve[np.ix_(free, free)], slope[free])
        size, now = 1.0, loss(at)
        while size > 1e-4 and loss(np.clip(at - size * step, low, high)) > now:
            size /= 2
        moved = np.clip(at - size * step, low, high)
        if np.max(np.abs(moved - at)) < 1e-5:
            break
        at = moved
    return at


def chance_of(case: Case, fitted: dict[str, dict[str, float]], most: float) -> float:
    """The probability of one case."""
    from qi_pipeline.extraction.weights import Weights

    weights = Weights(start=fitted["start"], cues=fitted["cues"], most=most)
    return weights.probability(case.source, case.cues, case.group)


def summary(cases: Sequence[Case], fitted: dict[str, dict[str, float]], most: float) -> str:
    """How sure right and wrong values are, in one paragraph."""
    if not cases:
        return "no cases"
    chances = [chance_of(case, fitted, most) for case in cases]
    lines = [f"{len(cases)} values, {sum(not case.right for case in cases)} wrong"]
    for what, chosen in (("critical", True), ("other", False)):
        own = [(c, p) for c, p in zip(cases, chances, strict=True) if c.critical == chosen]
        wrong = [(c, p) for c, p in own if not c.right]
        silent = [(c, p) for c, p in wrong if p >= 0.9]
        sure = sum(p >= 0.9 for c, p in own if c.right)
        lines.append(
            f"  {what}: {len(own)} values, {len(wrong)} wrong, {len(silent)} of them sure; "
            f"of {len(own) - len(wrong)} right ones {sure} sure"
        )
        lines += [f"    {p:.3f} {c.sample} {c.field} {' '.join(c.cues)}" for c, p in silent]
    return "\n".join(lines)


def written(fitted: dict[str, dict[str, float]], most: float, cases: Sequence[Case], seeds: Sequence[int]) -> str:
    """The file of weights."""
    samples = len({case.sample for case in cases})
    wrong = sum(not case.right for case in cases)
    counts = Counter(cue for case in cases for cue in set(case.cues))
    lines = [
        "# Weights of evidence: natural logarithms of odds (start) and of likelihood ratios (cues).",
        f"# Fitted on {datetime.now(UTC).date()} by python -m benchmarks.reading.calibrate to {len(cases)} values",
        f"# ({wrong} of them wrong) of {samples} drawn papers of the seeds {', '.join(map(str, seeds))}; beside a cue",
        "# the number of values that it stood beside. docs/reading.md has method and proof. Don't edit by hand.",
        f"most = {most}",
        "",
        "[start]",
        *(f"{_key(name)} = {value}" for name, value in fitted["start"].items()),
        "",
        "[cues]",
        *(f"{_key(name)} = {value}  # {_count(name, cases, counts)}" for name, value in fitted["cues"].items()),
    ]
    return "\n".join(lines) + "\n"


def _count(name: str, cases: Sequence[Case], counts: Counter[str]) -> int:
    cue, _, group = name.partition(".")
    return sum(cue in case.cues and case.group == group for case in cases) if group else counts[cue]


def _key(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else f'"{name}"'


if __name__ == "__main__":
    sys.exit(main())
