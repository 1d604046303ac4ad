"""How many drawn seals are found and how well their names are read, by what happened to the paper.

    python benchmarks/seals.py [pages for each kind of damage]
    python benchmarks/seals.py --kinds [pages for each kind of seal]

Licences, letters and certificates with issuers' and institutions' seals are drawn with a seed and aged; a name counts
as usable where it agrees with the institution's as admission compares them. Processor seconds include reading. With
``--kinds`` seals of every ink, shape and purpose are drawn over print instead and counted by what is hard about them.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from benchmarks.reading.names import renamed
from papers import age, cma, invent, letter, licence, marks
from papers.sheet import Sheet
from qi_pipeline.model import Seal
from qi_pipeline.reading.engines import Engine, load_engine
from qi_pipeline.reading.seal_names import AGREES_FROM, folded, is_special_purpose, seal_names
from qi_pipeline.reading.seals import find_seals

DAMAGE = (
    "clean300", "scan200", "blur150", "photo", "grey_copy", "low110", "faded", "stamped", "skewed", "jpeg", "cropped",
    "moire", "watermark",
)  # fmt: skip
COLUMNS = ("pages", "seals", "found", "exact", "usable", "sure but wrong", "false")


PURPOSES = (None, "合同专用章", "财务专用章", "检验检测专用章")
"""What stands below the star, in turn; None: the institution's 公章."""
KINDS: dict[str, tuple[dict[str, object], ...]] = {
    "red": ({},),
    "faint": ({"faded": 0.7},),
    "off the page": ({"x": 196.0, "y": 150.0},),
    "several": ({"x": 60.0, "y": 120.0}, {"x": 140.0, "y": 130.0}, {"x": 95.0, "y": 215.0}),
    "oval": ({"oval": True, "star": False},),
    "blue": ({"colour": (40, 60, 190), "colour_name": "blue"},),
    "black": ({"colour": (45, 45, 48), "colour_name": "black"},),
    "gold": ({},),
}
"""By what is hard about it, the seals of one page; ``x`` 196 leaves some sixth of a seal off the sheet."""
SCANS = ("scan200", "jpeg", "clean300", "blur150")
KIND_COLUMNS = (
    "seals",
    "found",
    "colour, shape",
    "exact",
    "usable",
    "kind",
    "taken for 公章",
    "line unread",
    "line exact",
    "sure but wrong",
    "false",
)


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


def stamped_sheet(kind: str, number: int) -> Sheet:
    """One page of print with the seals of one kind over it."""
    rng = random.Random(f"{kind}{number}")
    page = Sheet()
    for row in range(20):
        page.text(26, 40 + 11 * row, "本机构对所提交材料的真实性负责，并按约定提供服务。", 4.6)
    for turn, how in enumerate(KINDS[kind]):
        seed = 4000 + 40 * list(KINDS).index(kind) + 4 * number + turn
        body = renamed(invent.institution(seed), seed)
        own = {"x": rng.uniform(60, 150), "y": rng.uniform(90, 220), **how}
        x, y = float(str(own.pop("x"))), float(str(own.pop("y")))
        if kind == "gold":
            marks.gold_seal(page, x, y, 42, body.name)
        else:
            centre = PURPOSES[(number + turn) % len(PURPOSES)]
            marks.seal(page, x, y, body.name, own=True, centre=centre, turn=rng.uniform(-25, 25), seed=number, **own)  # type: ignore[arg-type]
    return page


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
        tally["colour, shape"] += (hit.colour, hit.shape) == (mark.colour, mark.shape)
        tally["kind"] += hit.centre != "" and is_special_purpose(hit.text, hit.centre) == (mark.centre is not None)
        tally["taken for 公章"] += mark.centre is not None and hit.centre is None
        tally["line unread"] += hit.centre == ""
        tally["line exact"] += folded(hit.centre or "") == folded(mark.centre or "")
        tally["exact"] += hit.text == mark.text.replace("（", "(").replace("）", ")")
        tally["usable"] += agrees
        tally["sure but wrong"] += hit.confidence >= 0.9 and not agrees
    tally["false"] += len(left)
    return tally


def by_kind(pages: int, engine: Engine) -> None:
    """Prints one line for each kind of seal and their sum, as rows of a Markdown table."""
    total: Counter[str] = Counter()
    print("| | " + " | ".join(KIND_COLUMNS) + " |")
    print("|---" * (1 + len(KIND_COLUMNS)) + "|")
    for kind in KINDS:
        tally: Counter[str] = Counter()
        for number in range(pages):
            page = stamped_sheet(kind, number)
            aged = age.aged(page, SCANS[number % len(SCANS)], number)
            tally += count(
                page, aged, find_seals(np.asarray(aged.image.convert("RGB"), dtype=np.uint8), 1, engine.read_strip)
            )
        total += tally
        print(f"| {kind} | " + " | ".join(str(tally[name]) for name in KIND_COLUMNS) + " |", flush=True)
    print("| all | " + " | ".join(str(total[name]) for name in KIND_COLUMNS) + " |")


def main() -> None:
    """Prints one line for each kind of damage, or of seal, and their sum."""
    given = [word for word in sys.argv[1:] if word != "--kinds"]
    engine = load_engine("rapidocr")
    if "--kinds" in sys.argv:
        by_kind(int(given[0]) if given else 4, engine)
        return
    pages = int(given[0]) if given else 6
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
