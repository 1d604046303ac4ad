"""The measurement as the page docs/benchmarks.md, with the picture of the calibration beside it."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.reading import plot
from benchmarks.reading.corpus import Sample
from benchmarks.reading.peers import Run, plainest, stands
from benchmarks.reading.score import CRITICAL, SURE, Judged, Result, fold
from benchmarks.reading.store import Cost, Read
from qi_pipeline.reading.versions import READING_VERSION, engine_version

BEGIN, END = "<!-- reading: written by python -m benchmarks.reading -->", "<!-- reading: end -->"
PICTURE = Path("images") / "calibration.svg"
_PAGE = f"""\
# Benchmarks

What `make bench` measures, with its last figures. Ratios travel; seconds are those of the machine named below.

{BEGIN}
{END}
"""


_HELD_LOW = ("address", "issuing_authority")
"""Fields that decide nothing and are rather doubted (docs/reading.md)."""


def share(right: int, total: int) -> str:
    """A percentage with its count."""
    return f"{100 * right / total:.1f} % of {total}" if total else "–"


def markdown(
    samples: Sequence[Sample],
    result: Result,
    reads: Sequence[Read],
    extra: Cost,
    runs: dict[str, Run],
    notes: Sequence[str],
    real: Result,
    *,
    seed: int,
) -> str:
    """The whole section; ``extra``: what extraction and second readings cost."""
    pages = sum(read.cost.pages for read in reads)
    out = [
        "## Reading",
        f"`python -m benchmarks.reading --seed {seed} --sample {len(samples)}`, {datetime.now(UTC).date()}, "
        f"{_machine()}; "
        f"{engine_version('rapidocr')}, {engine_version('tesseract')}, reading version {READING_VERSION}. "
        f"{len(samples)} files of {pages} pages, of every degradation, drawn from a seed that nothing was fitted to. "
        f"*Critical*: {', '.join(f'`{name}`' for name in CRITICAL)}. *Exact*: the whole value as printed; widths of "
        "brackets, dashes and spaces aside. *Silently wrong*: a critical value that is wrong at a confidence of "
        f"{SURE} or more. *Box*: its centre lies where the value is printed.",
        _summary(result, "of the corpus"),
    ]
    if real.kinds:
        out.append(_summary(real, "of real papers that institutions publish (nothing was fitted to them)"))
    out += [
        _by("degradation", result, lambda j: j.degradation, [s.degradation for s in samples], kinds=True),
        _by("kind", result, lambda j: j.kind, sorted({s.kind for s in samples}), kinds=True),
        _by("field", result, lambda j: j.name, [j.name for j in result.fields], kinds=False),
        _rows(result),
        _calibration(result),
        _speed(reads, extra, runs),
    ]
    if runs:
        out.append(_peers(samples, result, runs))
    if notes:
        out.append("\n".join(notes))
    out.append(_wrong(result))
    return "\n\n".join(part for part in out if part) + "\n"


def replace_section(path: Path, text: str, result: Result) -> None:
    """Writes the section into the page, whose other sections stay, and the picture beside it."""
    page = path.read_text(encoding="utf-8") if path.is_file() else _PAGE
    if BEGIN not in page:
        page = page.rstrip() + f"\n\n{BEGIN}\n{END}\n"
    before, _, rest = page.partition(BEGIN)
    path.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    picture = path.parent / PICTURE
    picture.parent.mkdir(parents=True, exist_ok=True)
    found = plot.bins([j for j in result.fields if j.present])
    picture.write_text(plot.svg(found, f"Calibration, {sum(b.count for b in found)} values"), encoding="utf-8")


def _machine() -> str:
    told = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").is_file() else ""
    name = re.search(r"model name\s*: (.+)", told)
    return f"{os.cpu_count()} cores of {name[1] if name else platform.processor()}, shared and noisy"


def _summary(result: Result, of: str) -> str:
    critical = [j for j in result.fields if j.critical]
    printed = [j for j in critical if not j.invented]
    every = [j for j in result.fields if not j.invented]
    boxes = [j for j in result.fields if j.box is not None]
    right = [j for j in printed if j.right]
    kinds = sum(s.kind == kind for s, kind, _, _ in result.kinds)
    measures = {
        "critical fields exact": share(len(right), len(printed)),
        "all fields exact": share(sum(j.right for j in every), len(every)),
        "kinds right": share(kinds, len(result.kinds)),
        f"**silently wrong** (critical, confidence ≥ {SURE})": share(
            sum(j.silently_wrong for j in critical), len(critical)
        ),
        "right critical values that stay doubtful": share(sum(j.confidence < SURE for j in right), len(right)),
        "the same without addresses and issuers: silently wrong": share(
            sum(j.silently_wrong for j in critical if j.name not in _HELD_LOW),
            sum(j.name not in _HELD_LOW for j in critical),
        ),
        "the same without addresses and issuers: right and doubtful": share(
            sum(j.confidence < SURE for j in right if j.name not in _HELD_LOW),
            sum(j.name not in _HELD_LOW for j in right),
        ),
        "critical values invented": str(sum(j.invented for j in critical)),
        "boxes on their value": share(sum(bool(j.box) for j in boxes), len(boxes)),
        "boxes that overlap it by half (IoU)": share(sum((j.iou or 0) >= 0.5 for j in boxes), len(boxes)),
        "files that could not be read": str(len(result.failures)),
    }
    if not boxes:
        measures = {name: value for name, value in measures.items() if "box" not in name and "invented" not in name}
    lines = [f"| {len(result.kinds)} files {of} | |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in measures.items())])


def _by(title: str, result: Result, key: Callable[[Judged], str], order: Iterable[str], *, kinds: bool) -> str:
    lines = [
        f"### By {title}",
        "",
        f"| {title} | critical exact | all exact | silently wrong | right and doubtful | box |"
        + (" kind |" if kinds else ""),
    ]
    lines.append("|---|---|---|---|---|---|" + ("---|" if kinds else ""))
    for name in dict.fromkeys(order):
        own = [j for j in result.fields if key(j) == name]
        printed = [j for j in own if not j.invented]
        critical = [j for j in printed if j.critical]
        right = [j for j in critical if j.right]
        boxes = [j for j in own if j.box is not None]
        cells = [
            share(len(right), len(critical)),
            share(sum(j.right for j in printed), len(printed)),
            str(sum(j.silently_wrong for j in own if j.critical)),
            str(sum(j.confidence < SURE for j in right)),
            share(sum(bool(j.box) for j in boxes), len(boxes)),
        ]
        if kinds:
            found = [s.kind == kind for s, kind, _, _ in result.kinds if name in (s.degradation, s.kind)]
            cells.append(share(sum(found), len(found)))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _rows(result: Result) -> str:
    if not result.rows:
        return ""
    lines = ["### Rows of scope annexes", "", "| degradation | rows found | cells exact |", "|---|---|---|"]
    for name, rows in sorted(result.rows.items()):
        lines.append(f"| {name} | {share(rows.found, rows.printed)} | {share(rows.cells_right, rows.cells)} |")
    return "\n".join(lines)


def _calibration(result: Result) -> str:
    read = [j for j in result.fields if j.present]
    lines = [
        "### Calibration",
        "",
        "How often values of each confidence were right; the last column holds the true share in 95 of 100 cases.",
        "",
        f"![How often values of each confidence were right]({PICTURE})",
        "",
        "| confidence | values | mean | right | true share |",
        "|---|---|---|---|---|",
    ]
    for each in plot.bins(read):
        lines.append(
            f"| {each.low:.2f}–{each.high:.2f} | {each.count} | {each.mean:.3f} | {each.right:.3f} | "
            f"{each.least:.2f}–{each.most:.2f} |"
        )
    error = sum((j.confidence - j.right) ** 2 for j in read) / max(1, len(read))
    return "\n".join([*lines, "", f"Mean squared difference of confidence and truth (Brier): {error:.4f}."])


def _speed(reads: Sequence[Read], extra: Cost, runs: dict[str, Run]) -> str:
    lines = [
        "### Speed",
        "",
        "One process, one thread, the lowest priority on a machine with other work: processor seconds count.",
        "",
        "| reader | pages | CPU seconds a page | pages a minute of CPU | wall seconds a page | largest process, MiB |",
        "|---|---|---|---|---|---|",
    ]
    own = [read.cost for read in reads if read.cost.pages]
    total = Cost(
        sum(c.pages for c in own),
        sum(c.wall for c in own) + extra.wall,
        sum(c.cpu for c in own) + extra.cpu,
        max((c.memory for c in own), default=0),
    )
    lines.append(_speed_row("qi-pipeline, files to certain values", total))
    if total.pages:
        lines.append(f"| of it extraction and second readings | {total.pages} | {extra.cpu / total.pages:.2f} | | | |")
    for name, run in runs.items():
        costs = list(run.costs.values())
        if costs:
            pages, wall, cpu = (sum(getattr(c, what) for c in costs) for what in ("pages", "wall", "cpu"))
            lines.append(_speed_row(name, Cost(pages, wall, cpu, max(c.memory for c in costs))))
    return "\n".join(lines)


def _speed_row(name: str, cost: Cost) -> str:
    if not cost.pages or not cost.cpu:
        return f"| {name} | – | – | – | – | – |"
    a_page = cost.cpu / cost.pages
    wall = cost.wall / cost.pages
    return f"| {name} | {cost.pages} | {a_page:.2f} | {60 / a_page:.0f} | {wall:.1f} | {cost.memory or '–'} |"


def _peers(samples: Sequence[Sample], result: Result, runs: dict[str, Run]) -> str:
    common = [s for s in samples if all(s.key in run.texts for run in runs.values())]
    lines = [
        "### Beside raw engines with the plainest regular expressions",
        "",
        f"Critical fields exact on the same {len(common)} files, read in the same run; *anywhere*: the value stands "
        "somewhere in the engine's text.",
        "",
        "| degradation | qi-pipeline | " + " | ".join(f"{name} | {name}, anywhere" for name in runs) + " |",
        "|---|---|" + "---|---|" * len(runs),
    ]
    keys = {sample.key for sample in common}
    for how in [*dict.fromkeys(s.degradation for s in common), "all"]:
        chosen = [s for s in common if how in (s.degradation, "all")]
        ours = [
            j
            for j in result.fields
            if j.name in _PLAIN and not j.invented and j.sample in keys and how in (j.degradation, "all")
        ]
        cells = [share(sum(j.right for j in ours), len(ours))]
        for run in runs.values():
            right = anywhere = total = 0
            for sample in chosen:
                found = plainest(run.texts[sample.key])
                bare = fold(run.texts[sample.key])
                for name in _PLAIN:
                    if name not in sample.fields:
                        continue
                    truth = sample.fields[name]
                    total += 1
                    right += name not in found if truth is None else fold(found.get(name)) == fold(truth)
                    anywhere += truth is None or stands(truth, bare)
            cells += [share(right, total), share(anywhere, total)]
        lines.append(f"| {how} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


_PLAIN = ("holder_name", "holder_uscc", "certificate_number", "valid_from", "valid_to", "long_term")
"""The fields that plain expressions can find, and by which peers are compared."""


def _wrong(result: Result) -> str:
    """What was silently wrong, and what was read wrong and said to be doubtful."""
    wrong = [j for j in result.fields if j.critical and not j.right]
    if not wrong:
        return ""
    lines = [
        "### Critical values that were not read right",
        "",
        "| edition | degradation | field | read | true | confidence |",
        "|---|---|---|---|---|---|",
    ]
    for j in sorted(wrong, key=lambda j: -j.confidence)[:60]:
        read = "–" if j.read is None else j.read
        lines.append(f"| {j.edition} | {j.degradation} | {j.name} | {read} | {j.truth} | {j.confidence:.2f} |")
    return "\n".join(lines)
