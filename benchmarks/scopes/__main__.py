"""``python -m benchmarks.scopes``: rows and cells of scope annexes, digital and scanned; the time beside pdfplumber."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Measures and prints Markdown; exit 0 whatever the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scopes", description=__doc__)
    parser.add_argument("--pages", type=int, default=100, help="pages of the long digital annex; 0: none (default 100)")
    parser.add_argument("--seeds", type=int, default=3, help="digital annexes of each layout and ruling (default 3)")
    parser.add_argument("--scans", type=int, default=6, help="scans of each degradation; 0: none (default 6)")
    parser.add_argument("--degradations", nargs="*", default=["clean300", "scan200", "photo"], metavar="NAME")
    parser.add_argument("--rules", nargs="*", default=["all"], metavar="NAME", help="rulings of scans (default all)")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other annexes (default 1)")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    from benchmarks.scopes import measure

    with tempfile.TemporaryDirectory(prefix="qi-scopes-") as scratch:
        folder = Path(scratch)
        if given.pages:
            print(measure.long_annex(given.pages, given.seed, folder), flush=True)
        if given.seeds:
            print(measure.digital(range(given.seed, given.seed + given.seeds), folder), flush=True)
        if given.scans:
            print(measure.scanned(given.scans, given.degradations, given.rules, given.seed, folder), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
