"""A subset of a TrueType font, small enough to go into every PDF that tests write."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import cache
from pathlib import Path


class TrueType:
    """The tables of one font file (one member of a collection) and which glyph draws which character."""

    def __init__(self, path: Path, index: int = 0) -> None:
        self.data = path.read_bytes()
        offset = struct.unpack_from(">I", self.data, 12 + 4 * index)[0] if self.data[:4] == b"ttcf" else 0
        count = struct.unpack_from(">H", self.data, offset + 4)[0]
        self.tables: dict[str, tuple[int, int]] = {}
        for k in range(count):
            tag, _, start, length = struct.unpack_from(">4sIII", self.data, offset + 12 + 16 * k)
            self.tables[tag.decode("latin-1")] = (start, length)
        if "glyf" not in self.tables:
            raise ValueError(f"{path} has no TrueType outlines")
        head = self.table("head")
        self.units = struct.unpack_from(">H", head, 18)[0]
        self.long_loca = struct.unpack_from(">h", head, 50)[0] == 1
        self.glyphs = struct.unpack_from(">H", self.table("maxp"), 4)[0]
        self.metrics = struct.unpack_from(">H", self.table("hhea"), 34)[0]
        self.glyph_of = self._cmap()

    def table(self, tag: str) -> bytes:
        """The bytes of one table."""
        start, length = self.tables[tag]
        return self.data[start : start + length]

    def _cmap(self) -> dict[int, int]:
        cmap = self.table("cmap")
        best: tuple[int, int] | None = None
        for k in range(struct.unpack_from(">H", cmap, 2)[0]):
            platform, encoding, start = struct.unpack_from(">HHI", cmap, 4 + 8 * k)
            form = struct.unpack_from(">H", cmap, start)[0]
            if form in (4, 12) and (platform, encoding) in ((3, 10), (0, 4), (0, 3), (3, 1), (0, 6)):
                best = max(best or (0, 0), (form, start))
        if best is None:
            raise ValueError("the font has no Unicode table of a known form")
        form, at = best
        found: dict[int, int] = {}
        if form == 12:
            for k in range(struct.unpack_from(">I", cmap, at + 12)[0]):
                first, last, glyph = struct.unpack_from(">III", cmap, at + 16 + 12 * k)
                found |= {first + n: glyph + n for n in range(last - first + 1)}
            return found
        segments = struct.unpack_from(">H", cmap, at + 6)[0] // 2
        ends = struct.unpack_from(f">{segments}H", cmap, at + 14)
        starts = struct.unpack_from(f">{segments}H", cmap, at + 16 + 2 * segments)
        deltas = struct.unpack_from(f">{segments}h", cmap, at + 16 + 4 * segments)
        where = at + 16 + 6 * segments
        offsets = struct.unpack_from(f">{segments}H", cmap, where)
        for k in range(segments):
            for code in range(starts[k], min(ends[k], 0xFFFE) + 1):
                if offsets[k] == 0:
                    glyph = (code + deltas[k]) & 0xFFFF
                else:
                    glyph = struct.unpack_from(">H", cmap, where + 2 * k + offsets[k] + 2 * (code - starts[k]))[0]
                    glyph = (glyph + deltas[k]) & 0xFFFF if glyph else 0
                if glyph:
                    found[code] = glyph
        return found

    def _outline(self, glyph: int) -> bytes:
        loca, glyf = self.tables["loca"][0], self.tables["glyf"][0]
        if self.long_loca:
            start, end = struct.unpack_from(">II", self.data, loca + 4 * glyph)
        else:
            start, end = (2 * v for v in struct.unpack_from(">HH", self.data, loca + 2 * glyph))
        return self.data[glyf + start : glyf + end]

    def advance(self, glyph: int) -> int:
        """Width of a glyph in font units."""
        return struct.unpack_from(">H", self.table("hmtx"), 4 * min(glyph, self.metrics - 1))[0]

    def _bearing(self, glyph: int) -> int:
        at = 4 * glyph + 2 if glyph < self.metrics else 4 * self.metrics + 2 * (glyph - self.metrics)
        return struct.unpack_from(">h", self.table("hmtx"), at)[0]

    def subset(self, characters: Iterable[str]) -> tuple[bytes, dict[str, int]]:
        """(font file, character → new glyph number) with only these characters and what they are composed of."""
        wanted = [0]
        numbers: dict[str, int] = {}
        for c in sorted(set(characters)):
            old = self.glyph_of.get(ord(c), 0)
            if old and old not in wanted:
                wanted.append(old)
            numbers[c] = wanted.index(old)
        outlines: list[bytes] = []
        k = 0
        while k < len(wanted):
            outlines.append(self._renumbered(self._outline(wanted[k]), wanted))
            k += 1
        loca = [0]
        for outline in outlines:
            loca.append(loca[-1] + len(outline) + (-len(outline) % 4))
        glyf = b"".join(o + b"\0" * (-len(o) % 4) for o in outlines)
        hmtx = b"".join(struct.pack(">Hh", self.advance(g), self._bearing(g)) for g in wanted)
        head = bytearray(self.table("head"))
        struct.pack_into(">h", head, 50, 1)
        struct.pack_into(">I", head, 8, 0)
        hhea = bytearray(self.table("hhea"))
        struct.pack_into(">H", hhea, 34, len(wanted))
        maxp = bytearray(self.table("maxp"))
        struct.pack_into(">H", maxp, 4, len(wanted))
        tables = {
            "glyf": glyf,
            "head": bytes(head),
            "hhea": bytes(hhea),
            "hmtx": hmtx,
            "loca": struct.pack(f">{len(loca)}I", *loca),
            "maxp": bytes(maxp),
        }
        for tag in ("cvt ", "fpgm", "prep"):
            if tag in self.tables:
                tables[tag] = self.table(tag)
        return _file(tables), numbers

    def _renumbered(self, outline: bytes, wanted: list[int]) -> bytes:
        if len(outline) < 10 or struct.unpack_from(">h", outline)[0] >= 0:
            return outline
        parts = bytearray(outline)
        at = 10
        while True:
            flags, glyph = struct.unpack_from(">HH", parts, at)
            if glyph not in wanted:
                wanted.append(glyph)
            struct.pack_into(">H", parts, at + 2, wanted.index(glyph))
            at += 4 + (4 if flags & 1 else 2) + (2 if flags & 8 else 4 if flags & 0x40 else 8 if flags & 0x80 else 0)
            if not flags & 0x20:
                return bytes(parts)


def _file(tables: dict[str, bytes]) -> bytes:
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    out = struct.pack(">IHHHH", 0x00010000, count, power * 16, power.bit_length() - 1, count * 16 - power * 16)
    at = 12 + 16 * count
    directory, body = b"", b""
    for tag, data in sorted(tables.items()):
        padded = data + b"\0" * (-len(data) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        directory += struct.pack(">4sIII", tag.encode(), total, at + len(body), len(data))
        body += padded
    return out + directory + body


@cache
def load(path: Path, index: int = 0) -> TrueType:
    """The font of a file, parsed once."""
    return TrueType(path, index)
