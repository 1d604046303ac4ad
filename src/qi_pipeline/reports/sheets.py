"""The pages that a report shows, each once, with everything that is marked on them (页面与标注).

Papers, findings, seals and codes lay their marks here while they are put into words; the pictures are made last, when
it is known which pages matter and how many bytes are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qi_pipeline.model import Box
from qi_pipeline.reports.pictures import Format, Images, PageKey, Picture, pages

MarkKind = Literal["field", "doubt", "evidence", "seal", "code"]
_WEIGHTS: dict[MarkKind, int] = {"evidence": 6, "doubt": 3, "field": 2, "seal": 2, "code": 2}
_WHOLE = 0.85
"""Share of the page from which a box is taken for a frame around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A box on a page and the line of the report that it belongs to."""

    row: str
    """Id of that line."""
    kind: MarkKind
    label: str
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A mark in pixels of the page's picture."""

    row: str
    kind: MarkKind
    whole: bool
    """It frames the whole page, so that only its edge can be pointed at."""
    label: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One page as the report shows it; without a picture where there was no room for one."""

    id: str
    caption: str
    picture: Picture | None
    marks: tuple[Drawn, ...]


class Sheets:
    """Gathers pages and marks; only pages that have an image are shown."""

    def __init__(self, images: Images) -> None:
        self._images = images
        self._ids: dict[PageKey, str | None] = {}
        self._marks: dict[PageKey, list[Mark]] = {}
        self._pictures: dict[PageKey, Picture] = {}

    def id_of(self, file: str, page: int) -> str | None:
        """The id of the page's figure; None for a page without an image."""
        key = (file, page)
        if key not in self._ids:
            path = self._images(file, page)
            there = path is not None and path.is_file()
            self._ids[key] = f"p{sum(each is not None for each in self._ids.values()) + 1}" if there else None
            self._marks[key] = []
        return self._ids[key]

    def mark(self, file: str, page: int, mark: Mark) -> str | None:
        """The id of the page on which the box is now marked; None for a page without an image."""
        sheet = self.id_of(file, page)
        if sheet is not None and mark.box[2] > mark.box[0] and mark.box[3] > mark.box[1]:
            self._marks[(file, page)].append(mark)
        return sheet

    def known(self) -> list[PageKey]:
        """Every page that is shown, in the order in which it was first named."""
        return [key for key, sheet in self._ids.items() if sheet is not None]

    def picture_all(self, form: Format, budget: int) -> None:
        """Makes the pictures, with at most ``budget`` characters; pages that matter get the larger ones."""
        weights = {key: max((_WEIGHTS[mark.kind] for mark in self._marks[key]), default=1) for key in self.known()}
        self._pictures = pages(weights, self._images, form, budget)

    def shown(self, keys: Sequence[PageKey], captions: Sequence[str]) -> tuple[Sheet, ...]:
        """The pages as figures."""
        return tuple(
            Sheet(id=sheet, caption=caption, picture=self._pictures.get(key), marks=self._drawn(key))
            for key, caption in zip(keys, captions, strict=True)
            if (sheet := self._ids[key]) is not None
        )

    def _drawn(self, key: PageKey) -> tuple[Drawn, ...]:
        picture = self._pictures.get(key)
        if picture is None:
            return ()
        wide, high = picture.width, picture.height
        found = []
        # Large boxes first, so that the small ones within them stay on top and can be pointed at.
        for mark in sorted(self._marks[key], key=lambda mark: -_area(mark.box)):
            x0, y0, x1, y1 = (min(max(edge, 0.0), 1.0) for edge in mark.box)
            found.append(
                Drawn(
                    row=mark.row,
                    kind=mark.kind,
                    whole=_area(mark.box) > _WHOLE,
                    label=mark.label,
                    x=round(x0 * wide) - 2,
                    y=round(y0 * high) - 2,
                    width=max(round((x1 - x0) * wide), 1) + 4,
                    height=max(round((y1 - y0) * high), 1) + 4,
                )
            )
        return tuple(found)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
