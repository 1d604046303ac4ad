"""What was read wrong, a line each, for whoever mends the reading: worst first."""

from __future__ import annotations

from pathlib import Path

from benchmarks.reading.score import CRITICAL, Result


def write(result: Result, path: Path) -> None:
    """Writes every wrong or missing value and every wrong kind to ``path``, tab-separated."""
    lines = ["what\tfield\tconfidence\ttrue\tread\tchecks\tedition\tdegradation\tfile"]
    for sample, kind, confidence, _ in result.kinds:
        if kind != sample.kind:
            where = f"{sample.edition}\t{sample.degradation}\t{sample.path}"
            lines.append(f"kind\t-\t{confidence:.3f}\t{sample.kind}\t{kind}\t\t{where}")
    wrong = [j for j in result.fields if not j.right]
    for each in sorted(wrong, key=lambda j: (not j.silently_wrong, j.name not in CRITICAL, -j.confidence)):
        what = (
            "invented" if each.invented else "SILENT" if each.silently_wrong else "wrong" if each.present else "missing"
        )
        cells = (
            what,
            each.name,
            f"{each.confidence:.3f}",
            each.truth,
            each.read,
            " ".join(each.said),
            each.edition,
            each.degradation,
            each.file,
        )
        lines.append("\t".join(str(cell).replace("\t", " ").replace("\n", " ") for cell in cells))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
