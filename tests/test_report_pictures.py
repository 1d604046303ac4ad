"""Pictures of the report: small enough together, the important ones better, none that lies outside of its page."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from admission_cases import CLEAN, CMA, a_field
from qi_pipeline import reporting
from qi_pipeline.model import Evidence, Finding
from qi_pipeline.reports import pictures
from qi_pipeline.reports.cutouts import Cutouts
from qi_pipeline.reports.decision import render_decision
from report_cases import report_of, scanned_page

A4 = (1241, 1754)


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Pages as large and as hard to compress as a bad scanner makes them."""
    folder = tmp_path_factory.mktemp("noisy")
    return [scanned_page(folder / f"{at}.webp", seed=at, size=A4, noise=12.0) for at in range(3)]


def decoded(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.split(",", 1)[1])))


@pytest.mark.parametrize("printed", [False, True])
def test_forty_noisy_pages_with_many_findings_stay_below_five_megabytes(noisy: list[Path], *, printed: bool) -> None:
    assert sum(path.stat().st_size for path in noisy) / 3 * 40 > 20_000_000
    documents = tuple(
        replace(
            CMA,
            file=f"{at}.pdf",
            pages=(1, 2, 3, 4),
            fields={
                f"field_{number}": a_field("值" * 40, page=number % 4 + 1, checks=("!second_reading",))
                for number in range(20)
            },
        )
        for at in range(10)
    )
    findings = tuple(
        Finding(
            code="holder_mismatch",
            clause="4.2",
            severity="supplement",
            message={"zh": f"第{at}项不一致", "en": "differs"},
            evidence=tuple(
                Evidence(file=f"{at % 10}.pdf", page=page, box=(0.1, 0.02 * (at % 40), 0.7, 0.02 * (at % 40) + 0.03))
                for page in (1, 2, 3)
            ),
        )
        for at in range(20)
    )
    base = report_of(CLEAN, lambda file, page: noisy[(int(file.split(".")[0]) + page) % 3])
    report = replace(base, documents=documents, decision=replace(base.decision, findings=findings, services=()))
    html = render_decision(report, "zh", printed=printed)
    assert len(html.encode()) < 5_000_000
    assert html.count('<figure class="sheet') == 40
    assert html.count('<div class="leaf">') == 40
    assert html.count('<figure class="cut') == 60
    assert html.count("data:image/") >= 40 + 55


def test_pages_that_matter_get_the_larger_pictures(noisy: list[Path]) -> None:
    weights = {("a", page): 6 if page == 4 else 1 for page in range(1, 9)}
    made = pictures.pages(weights, lambda _file, page: noisy[page % 3], "WEBP", 500_000)
    assert set(made) == set(weights)
    assert sum(len(each.uri) for each in made.values()) <= 500_000
    assert made["a", 4].width > max(each.width for key, each in made.items() if key != ("a", 4))
    for each in made.values():
        with decoded(each.uri) as image:
            assert image.size == (each.width, each.height)


def test_small_stored_page_is_taken_as_it_is(tmp_path: Path) -> None:
    path = scanned_page(tmp_path / "a.webp", noise=0.0)
    made = pictures.pages({("a", 1): 1}, lambda _file, _page: path, "WEBP", 1_000_000)
    assert base64.b64decode(made["a", 1].uri.split(",", 1)[1]) == path.read_bytes()
    printed = pictures.pages({("a", 1): 1}, lambda _file, _page: path, "JPEG", 1_000_000)
    assert printed["a", 1].uri.startswith("data:image/jpeg")


def test_no_room_gives_no_picture(noisy: list[Path]) -> None:
    assert pictures.pages({("a", 1): 1}, lambda _file, _page: noisy[0], "WEBP", 3_000) == {}


@pytest.mark.parametrize(
    "box",
    [
        (0.0, 0.0, 0.0, 0.0),
        (0.999, 0.999, 1.0, 1.0),
        (0.5, 0.5, 0.4, 0.4),
        (-0.5, -0.5, 1.5, 1.5),
        (0.0, 0.0, 1.0, 1.0),
        (0.2, 0.99, 0.9, 1.2),
    ],
)
def test_cut_out_of_any_box_is_a_picture(tmp_path: Path, box: tuple[float, float, float, float]) -> None:
    path = scanned_page(tmp_path / "a.webp")
    cutouts = Cutouts(lambda _file, _page: path, form="WEBP", budget=200_000, places=2)
    for made in (cutouts.place("a", 1, box), cutouts.face("a", 1, box)):
        assert made is not None
        with decoded(made.uri) as image:
            assert min(image.size) >= 1


def test_cut_outs_share_their_budget(noisy: list[Path]) -> None:
    cutouts = Cutouts(lambda _file, _page: noisy[0], form="WEBP", budget=90_000, places=10)
    made = [cutouts.place("a", 1, (0.1, 0.05 * at, 0.6, 0.05 * at + 0.03)) for at in range(30)]
    assert all(each is not None for each in made[:10])
    assert sum(len(each.uri) for each in made if each is not None) <= 90_000
    assert cutouts.left >= 0


def test_a_page_image_of_an_earlier_version_is_still_found(tmp_path: Path) -> None:
    find = reporting._images(tmp_path, {"a.pdf": "0123456789abcdef" + 48 * "0"})
    assert find("a.pdf", 2) == tmp_path / "0123456789abcdef-2.jpg"
    (tmp_path / "0123456789abcdef-2.webp").touch()
    assert find("a.pdf", 2) == tmp_path / "0123456789abcdef-2.webp"
    (tmp_path / "0123456789abcdef-2.jpg").touch()
    assert find("a.pdf", 2) == tmp_path / "0123456789abcdef-2.jpg"
    assert find("b.pdf", 2) is None
