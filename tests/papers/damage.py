"""What every ageing needs: the stored page with the map of its boxes, noise, skew, matrices."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from papers.sheet import Box

Points = np.ndarray


Move = Callable[[Points], Points]
"""Maps points in fractions of the clean page to fractions of the upright page image."""


@dataclass(frozen=True, slots=True)
class Aged:
    """One page as it is stored, and how its boxes moved."""

    image: Image.Image
    """The stored pixels (turned, where the file is turned)."""
    move: Move
    exif: int | None = None
    """EXIF orientation to write, or None."""
    quality: int = 90
    """JPEG quality."""
    dpi: int = 200

    def box(self, box: Box) -> Box:
        """A box of the clean page in fractions of the upright page image."""
        x0, y0, x1, y1 = box
        corners = np.array(
            [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [(x0 + x1) / 2, y0], [(x0 + x1) / 2, y1]], np.float64
        )
        moved = self.move(corners)
        low, high = moved.min(axis=0).clip(0, 1), moved.max(axis=0).clip(0, 1)
        return (round(float(low[0]), 5), round(float(low[1]), 5), round(float(high[0]), 5), round(float(high[1]), 5))

    def jpeg(self) -> bytes:
        """The file's bytes as JPEG."""
        out = io.BytesIO()
        options: dict[str, object] = {
            "quality": self.quality,
            "optimize": True,
            "progressive": self.quality < 60,
            "dpi": (self.dpi, self.dpi),
        }
        if self.exif:
            exif = Image.Exif()
            exif[0x0112] = self.exif
            options["exif"] = exif
        self.image.convert("L" if self.image.mode in ("1", "L") else "RGB").save(out, "JPEG", **options)
        return out.getvalue()

    def png(self) -> bytes:
        """The file's bytes as PNG."""
        out = io.BytesIO()
        self.image.save(out, "PNG", dpi=(self.dpi, self.dpi))
        return out.getvalue()


def same(points: Points) -> Points:
    return points


def affine(matrix: np.ndarray, before: tuple[int, int], after: tuple[int, int]) -> Move:
    """The move of a 2×3 or 3×3 matrix in pixels, from a page of size ``before`` to one of size ``after``."""
    full = np.vstack([matrix, [0, 0, 1]]) if matrix.shape == (2, 3) else matrix

    def move(points: Points) -> Points:
        pixels = np.column_stack([points * np.array(before), np.ones(len(points))]) @ full.T
        return pixels[:, :2] / pixels[:, 2:] / np.array(after)

    return move


def array(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB"))


def noise(rgb: np.ndarray, rng: np.random.Generator, sigma: float, *, coloured: bool = True) -> np.ndarray:
    shape = rgb.shape if coloured else (*rgb.shape[:2], 1)
    return (rgb.astype(np.float32) + rng.normal(0, sigma, shape).astype(np.float32)).clip(0, 255).astype(np.uint8)


def skew(rgb: np.ndarray, degrees: float, fill: tuple[int, int, int] = (250, 249, 247)) -> tuple[np.ndarray, Move]:
    high, wide = rgb.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1.0)
    turned = cv2.warpAffine(rgb, matrix, (wide, high), flags=cv2.INTER_LINEAR, borderValue=fill)
    return turned, affine(matrix, (wide, high), (wide, high))
