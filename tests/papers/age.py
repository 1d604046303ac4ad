"""What happens to paper between the printer and the inbox: scanners, copiers, phones. Boxes move along.

:func:`aged` gives the stored file's pixels and a map from the clean page to the upright page image, so that truth
boxes stay right. Everything is seeded.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from papers.cameras import exif, folded, moire, photo, small_photo, spread
from papers.damage import Aged
from papers.hardships import bleed, chat, recopied, sealed, thumbnail, tilted
from papers.overlays import stamped, watermark
from papers.scanners import (
    bitonal,
    blur,
    clean,
    cropped,
    faded,
    grey,
    jpeg,
    low,
    pasted,
    scan,
    skewed,
    small,
    turned,
    web,
)
from papers.sheet import Paper, Sheet

DEGRADATIONS = (
    "clean300",
    "scan200",
    "blur150",
    "grey_copy",
    "bitonal",
    "photo",
    "low110",
    "web",
    "turned90",
    "turned180",
    "turned270",
    "exif",
    "watermark",
    "stamped",
    "folded",
    "cropped",
    "spread",
    "faded",
    "jpeg",
    "moire",
    "skewed",
    "pasted",
    "chat",
    "thumbnail",
    "bleed",
    "recopied",
    "sealed",
    "tilted",
)
"""Every degradation; the turned ones and ``exif`` are stored turned, their boxes are those of the upright page."""


def aged(sheet: Sheet, how: str, seed: int = 0) -> Aged:
    """The sheet after ``how`` happened to it (one of :data:`DEGRADATIONS`)."""
    rng = np.random.default_rng(abs(hash_of(f"{how}{seed}")))
    draw = _TABLE[how]
    return draw(sheet, rng)


def pages(paper: Paper, how: str, seed: int = 0) -> list[Aged]:
    """Every page of a paper, aged."""
    return [aged(sheet, how, seed * 100 + n) for n, sheet in enumerate(paper.sheets)]


def hash_of(text: str) -> int:
    """A number that is the same in every process."""
    return zlib.crc32(text.encode())


_TABLE: dict[str, Callable[[Sheet, np.random.Generator], Aged]] = {
    "clean300": clean,
    "scan200": scan,
    "blur150": blur,
    "grey_copy": grey,
    "bitonal": bitonal,
    "photo": photo,
    "low110": low,
    "web": web,
    "turned90": turned(90),
    "turned180": turned(180),
    "turned270": turned(270),
    "exif": exif,
    "watermark": watermark,
    "stamped": stamped,
    "folded": folded,
    "cropped": cropped,
    "spread": spread,
    "small": small(136),
    "tiny": small(120),
    "small_photo": small_photo,
    "faded": faded,
    "jpeg": jpeg,
    "moire": moire,
    "skewed": skewed,
    "pasted": pasted,
    "chat": chat,
    "thumbnail": thumbnail,
    "bleed": bleed,
    "recopied": recopied,
    "sealed": sealed,
    "tilted": tilted,
}


def truth(paper: Paper, aged_pages: list[Aged]) -> dict[str, object]:
    """Kind and fields with value, page and moved box: what a benchmark compares with."""
    boxes = paper.boxes()
    fields = {}
    for name, value in paper.truth.items():
        where = boxes.get(name)
        fields[name] = {
            "value": value,
            "boxes": [{"page": page, "box": list(aged_pages[page - 1].box(box))} for page, box in where or []],
        }
    return {"kind": paper.kind, "edition": paper.edition, "fields": fields}
