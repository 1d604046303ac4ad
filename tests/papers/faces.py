"""Printing faces: which font file stands for Song, Hei, Kai and the Latin ones, and how wide its letters are."""

from __future__ import annotations

import functools
from pathlib import Path

from PIL import ImageFont

_FONTS = Path("/usr/share/fonts")
_FILES: dict[str, tuple[tuple[str, int], ...]] = {
    "song": (("opentype/noto/NotoSerifCJK-Regular.ttc", 2), ("truetype/arphic/uming.ttc", 0)),
    "song_bold": (("opentype/noto/NotoSerifCJK-Bold.ttc", 2), ("truetype/arphic/uming.ttc", 0)),
    "ming": (
        ("truetype/arphic-gbsn00lp/gbsn00lp.ttf", 0),
        ("truetype/arphic/uming.ttc", 0),
        ("opentype/noto/NotoSerifCJK-Regular.ttc", 2),
    ),
    "hei": (("opentype/noto/NotoSansCJK-Regular.ttc", 2), ("truetype/wqy/wqy-zenhei.ttc", 0)),
    "hei_bold": (("opentype/noto/NotoSansCJK-Bold.ttc", 2), ("truetype/wqy/wqy-zenhei.ttc", 0)),
    "zen": (("truetype/wqy/wqy-zenhei.ttc", 0), ("opentype/noto/NotoSansCJK-Regular.ttc", 2)),
    "kai": (
        ("truetype/arphic-gkai00mp/gkai00mp.ttf", 0),
        ("truetype/arphic/ukai.ttc", 0),
        ("opentype/noto/NotoSerifCJK-Regular.ttc", 2),
    ),
    "hand": (("truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf", 0), ("truetype/arphic/ukai.ttc", 0)),
    "times": (("opentype/urw-base35/NimbusRoman-Regular.otf", 0), ("opentype/noto/NotoSerifCJK-Regular.ttc", 2)),
    "times_bold": (("opentype/urw-base35/NimbusRoman-Bold.otf", 0), ("opentype/noto/NotoSerifCJK-Bold.ttc", 2)),
    "arial": (("opentype/urw-base35/NimbusSans-Regular.otf", 0), ("opentype/noto/NotoSansCJK-Regular.ttc", 2)),
    "arial_bold": (("opentype/urw-base35/NimbusSans-Bold.otf", 0), ("opentype/noto/NotoSansCJK-Bold.ttc", 2)),
    "arial_bold_italic": (
        ("opentype/urw-base35/NimbusSans-BoldItalic.otf", 0),
        ("opentype/noto/NotoSansCJK-Bold.ttc", 2),
    ),
}
_EM = 200


@functools.cache
def font_file(face: str) -> tuple[Path, int]:
    """(file, index in the collection) of a face; the next best where the first is not installed."""
    for name, index in _FILES[face]:
        if (_FONTS / name).is_file():
            return _FONTS / name, index
    raise FileNotFoundError(f"no font for {face}: install the fonts of system-packages.txt ({_FILES[face][-1][0]})")


@functools.lru_cache(maxsize=400)
def font(face: str, pixels: int) -> ImageFont.FreeTypeFont:
    """The face at a size in pixels."""
    path, index = font_file(face)
    return ImageFont.truetype(str(path), pixels, index=index, layout_engine=ImageFont.Layout.BASIC)


_PARTNERS = {
    "times": "song",
    "times_bold": "song_bold",
    "arial": "hei",
    "arial_bold": "hei_bold",
    "arial_bold_italic": "hei_bold",
}


@functools.cache
def face_of(face: str, character: str) -> str:
    """The face that prints a character: the asked one, or its partner where that has no such letter."""
    if character.isspace() or _has(face, character):
        return face
    partner = _PARTNERS.get(face, "song")
    return partner if _has(partner, character) else "hei"


@functools.cache
def _has(face: str, character: str) -> bool:
    drawn, empty = font(face, 40).getmask(character), font(face, 40).getmask("\uffff")
    return bytes(drawn) != bytes(empty) or drawn.size != empty.size


def stretches(face: str, text: str) -> list[tuple[str, str]]:
    """(face, text) pieces of a run, each printed in one face."""
    pieces: list[tuple[str, str]] = []
    for c in text:
        used = face_of(face, c)
        if pieces and pieces[-1][0] == used:
            pieces[-1] = (used, pieces[-1][1] + c)
        else:
            pieces.append((used, c))
    return pieces


@functools.cache
def advance(face: str, character: str) -> float:
    """Width of one character in ems."""
    return font(face_of(face, character), _EM).getlength(character) / _EM


def width(face: str, text: str, size: float, spacing: float = 0.0) -> float:
    """Width of a run of text in the unit of ``size``; no spacing after the last character."""
    return sum(advance(face, c) for c in text) * size + spacing * max(0, len(text) - 1)
