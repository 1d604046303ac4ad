"""The measurement as Markdown tables."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

from benchmarks.reading.corpus import Sample
from benchmarks.reading.engines import Run, Speed, plainest
from benchmarks.reading.score import CRITICAL, SURE, Judged, Result, fold

_BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0001)


def share(right: int, total: int) -> str:
    """A percentage with its count."""
    return f"{100 * right / total:.1f} % of {total}" if total else "–"


def markdown(samples: Sequence[Sample], result: Result, speed: Speed, peers: dict[str, Run], own: Speed | None) -> str:
    """The whole report."""
    out = [_summary(samples, result)]
    out.append(_by("degradation", result, lambda j: j.degradation, [s.degradation for s in samples], kinds=True))
    out.append(_by("edition", result, lambda j: j.edition, [s.edition for s in samples], kinds=True))
    out.append(_by("field", result, lambda j: j.name, [j.name for j in result.fields], kinds=False))
    out += [_rows(result), _calibration(result), _speed(speed, peers, own)]
    if peers:
        out.append(_peers(samples, result, peers))
    out.append(_worst(result))
    return "\n\n".join(part for part in out if part) + "\n"


def _summary(samples: Sequence[Sample], result: Result) -> str:
    critical = [j for j in result.fields if j.critical]
    printed = [j for j in critical if not j.invented]
    every = [j for j in result.fields if not j.invented]
    boxes = [j for j in result.fields if j.box is not None]
    sure = [j for j in printed if j.right and j.confidence >= SURE]
    kinds = sum(s.kind == kind for s, kind, _, _ in result.kinds)
    measures = {
        "critical fields exact": share(sum(j.right for j in printed), len(printed)),
        "all fields exact": share(sum(j.right for j in every), len(every)),
        f"critical fields wrong at confidence ≥ {SURE} (silently wrong)": share(
            sum(j.silently_wrong for j in critical), len(critical)
        ),
        "critical values invented": str(sum(j.invented for j in critical)),
        "right and sure (would decide by itself)": share(len(sure), len(printed)),
        "kind right": share(kinds, len(result.kinds)),
        "file taken for one document": share(sum(whole for *_, whole in result.kinds), len(result.kinds)),
        "box: centre where the value is printed": share(sum(bool(j.box) for j in boxes), len(boxes)),
        "box: overlap (IoU) ≥ 0.5": share(sum((j.iou or 0) >= 0.5 for j in boxes), len(boxes)),
        "files that could not be read": str(len(result.failures)),
    }
    lines = [f"{len(samples)} files, {sum(len(s.images) for s in samples)} pages.", "", "| measure | |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in measures.items())])


def _by(title: str, result: Result, key: Callable[[Judged], str], order: Iterable[str], *, kinds: bool) -> str:
    lines = [
        f"### By {title}",
        "",
        f"| {title} | critical exact | all exact | silently wrong | right and sure | box |"
        + (" kind |" if kinds else ""),
    ]
    lines.append("|---|---|---|---|---|---|" + ("---|" if kinds else ""))
    for name in dict.fromkeys(order):
        own = [j for j in result.fields if key(j) == name]
        printed = [j for j in own if not j.invented]
        critical = [j for j in printed if j.critical]
        boxes = [j for j in own if j.box is not None]
        wrong = [j for j in own if j.critical]
        cells = [
            share(sum(j.right for j in critical), len(critical)),
            share(sum(j.right for j in printed), len(printed)),
            f"{sum(j.silently_wrong for j in wrong)}",
            share(sum(j.right and j.confidence >= SURE for j in critical), len(critical)),
            share(sum(bool(j.box) for j in boxes), len(boxes)),
        ]
        if kinds:
            found = [s.kind == kind for s, kind, _, _ in result.kinds if name in (s.degradation, s.edition)]
            cells.append(share(sum(found), len(found)))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _rows(result: Result) -> str:
    if not result.rows:
        return ""
    lines = ["### Rows of scope annexes", "", "| degradation | rows found | cells exact |", "|---|---|---|"]
    for name, rows in result.rows.items():
        lines.append(f"| {name} | {share(rows.found, rows.printed)} | {share(rows.cells_right, rows.cells)} |")
    return "\n".join(lines)


def _calibration(result: Result) -> str:
    lines = ["### Calibration", "", "| confidence | values | mean | right | |", "|---|---|---|---|---|"]
    read = [j for j in result.fields if j.present]
    for low, high in itertools.pairwise(_BINS):
        own = [j for j in read if low <= j.confidence < high]
        if own:
            mean = sum(j.confidence for j in own) / len(own)
            right = sum(j.right for j in own) / len(own)
            lines.append(
                f"| {low:.2f}–{min(high, 1):.2f} | {len(own)} | {mean:.3f} | {right:.3f} | `{'█' * round(20 * right)}"
                f"` |"
            )
    error = sum((j.confidence - j.right) ** 2 for j in read) / max(1, len(read))
    lines += ["", f"Mean squared difference of confidence and truth (Brier): {error:.4f}."]
    return "\n".join(lines)


def _speed(speed: Speed, peers: dict[str, Run], own: Speed | None) -> str:
    lines = [
        "### Speed",
        "",
        "| reader | pages a minute | CPU seconds a page | largest process, MiB |",
        "|---|---|---|---|",
    ]
    lines.append(f"| qi-pipeline, all stages | {speed.line()} |")
    if own:
        lines.append(f"| its engine alone, one process | {own.line()} |")
    lines += [f"| {name} | {run.speed.line()} |" for name, run in peers.items()]
    return "\n".join(lines)


def _peers(samples: Sequence[Sample], result: Result, peers: dict[str, Run]) -> str:
    lines = [
        "### Beside raw engines with the plainest regular expressions",
        "",
        "Critical fields exact, on the same files; *anywhere*: the value stands somewhere in the engine's text.",
        "",
        "| degradation | qi-pipeline | " + " | ".join(f"{name} | {name}, anywhere" for name in peers) + " |",
        "|---|---|" + "---|---|" * len(peers),
    ]
    for how in [*dict.fromkeys(s.degradation for s in samples), "all"]:
        chosen = [s for s in samples if how in (s.degradation, "all")]
        ours = [j for j in result.fields if j.critical and not j.invented and (how == "all" or j.degradation == how)]
        cells = [share(sum(j.right for j in ours), len(ours))]
        for run in peers.values():
            right = anywhere = total = 0
            for sample in chosen:
                found = plainest(run.texts.get(sample.name, ""))
                bare = fold(run.texts.get(sample.name, ""))
                for name in CRITICAL:
                    if name not in sample.fields:
                        continue
                    truth = sample.fields[name]
                    total += 1
                    right += name not in found if truth is None else fold(found.get(name)) == fold(truth)
                    anywhere += truth is None or _stands(truth, bare)
            cells += [share(right, total), share(anywhere, total)]
        lines.append(f"| {how} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _stands(truth: object, bare: str) -> bool:
    if truth is True:
        return any(word in bare for word in ("长期", "永久", "不约定期限", "无固定期限"))
    text = str(truth)
    if len(text) == 10 and text[4] == "-":
        year, month, day = text.split("-")
        forms = (
            text,
            f"{year}年{month}月{day}日",
            f"{year}年{int(month)}月{int(day)}日",
            f"{year}.{month}.{day}",
            f"{year}/{month}/{day}",
        )
        return any(form in bare for form in forms)
    return fold(text) in bare


def _worst(result: Result) -> str:
    wrong = sorted((j for j in result.fields if j.critical and j.silently_wrong), key=lambda j: -j.confidence)[:40]
    missed = [j for j in result.fields if j.critical and not j.right and not j.silently_wrong][:40]
    lines = []
    if wrong:
        lines += [
            "### Silently wrong",
            "",
            "| edition | degradation | field | read | true | confidence |",
            "|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {j.edition} | {j.degradation} | {j.name} | {j.read} | {j.truth} | {j.confidence:.3f} |" for j in wrong
        ]
    if missed:
        lines += [
            "",
            "### Not read or doubtful",
            "",
            "| file | edition | degradation | field | read | true | confidence |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {j.sample} | {j.edition} | {j.degradation} | {j.name} | {j.read} | {j.truth} | {j.confidence:.2f} |"
            for j in missed
        ]
    return "\n".join(lines)
