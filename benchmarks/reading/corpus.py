"""The seeded corpus: every kind and edition, at every degradation, with the truth and its boxes."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from papers import age, certificates, cma, form, invent, letter, licence, pdf, supporting
from papers.sheet import Paper

Maker = Callable[[int], Paper]
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
    "digital",
)
"""Degradations of the corpus; ``digital`` is a born-digital PDF with a text layer."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One file of the corpus."""

    name: str
    kind: str
    edition: str
    degradation: str
    path: Path
    images: tuple[Path, ...]
    """Its pages as stored pictures, for engines that read no PDF."""
    fields: dict[str, object]
    """Field → true value."""
    boxes: dict[str, list[tuple[int, tuple[float, float, float, float]]]]
    """Field → (page, box in fractions of the upright page image)."""
    complete: bool = True
    """Whether the truth names everything printed, so that an extra critical value is an invention."""


def _body(seed: int, category: str = "inspection_testing", entity: str = "company") -> invent.Institution:
    return invent.institution(seed, category=category, entity=entity)


def _term(seed: int) -> date:
    return date(2027, 1, 1) + timedelta(days=random.Random(seed).randrange(3000))


def _issued(seed: int) -> date:
    return date(2022, 1, 1) + timedelta(days=random.Random(f"issued{seed}").randrange(1400))


def _categories(seed: int) -> str:
    return random.Random(f"category{seed}").choice(list(invent.TRADES))


def makers() -> dict[str, Maker]:
    """Edition name → the function that draws one from a seed."""
    c = certificates
    table: dict[str, Maker] = {
        "licence 2022": lambda s: licence.licence(_body(s, _categories(s)), edition="2022", seed=s),
        "licence 2022 branch": lambda s: licence.licence(_body(s, entity="branch"), edition="2022", seed=s),
        "licence 2022 individual": lambda s: licence.licence(_body(s, entity="individual"), edition="2022", seed=s),
        "licence 2022 正本": lambda s: licence.licence(_body(s), edition="2022", copy="正本", seed=s),
        "licence 2019 long": lambda s: licence.licence(_body(s, _categories(s)), edition="2019", seed=s),
        "licence 2019 term": lambda s: licence.licence(_body(s), edition="2019", valid_to=_term(s), seed=s),
        "licence 2019 partnership": lambda s: licence.licence(
            _body(s, "intellectual_property", "partnership"), edition="2019", valid_to=_term(s), delegate="韦青", seed=s
        ),
        "licence 2014": lambda s: licence.licence(_body(s), edition="2014", valid_to=_term(s), seed=s),
        "licence 2014 long": lambda s: licence.licence(_body(s), edition="2014", seed=s),
        "licence 2014 注册号": lambda s: licence.licence(
            _body(s), edition="2014", only_registration_number=True, seed=s
        ),
        "licence 2014 no scope": lambda s: licence.licence(_body(s), edition="2014_sz", seed=s),
        "licence before 2014": lambda s: licence.licence(_body(s), edition="before2014", seed=s),
        "licence electronic": lambda s: licence.licence(_body(s, entity="sole"), edition="electronic", seed=s),
        "事业单位": lambda s: licence.legal_person(
            "public_institution_certificate", _body(s, entity="public"), valid_from=_issued(s), seed=s
        ),
        "民办非企业单位": lambda s: licence.legal_person(
            "private_nonenterprise_certificate", _body(s, entity="private_nonenterprise"), valid_from=_issued(s), seed=s
        ),
        "社会团体": lambda s: licence.legal_person(
            "social_organization_certificate", _body(s, entity="social"), valid_from=_issued(s), seed=s
        ),
        "CMA": lambda s: cma.certificate(_body(s), issued_on=_issued(s), rows=None, seed=s),
        "CMA 附表": lambda s: cma.certificate(
            _body(s), issued_on=_issued(s), rows=invent.scope_rows(s, 26), cover=False, seed=s
        ),
        "CMA 附表 without rules": lambda s: cma.certificate(
            _body(s),
            issued_on=_issued(s),
            rows=invent.scope_rows(s, 12, known=()),
            cover=False,
            rules="horizontal",
            seed=s,
        ),
        "CNAS zh": lambda s: c.cnas(_body(s), valid_from=_issued(s), seed=s),
        "CNAS en": lambda s: c.cnas(_body(s), language="en", valid_from=_issued(s), seed=s),
        "CNAS before 2018": lambda s: c.cnas(_body(s), old_layout=True, valid_from=_issued(s), seed=s),
        "CNAS 附件": lambda s: c.cnas(_body(s), rows=invent.scope_rows(s, 14), valid_from=_issued(s), seed=s),
        "CNAS inspection": lambda s: c.cnas(_body(s), type="inspection", valid_from=_issued(s), seed=s),
        "批准书": lambda s: c.approval(_body(s, "certification_accreditation"), valid_from=_issued(s), seed=s),
        "计量授权": lambda s: c.metrology_authorization(_body(s, "metrology"), valid_from=_issued(s), seed=s),
        "计量标准": lambda s: c.measurement_standard(_body(s, "metrology"), issued_on=_issued(s), seed=s),
        "特种设备": lambda s: c.special_equipment(_body(s), issued_on=_issued(s), seed=s),
        "专利代理": lambda s: c.patent_agency(
            _body(s, "intellectual_property", ("company", "partnership")[s % 2]), issued_on=_issued(s), seed=s
        ),
        "人力资源": lambda s: c.hr_service(_body(s, "training"), issued_on=_issued(s), seed=s),
        "人力资源 long": lambda s: c.hr_service(_body(s, "training"), issued_on=_issued(s), valid_to="long", seed=s),
        "办学": lambda s: c.private_school(_body(s, "training"), valid_from=_issued(s), seed=s),
        "ISO 9001 bilingual": lambda s: c.management_system(_body(s), layout="bilingual", issued_on=_issued(s), seed=s),
        "ISO 14001": lambda s: c.management_system(_body(s), system="environment", issued_on=_issued(s), seed=s),
        "ISO 45001 black seal": lambda s: c.management_system(
            _body(s), system="safety", seal_colour="black", issued_on=_issued(s), seed=s
        ),
        "ISO 22000 two pages side by side": lambda s: c.management_system(
            _body(s), system="food", spread=True, issued_on=_issued(s), seed=s
        ),
        "校准": lambda s: c.calibration(_body(s), calibrated_on=_issued(s), recheck=s % 2 == 0, seed=s, pages=1),
        "检定": lambda s: c.calibration(_body(s), verification=True, calibrated_on=_issued(s), seed=s, pages=2),
        "承诺书": lambda s: letter.letter(_body(s), seed=s),
        "承诺书 typed date": lambda s: letter.letter(_body(s), handwritten_date=False, typed_name=True, seed=s),
        "申请表": lambda s: form.form(form.application(_body(s, _categories(s)), seed=s), seed=s),
        "管理制度": lambda s: supporting.rules(_body(s), seed=s),
        "设备说明": lambda s: supporting.equipment_statement(_body(s), seed=s),
        "信用中国": lambda s: supporting.credit_report(_body(s), seed=s),
        "公示报告": lambda s: supporting.credit_report(_body(s), source="gsxt", seed=s),
    }
    for title in c.OTHER_TITLES:
        table[title] = lambda s, title=title: c.other(_body(s), title=title, issued_on=_issued(s), seed=s)
    for title in supporting.PROOFS:
        table[title] = lambda s, title=title: supporting.capability(_body(s), title=title, seed=s)
    for name, draw in supporting.UNKNOWNS.items():
        table[f"unknown {name}"] = lambda s, draw=draw: draw(_body(s), s)
    return table


INCOMPLETE = (
    "management_rules",
    "capability_proof",
    "equipment_statement",
    "credit_report",
    "application_form",
    "unknown",
)
"""Kinds whose truth does not name everything printed."""


def plan(
    *, per_cell: int, seed: int, limit: int, kinds: Sequence[str], degradations: Sequence[str]
) -> list[tuple[str, str, int]]:
    """(edition, degradation, seed) of each sample: all cells, or a balanced draw of ``limit`` of them."""
    rng = random.Random(seed)
    table = makers()
    editions = [name for name in table if not kinds or any(word in name for word in kinds)]
    cells = [
        (edition, how, seed * 1000 + 17 * n + k)
        for how in (degradations or DEGRADATIONS)
        for n, edition in enumerate(editions)
        for k in range(per_cell)
        if not (how == "spread" and "side by side" in edition)
    ]
    if not limit or limit >= len(cells):
        return cells
    by_how: dict[str, list[tuple[str, str, int]]] = {}
    for cell in cells:
        by_how.setdefault(cell[1], []).append(cell)
    orders = []
    for how, group in by_how.items():
        shift = random.Random(f"{seed}{how}").randrange(len(group))
        shuffled = rng.sample(group, len(group))
        orders.append(shuffled[shift:] + shuffled[:shift])
    drawn = [group[k] for k in range(max(map(len, orders))) for group in orders if k < len(group)]
    return drawn[:limit]


def write(cells: Sequence[tuple[str, str, int]], folder: Path) -> list[Sample]:
    """The samples, drawn into ``folder``."""
    table = makers()
    samples = []
    for n, (edition, how, seed) in enumerate(cells):
        paper = table[edition](seed)
        if how == "exif" and len(paper.sheets) > 1:
            paper.sheets = paper.sheets[:1]
            paper.truth = {k: v for k, v in paper.truth.items() if k in paper.boxes() or k == "long_term"}
        samples.append(_write(paper, edition, how, seed, folder, f"{n:04d}"))
    return samples


def _write(paper: Paper, edition: str, how: str, seed: int, folder: Path, stem: str) -> Sample:
    images: list[Path] = []
    if how == "digital":
        path = folder / f"{stem}.pdf"
        path.write_bytes(pdf.digital(paper.sheets))
        aged: list[age.Aged] = []
        for n, sheet in enumerate(paper.sheets, 1):
            picture = folder / f"{stem}-{n}.stored.png"
            sheet.image(200).save(picture)
            images.append(picture)
        move = lambda _page, box: box  # noqa: E731 - the page is the sheet itself
    else:
        aged = [age.aged(sheet, how, seed * 100 + n) for n, sheet in enumerate(paper.sheets)]
        for n, page in enumerate(aged, 1):
            bitonal = page.image.mode == "1"
            picture = folder / f"{stem}-{n}.stored.{'png' if bitonal else 'jpg'}"
            picture.write_bytes(page.png() if bitonal else page.jpeg())
            images.append(picture)
        if len(aged) == 1:
            path = images[0]
        else:
            path = folder / f"{stem}.pdf"
            path.write_bytes(pdf.scanned(aged))
        move = lambda page, box: aged[page - 1].box(box)  # noqa: E731
    boxes = {name: [(page, move(page, box)) for page, box in found] for name, found in paper.boxes().items()}
    if "long_term" in paper.truth and "valid_to" in boxes:
        boxes["long_term"] = boxes["valid_to"]
    return Sample(
        stem, paper.kind, edition, how, path, tuple(images), dict(paper.truth), boxes, paper.kind not in INCOMPLETE
    )


def real(folder: Path) -> list[Sample]:
    """The samples of a folder of real papers with a truth.json (file → kind, fields)."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return [
        Sample(name, entry["kind"], "real", "real", folder / name, (folder / name,), entry["fields"], {}, False)
        for name, entry in truth.items()
    ]
