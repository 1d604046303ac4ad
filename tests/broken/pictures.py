"""Pictures of odd modes, broken pictures and picture bombs."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageDraw


def drawn(mode: str = "RGB", size: tuple[int, int] = (320, 440)) -> Image.Image:
    """A small page with a black frame and bars for lines of print."""
    page = Image.new("L", size, 255)
    pen = ImageDraw.Draw(page)
    pen.rectangle((8, 8, size[0] - 9, size[1] - 9), outline=0, width=2)
    return page.convert(mode)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png(width: int, height: int, *, rows: bool = False) -> bytes:
    """A PNG that says it is so large: one bit a pixel, its rows there or not."""
    header = struct.pack(">2L5B", width, height, 1, 0, 0, 0, 0)
    data = b""
    if rows:
        packer = zlib.compressobj(9)
        row = bytes(1 + (width + 7) // 8)
        data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(*item) for item in ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))


def sixteen_bit() -> bytes:
    """A PNG of sixteen bits a pixel."""
    return saved(drawn("I").convert("I;16"), "PNG")


def g4_pages(count: int) -> bytes:
    """A TIFF of several one-bit pages under Group 4, as office scanners make them."""
    pages = [drawn("1") for _ in range(count)]
    return saved(pages[0], "TIFF", compression="group4", save_all=True, append_images=pages[1:])


def circular_tiff() -> bytes:
    """A TIFF whose first directory names itself as the next."""
    data = bytearray(saved(drawn("L"), "TIFF"))
    (place,) = struct.unpack_from("<L", data, 4)
    (count,) = struct.unpack_from("<H", data, place)
    struct.pack_into("<L", data, place + 2 + 12 * count, place)
    return bytes(data)


def lying_exif() -> bytes:
    """A JPEG whose EXIF says a direction that there is not, sizes that it has not, and a resolution of nothing."""
    exif = Image.Exif()
    exif[0x0112] = 99
    exif[0x0100] = 60_000
    exif[0x0101] = 60_000
    exif[0x011A] = 0.0
    return saved(drawn(), "JPEG", exif=exif)
