"""How many drawn seals are found and how well their names are read, by what happened to the paper.

    python benchmarks/seals.py [pages for each kind of damage]

Licences, letters and certificates with issuers' and institutions' seals are drawn with a seed and aged; a name counts
as usable where it agrees with the institution's as admission compares them. Processor seconds include reading.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from papers import age, cma, invent, letter, licence
from papers.sheet import Sheet
from qi_pipeline.model import Seal
from qi_pipeline.reading.engines import load_engine
from qi_pipeline.reading.seal_names import AGREES_FROM, seal_names
from qi_pipeline.reading.seals import find_seals

DAMAGE = (
    "clean300", "scan200", "blur150", "photo", "grey_copy", "low110", "faded", "stamped", "skewed", "jpeg", "cropped",
    "moire", "watermark",
)  # fmt: skip
COLUMNS = ("pages", "seals", "found", "exact", "usable", "sure but wrong", "false")


def sheet(how: str, number: int) -> Sheet:
    """One page with seals."""
    rng = random.Random(f"{how}{number}")
    body = invent.institution(number + 100 * len(how))
    faded = rng.choice((0.0, 0.0, 0.4, 0.7))
    if number % 3 == 0:
        edition = rng.choice(("2022", "2019", "2014"))
        return licence.licence(body, edition=edition, seed=number, faded=faded).sheets[0]
    if number % 3 == 1:
        return letter.letter(body, seed=number, faded=faded).sheets[-1]
    return cma.certificate(body, seed=number).sheets[0]


def count(page: Sheet, aged: age.Aged, found: tuple[Seal, ...]) -> Counter[str]:
    """What was right and wrong on one page."""
    tally: Counter[str] = Counter(pages=1)
    left = list(found)
    for mark in page.seals:
        tally["seals"] += 1
        x0, y0, x1, y1 = aged.box(page.fraction(mark.box))
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        hit = next(
            (
                seal
                for seal in left
                if abs((seal.box[0] + seal.box[2]) / 2 - x) < (x1 - x0) / 3
                and abs((seal.box[1] + seal.box[3]) / 2 - y) < (y1 - y0) / 3
            ),
            None,
        )
        if hit is None:
            continue
        left.remove(hit)
        agrees = seal_names(hit.text, mark.text) >= AGREES_FROM
        tally["found"] += 1
        tally["exact"] += hit.text == mark.text.replace("（", "(").replace("）", ")")
        tally["usable"] += agrees
        tally["sure but wrong"] += hit.confidence >= 0.9 and not agrees
    tally["false"] += len(left)
    return tally


def main() -> None:
    """Prints one line for each kind of damage and their sum."""
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    engine = load_engine("rapidocr")
    total: Counter[str] = Counter()
    print(f"{'':12}" + "".join(f"{name:>16}" for name in COLUMNS) + f"{'s a page':>12}")
    for how in DAMAGE:
        tally: Counter[str] = Counter()
        spent = 0.0
        for number in range(pages):
            page = sheet(how, number)
            aged = age.aged(page, how, number)
            pixels = np.asarray(aged.image.convert("RGB"), dtype=np.uint8)
            started = time.process_time()
            found = find_seals(pixels, 1, engine.read_strip)
            spent += time.process_time() - started
            tally += count(page, aged, found)
        total += tally
        print(f"{how:12}" + "".join(f"{tally[name]:16}" for name in COLUMNS) + f"{spent / pages:12.2f}")
    print(f"{'all':12}" + "".join(f"{total[name]:16}" for name in COLUMNS))


if __name__ == "__main__":
    main()
