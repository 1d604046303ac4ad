from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ofd_builder import Ofd, text_object, write_parts
from qi_pipeline.errors import PacketError
from qi_pipeline.policy import Limits, default_policy
from qi_pipeline.reading.ofd import read_ofd, render_page

LIMITS: Limits = default_policy().limits


def _png(colour: tuple[int, int, int], size: tuple[int, int] = (60, 40)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def _ring() -> bytes:
    picture = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((5, 5, 195, 195), outline=(220, 0, 0, 255), width=10)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _texts(path: Path) -> list[str]:
    return [word.text for page in read_ofd(path, LIMITS).pages for word in page.words]


def test_words_stand_where_the_file_puts_them(tmp_path: Path) -> None:
    path = Ofd(pages=[text_object("检验检测机构资质认定证书", 45, 50, 10)]).write(tmp_path / "a.ofd")
    (page,) = read_ofd(path, LIMITS).pages
    (word,) = page.words
    assert word.text == "检验检测机构资质认定证书"
    assert word.box == pytest.approx((45 / 210, 41.4 / 297, 165 / 210, 51.4 / 297), abs=0.003)
    assert (page.width_mm, page.height_mm) == (210, 297)


def test_repeated_and_listed_offsets_mean_the_same(tmp_path: Path) -> None:
    repeated = Ofd(pages=[text_object("证书编号", 20, 50, 5, "g 3 6")]).write(tmp_path / "g.ofd")
    listed = Ofd(pages=[text_object("证书编号", 20, 50, 5, "6 6 6")]).write(tmp_path / "l.ofd")
    assert read_ofd(repeated, LIMITS).pages[0].words == read_ofd(listed, LIMITS).pages[0].words


def test_a_wide_offset_parts_label_and_value(tmp_path: Path) -> None:
    near = Ofd(pages=[text_object("名称某某", 20, 50, 5, "5 9 5")]).write(tmp_path / "n.ofd")
    far = Ofd(pages=[text_object("名称某某", 20, 50, 5, "5 25 5")]).write(tmp_path / "f.ofd")
    assert _texts(near) == ["名称某某"]
    assert _texts(far) == ["名称", "某某"]


def test_characters_in_objects_of_their_own_become_one_word(tmp_path: Path) -> None:
    pieces = "".join(text_object(char, 20 + 5 * index, 50, 5) for index, char in enumerate("营业执照"))
    assert _texts(Ofd(pages=[pieces]).write(tmp_path / "a.ofd")) == ["营业执照"]


def test_templates_annotations_and_matrices_are_read(tmp_path: Path) -> None:
    turned = text_object("转过来", 150, 100, 6, extra='CTM="0 1 -1 0 0 0"')
    note = f'<ofd:Appearance Boundary="50 230 60 20">{text_object("批注", 2, 10)}</ofd:Appearance>'
    ofd = Ofd(pages=[turned], template=text_object("底版", 20, 280), annotations={0: note})
    words = {word.text: word.box for word in read_ofd(ofd.write(tmp_path / "a.ofd"), LIMITS).pages[0].words}
    assert set(words) == {"转过来", "批注", "底版"}
    x0, y0, x1, y1 = words["转过来"]
    assert (y1 - y0) * 297 > 2 * (x1 - x0) * 210  # runs down the page
    assert words["批注"][0] == pytest.approx(52 / 210, abs=0.003)
    assert words["批注"][1] == pytest.approx((230 + 10 - 4 * 0.86) / 297, abs=0.005)


def test_what_is_hidden_or_off_the_page_is_not_read(tmp_path: Path) -> None:
    content = text_object("隐藏", 20, 50, 5, extra='Visible="false"') + text_object("页外", 400, 50, 5)
    assert _texts(Ofd(pages=[content + text_object("可见", 20, 90, 5)]).write(tmp_path / "a.ofd")) == ["可见"]


def test_the_picture_shows_text_images_lines_and_the_seal(tmp_path: Path) -> None:
    content = (
        text_object("营业执照", 80, 30, 10)
        + '<ofd:ImageObject ID="8" Boundary="20 130 60 40" CTM="60 0 0 40 0 0" ResourceID="20"/>'
        + '<ofd:PathObject ID="4" Boundary="10 100 100 20" LineWidth="1"><ofd:StrokeColor Value="0 160 0"/>'
        "<ofd:AbbreviatedData>M 0 0 L 100 0 L 100 20 L 0 20 C</ofd:AbbreviatedData></ofd:PathObject>"
    )
    ofd = Ofd(pages=[content], media={"a.png": _png((10, 120, 200))})
    path = write_parts(tmp_path / "a.ofd", ofd.sealed(_ring(), "某某检测有限公司"))
    file = read_ofd(path, LIMITS)
    image, notes = render_page(file, file.pages[0], dpi=100)
    pixels = np.asarray(image).astype(int)

    def at(x_mm: float, y_mm: float) -> tuple[int, ...]:
        return tuple(pixels[round(y_mm / 25.4 * 100), round(x_mm / 25.4 * 100)])

    assert notes == ()
    assert at(50, 150) == pytest.approx((10, 120, 200), abs=12)
    assert at(60, 100) == pytest.approx((0, 160, 0), abs=40)
    assert at(121.6, 220)[0] > 180  # left edge of the ring
    assert at(121.6, 220)[1] < 90
    assert at(140, 220) == (255, 255, 255)  # clear within it
    title = pixels[round(21 / 25.4 * 100) : round(31 / 25.4 * 100), round(80 / 25.4 * 100) : round(120 / 25.4 * 100)]
    assert (title < 100).any()
    assert (file.pages[0].pictures, file.pages[0].stamps) == (1, 1)


def test_a_picture_that_cant_be_decoded_is_said_to_be_missing(tmp_path: Path) -> None:
    content = '<ofd:ImageObject ID="8" Boundary="20 130 60 40" ResourceID="20"/>'
    path = Ofd(pages=[content], media={"scan.jb2": b"\x97JB2\r\n\x1a\n" + bytes(50)}).write(tmp_path / "a.ofd")
    file = read_ofd(path, LIMITS)
    image, notes = render_page(file, file.pages[0], dpi=72)
    assert len(notes) == 1
    assert image.getpixel((140, 425)) == (205, 205, 205)


def _code(path: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(PacketError) as caught:
        read_ofd(path, limits)
    return caught.value.code


def test_damage_is_told_by_its_code(tmp_path: Path) -> None:
    ofd = Ofd(pages=[text_object("页", 20, 50)])
    whole = ofd.parts()
    page = "Doc_0/Pages/Page_0/Content.xml"
    assert _code(write_parts(tmp_path / "1.ofd", {k: v for k, v in whole.items() if k != page})) == "corrupt"
    assert _code(write_parts(tmp_path / "2.ofd", whole | {page: whole[page][:-20]})) == "corrupt"
    assert _code(write_parts(tmp_path / "3.ofd", whole | {"../outside.xml": b"<a/>"})) == "unsafe_path"
    assert _code(write_parts(tmp_path / "4.ofd", {"other.xml": b"<a/>"})) == "corrupt"
    assert _code(Ofd(pages=[]).write(tmp_path / "5.ofd")) == "empty"
    data = (tmp_path / "1.ofd").read_bytes()
    (tmp_path / "6.ofd").write_bytes(data[: len(data) // 2])
    assert _code(tmp_path / "6.ofd") == "corrupt"


def test_entities_are_refused_and_never_expanded(tmp_path: Path) -> None:
    whole = Ofd(pages=[text_object("页", 20, 50)]).parts()
    page = "Doc_0/Pages/Page_0/Content.xml"
    evil = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + whole[page].replace("页".encode(), b"&x;")
    assert _code(write_parts(tmp_path / "a.ofd", whole | {page: evil})) == "corrupt"


def test_a_bomb_is_stopped_while_it_swells(tmp_path: Path) -> None:
    whole = Ofd(pages=[text_object("页", 20, 50)]).parts()
    page = "Doc_0/Pages/Page_0/Content.xml"
    small = replace(LIMITS, archive_bytes=4_000_000)
    assert (
        _code(write_parts(tmp_path / "a.ofd", whole | {page: b" " * 5_000_000 + whole[page]}), small) == "archive_bomb"
    )


def test_too_many_pages_and_too_much_text_are_refused(tmp_path: Path) -> None:
    path = Ofd(pages=[text_object("页页页", 20, 50)] * 3).write(tmp_path / "a.ofd")
    assert len(read_ofd(path, replace(LIMITS, file_pages=3)).pages) == 3
    assert _code(path, replace(LIMITS, file_pages=2)) == "too_many_pages"
    assert _code(path, replace(LIMITS, page_characters=2)) == "too_large"


def test_a_locked_package_is_encrypted_not_corrupt(tmp_path: Path) -> None:
    path = Ofd(pages=[text_object("页", 20, 50)]).write(tmp_path / "a.ofd")
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as package:
        first = package.infolist()[0]
    data[first.header_offset + 6] |= 1  # the flag of an encrypted member, in both of its headers
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert _code(path) == "encrypted"
