"""``python -m benchmarks.reading``: draw the corpus, read it, compare, and print Markdown."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


_PREFACE = """\
# Benchmarks

`make bench` draws a seeded corpus of every kind and edition of paper at every degradation (tests/papers), reads it, and
compares values, boxes and confidences with the truth; beside it, on the same pages, stand the raw engines with the
plainest regular expressions. *Silently wrong* is a critical value that is wrong and yet sure enough to decide.
`python -m benchmarks.reading --help` names the options; `--limit 0 --per-cell 3` measures every cell.

"""


def main() -> int:
    """Measures and prints; exit 0 whatever the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--per-cell", type=int, default=1, help="papers of each edition and degradation (default 1)")
    parser.add_argument("--limit", type=int, default=150, help="a balanced draw of so many files; 0: all (default 150)")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other papers (default 1)")
    parser.add_argument("--kinds", nargs="*", default=[], metavar="WORD", help="only editions whose name holds a word")
    parser.add_argument("--degradations", nargs="*", default=[], metavar="NAME", help="only these degradations")
    parser.add_argument("--real", type=Path, metavar="DIR", help="measure a folder of papers with a truth.json instead")
    parser.add_argument("--no-peers", action="store_true", help="leave out the raw engines")
    parser.add_argument(
        "--annex", type=int, default=30, metavar="N", help="pages of the digital annex; 0: none (default 30)"
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the drawn files here")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the report here too")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    from benchmarks.reading import annex, corpus, engines, report, score

    with tempfile.TemporaryDirectory(prefix="qi-corpus-") as scratch:
        folder = given.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if given.real:
            samples = corpus.real(given.real)
        else:
            cells = corpus.plan(
                per_cell=given.per_cell,
                seed=given.seed,
                limit=given.limit,
                kinds=given.kinds,
                degradations=given.degradations,
            )
            print(f"drawing {len(cells)} files", file=sys.stderr)
            samples = corpus.write(cells, folder)
        result, speed = score.Result(), engines.Speed()
        for n, (sample, documents, failure) in enumerate(engines.ours(samples, speed), 1):
            print(f"\r{n}/{len(samples)} {sample.edition} {sample.degradation}        ", end="", file=sys.stderr)
            if failure:
                result.failures.append((sample, failure))
                print(f"\n{sample.path.name}: {failure}", file=sys.stderr)
            score.judge(sample, documents, result)
        print(file=sys.stderr)
        peers: dict[str, engines.Run] = {}
        own = None
        if not given.no_peers:
            own = engines.own_engine(samples)
            peers["RapidOCR defaults"] = engines.rapidocr(samples)
            peers["Tesseract psm 3"] = engines.tesseract(samples)
        text = report.markdown(samples, result, speed, peers, own)
    if given.annex and not given.real:
        text += "\n" + annex.measure(given.annex, given.seed) + "\n"
    print(text)
    if given.out:
        given.out.write_text(_PREFACE + text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
