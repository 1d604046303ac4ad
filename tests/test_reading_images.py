"""Every mode of picture becomes an upright RGB page, and no broken or monstrous one gets that far."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageDraw

from qi_pipeline.errors import PacketError
from qi_pipeline.policy import Limits, default_policy
from qi_pipeline.reading.images import appearance_of, count_pictures, read_picture

LIMITS = default_policy().limits


def drawn(mode: str = "RGB", size: tuple[int, int] = (120, 80)) -> Image.Image:
    """White paper, a black block at the top left, a red one at the bottom right."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 29, 19), fill="black")
    draw.rectangle((size[0] - 30, size[1] - 20, size[0] - 1, size[1] - 1), fill=(220, 30, 30))
    return image.convert(mode)


def saved(tmp_path: Path, image: Image.Image, kind: str, **options: object) -> Path:
    path = tmp_path / "page"
    image.save(path, kind, **options)
    return path


def corners(path: Path, limits: Limits = LIMITS) -> tuple[list[int], list[int], list[int]]:
    pixels = read_picture(path, 1, limits).pixels
    assert pixels.dtype == np.uint8
    assert pixels.shape[2] == 3
    return pixels[3, 3].tolist(), pixels[pixels.shape[0] // 2, pixels.shape[1] // 2].tolist(), pixels[-4, -4].tolist()


def near(one: list[int], other: tuple[int, int, int], by: int = 12) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    ("mode", "kind", "options"),
    [
        ("RGB", "PNG", {}),
        ("RGB", "JPEG", {"quality": 95}),
        ("RGB", "JPEG", {"quality": 95, "progressive": True}),
        ("RGB", "TIFF", {"compression": "tiff_lzw"}),
        ("RGB", "TIFF", {"compression": "jpeg", "quality": 95}),
        ("CMYK", "TIFF", {}),
        ("CMYK", "JPEG", {"quality": 95}),
        ("P", "PNG", {}),
        ("RGBA", "PNG", {}),
        ("LAB", "TIFF", {}),
        ("YCbCr", "TIFF", {}),
    ],
)
def test_a_coloured_picture_keeps_its_colours(tmp_path: Path, mode: str, kind: str, options: dict[str, object]) -> None:
    top_left, middle, bottom_right = corners(saved(tmp_path, drawn(mode), kind, **options))
    assert near(top_left, (0, 0, 0), 30)
    assert near(middle, (255, 255, 255))
    assert near(bottom_right, (220, 30, 30), 40)


@pytest.mark.parametrize(
    ("mode", "kind", "options"),
    [
        ("L", "PNG", {}),
        ("LA", "PNG", {}),
        ("1", "TIFF", {"compression": "group4"}),
        ("1", "TIFF", {"compression": "group3"}),
        ("1", "PNG", {}),
    ],
)
def test_a_grey_or_bitonal_picture_is_black_on_white(
    tmp_path: Path, mode: str, kind: str, options: dict[str, object]
) -> None:
    top_left, middle, _ = corners(saved(tmp_path, drawn(mode), kind, **options))
    assert top_left == [0, 0, 0]
    assert middle == [255, 255, 255]


@pytest.mark.parametrize(
    ("dtype", "white"), [(np.uint16, 65535), (np.float32, 1.0), (np.float32, 255.0), (np.int32, 65535)]
)
def test_deep_pictures_keep_black_and_white(tmp_path: Path, dtype: type, white: float) -> None:
    grey = np.asarray(drawn("L"), dtype=np.float64) / 255 * white
    top_left, middle, _ = corners(saved(tmp_path, Image.fromarray(grey.astype(dtype)), "TIFF"))
    assert near(top_left, (0, 0, 0), 2)
    assert near(middle, (255, 255, 255), 2)


def test_what_is_clear_lies_on_white_paper(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    assert corners(saved(tmp_path, clear, "PNG"))[1] == [255, 255, 255]


@pytest.mark.parametrize(("orientation", "turned"), [(1, 0), (3, 180), (6, 90), (8, 270)])
def test_exif_turns_the_picture_upright(tmp_path: Path, orientation: int, turned: int) -> None:
    stored = drawn().rotate(turned, expand=True)  # counter-clockwise: what EXIF then turns back clockwise
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    picture = read_picture(saved(tmp_path, stored, "JPEG", quality=95, exif=exif), 1, LIMITS)
    assert picture.pixels.shape == (80, 120, 3)
    assert near(picture.pixels[3, 3].tolist(), (0, 0, 0), 30)
    assert picture.turned == turned


def test_a_phones_jpeg_with_a_preview_is_one_page(tmp_path: Path) -> None:
    path = saved(tmp_path, drawn(), "MPO", save_all=True, append_images=[drawn(size=(60, 40))])
    assert count_pictures(path, LIMITS) == 1
    assert read_picture(path, 1, LIMITS).pixels.shape == (80, 120, 3)


def test_every_page_of_a_tiff_is_read(tmp_path: Path) -> None:
    pages = [Image.new("L", (30, 20), shade) for shade in (0, 100, 200)]
    path = saved(tmp_path, pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert count_pictures(path, LIMITS) == 3
    assert [int(read_picture(path, n, LIMITS).pixels[5, 5, 0]) for n in (1, 2, 3)] == [0, 100, 200]


def test_a_tiff_may_have_just_as_many_pages_as_policy_says(tmp_path: Path) -> None:
    pages = [Image.new("1", (8, 8)) for _ in range(4)]
    path = saved(tmp_path, pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert count_pictures(path, replace(LIMITS, file_pages=4)) == 4
    with pytest.raises(PacketError) as caught:
        count_pictures(path, replace(LIMITS, file_pages=3))
    assert caught.value.code == "too_many_pages"


def test_a_tiff_directory_that_points_at_itself_ends(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "TIFF")
    data = bytearray(out.getvalue())
    (at,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, at)
    struct.pack_into("<I", data, at + 2 + 12 * entries, at)
    path = tmp_path / "page"
    path.write_bytes(data)
    assert count_pictures(path, replace(LIMITS, file_pages=50)) <= 50


def test_pixels_are_counted_before_they_are_decoded(tmp_path: Path) -> None:
    path = saved(tmp_path, drawn(size=(100, 100)), "PNG")
    assert count_pictures(path, replace(LIMITS, page_pixels=10_000)) == 1
    with pytest.raises(PacketError) as caught:
        count_pictures(path, replace(LIMITS, page_pixels=9_999))
    assert caught.value.code == "image_bomb"


@pytest.mark.parametrize("side", [10_000, 60_000, 2**31 - 1])
def test_a_bomb_of_one_colour_is_never_unfolded(tmp_path: Path, side: int) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    path = tmp_path / "page"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )
    with pytest.raises(PacketError) as caught:
        count_pictures(path, LIMITS)
    assert caught.value.code == "image_bomb"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_picture_that_ends_early_is_corrupt(tmp_path: Path, kind: str, share: float) -> None:
    noise = Image.effect_noise((200, 200), 80).convert("RGB")
    path = saved(tmp_path, noise, kind)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(PacketError) as caught:
        read_picture(path, 1, LIMITS)
    assert caught.value.code == "corrupt"


@pytest.mark.parametrize(
    ("dpi", "size", "kept"), [(200, (1654, 2339), 200.0), (72, (4000, 5600), None), (1, (800, 600), None)]
)
def test_a_resolution_that_makes_no_paper_is_no_resolution(
    tmp_path: Path, dpi: int, size: tuple[int, int], kept: float | None
) -> None:
    path = saved(tmp_path, Image.new("1", size, 1), "PNG", dpi=(dpi, dpi))
    found = read_picture(path, 1, LIMITS).dpi
    assert found == (pytest.approx(kept, abs=0.5) if kept else None)


def test_appearance_follows_stored_mode_and_pixels() -> None:
    rng = np.random.default_rng(1)
    paper = rng.normal(225, 9, (300, 300, 1)).clip(0, 255)
    grey_scan = np.repeat(paper, 3, axis=2).astype(np.uint8)
    red_seal = grey_scan.copy()
    red_seal[100:140, 100:140] = (200, 40, 40)
    clean = np.full((300, 300, 3), 255, dtype=np.uint8)
    clean[50:60, 20:200] = 90
    bitonal = np.where(rng.random((300, 300, 1)) < 0.1, 0, 255).astype(np.uint8).repeat(3, axis=2)
    assert appearance_of(red_seal) == "colour"
    assert appearance_of(grey_scan, "L") == "grey"
    assert appearance_of(grey_scan, "RGB") == "grey"
    assert appearance_of(clean, "RGB") == "colour"
    assert appearance_of(clean, "L") == "grey"
    assert appearance_of(bitonal, "1") == "bitonal"
    assert appearance_of(bitonal, "L") == "bitonal"


def test_sheet_without_colour_scanned_in_colour_is_no_grey_copy() -> None:
    """An unsealed letter is black on white; that its scan could show a seal shows in the noise of its channels."""
    rng = np.random.default_rng(7)
    paper = np.clip(235 + rng.normal(0, 5, (600, 400)), 0, 255)
    grey_copy = np.repeat(paper[:, :, None], 3, axis=2).astype(np.uint8)
    in_colour = np.clip(grey_copy + rng.normal(0, 1.5, (600, 400, 3)), 0, 255).astype(np.uint8)
    assert appearance_of(grey_copy) == "grey"
    assert appearance_of(in_colour) == "colour"
