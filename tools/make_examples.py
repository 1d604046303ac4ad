"""Draw the example packets of examples/ anew: `python tools/make_examples.py [FOLDER]`.

Everything in them is invented; the same program and fonts give the same bytes. Each packet shows one outcome or one
telling finding as of the day in as_of.txt; examples/README.md is written here too.
"""

from __future__ import annotations

import csv
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from papers import certificates, cma, invent, licence, packets, supporting  # noqa: E402
from papers.form import Service  # noqa: E402
from papers.packets import CREDIT, LETTER, LICENCE, PROOF, QUALIFICATION, RULES, STATEMENT, Packet  # noqa: E402


@dataclass(frozen=True, slots=True)
class Example:
    """One example packet: how it is handed in, what it shows, and the outcome it deserves."""

    write: Callable[[Path], None]
    shows: str
    zh: str
    outcome: str
    """What it deserves; a poorly legible copy may end with manual_review."""


PAPER = {"*": "small", RULES: "digital", PROOF: "tiny", LETTER: "tiny", STATEMENT: "tiny"}


_BY_HAND = (102, 106, 110, 113)
"""Seeds whose letters are dated by hand; the others are typed."""


def _good(category: str, seed: int, **options: object) -> Packet:
    """A good packet of few pages: the demo loads credit lists, so that no report is needed."""
    if seed not in _BY_HAND and "letter_options" not in options:
        options["letter_options"] = {"handwritten_date": False}
    packet = packets.good_packet(category, seed=seed, **options).without(CREDIT)  # type: ignore[arg-type]
    return packet.having(RULES, _short_rules(packet.body, seed))


def _short_rules(body: invent.Institution, seed: int) -> object:
    paper = supporting.rules(body, seed=seed)
    paper.sheets = paper.sheets[:1]
    return paper


def _folder(packet: Packet, **how: str) -> Callable[[Path], None]:
    return lambda path: packet.write_folder(path, PAPER | how) and None


def _testing(packets_folder: Path) -> None:
    made = _good("inspection_testing", 101, qualification_options={"rows": invent.FOOD[:9]})
    made.write_folder(packets_folder, PAPER | {QUALIFICATION: "digital"})


def _metrology(path: Path) -> None:
    made = _good("metrology", 102, scanned_form=True)
    made.write_zip(path.with_suffix(".zip"), PAPER, encoding="gbk")


def _expired(path: Path) -> None:
    made = _good(
        "inspection_testing",
        103,
        qualification_options={"issued_on": date(2020, 9, 14), "rows": invent.FOOD[:4], "cover": False},
    )
    made.write_folder(path, PAPER)


def _unsigned(path: Path) -> None:
    made = _good("standardization", 104, letter_options={"signature": None, "signed_on": None})
    made.write_folder(path, PAPER | {LICENCE: "small"})


def _foreign(path: Path) -> None:
    made = _good("inspection_testing", 105)
    parent = invent.institution(905)
    paper = cma.certificate(parent, rows=invent.FOOD[:4], cover=False, seed=5, own_seal=False)
    from papers import marks

    marks.own_seal(paper.sheets[0], made.body.name, x=62, y=196, seed=5)
    made.having(QUALIFICATION, paper).write_folder(path, PAPER)


def _photographed(path: Path) -> None:
    made = _good("intellectual_property", 106)
    made = made.without(QUALIFICATION).having("执业许可证.jpg", *made.files[QUALIFICATION])
    made.write_folder(path, PAPER | {LICENCE: "small_photo", "执业许可证.jpg": "small_photo", PROOF: "small_photo"})


def _bitonal(path: Path) -> None:
    made = _good("inspection_testing", 107, qualification_options={"rows": invent.FOOD[:5], "cover": False})
    made = made.without(LICENCE).having("营业执照.tif", *made.files[LICENCE])
    made.write_folder(path, PAPER | {"营业执照.tif": "bitonal", QUALIFICATION: "bitonal"})


def _shared_expired(path: Path) -> None:
    made = _good("shared_laboratory", 109)
    assert made.application is not None
    tool = made.application.equipment[1]
    late = certificates.calibration(
        made.body, name=tool.name, model=tool.model, serial=tool.serial, calibrated_on=date(2025, 6, 3), seed=9, pages=1
    )
    made.having("校准证书2.pdf", late).without(STATEMENT).write_folder(path, PAPER)


def _one_pdf(path: Path) -> None:
    made = _good("training", 110)
    made.write_pdf(path.with_suffix(".pdf"), "small")


def _edition(path: Path) -> None:
    services = (Service(name="食品中铅、镉的测定", item="testing", standards=("GB 5009.12-2023", "GB 5009.15-2014")),)
    made = _good(
        "inspection_testing", 111, services=services, qualification_options={"rows": invent.FOOD[:6], "cover": False}
    )
    made.write_folder(path, PAPER)


def _abnormal_body() -> invent.Institution:
    return invent.institution(112, category="quality_management")


def _abnormal(path: Path) -> None:
    _good("quality_management", 112).write_folder(path, PAPER)


def _outside(path: Path) -> None:
    made = _good("intellectual_property", 113, item="patent_agency")
    body = made.body.but(
        scope=(
            "一般项目：知识产权服务（专利代理服务除外）；商标代理；版权代理；信息咨询服务（不含许"
            "可类信息咨询服务）（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）"
        )
    )
    made.having(LICENCE, licence.licence(body, edition="2022", seed=13)).write_folder(path, PAPER)


def _association(path: Path) -> None:
    made = _good("standardization", 114, entity="social")
    made = made.having("办公场所.pdf", supporting.lease(made.body, 14))
    made.write_zip(path.with_suffix(".zip"), PAPER | {"办公场所.pdf": "digital", LICENCE: "small"}, top="入驻材料/")


EXAMPLES: dict[str, Example] = {
    "wx-000101": Example(
        _testing,
        "A testing laboratory with everything in order: scans, and a CMA certificate with annex as digital PDF.",
        "检验检测机构，材料齐全",
        "admit",
    ),
    "wx-000102": Example(
        _metrology,
        "A metrology body; a zip with GBK names and the application as a scanned form.",
        "计量机构，压缩包与扫描申请表",
        "admit",
    ),
    "wx-000103": Example(
        _expired, "The CMA certificate ended on 13 September 2026.", "资质认定证书已过期", "supplement"
    ),
    "wx-000104": Example(
        _unsigned,
        "The commitment letter is sealed, but neither signed nor dated.",
        "承诺书未签字、未注明日期",
        "supplement",
    ),
    "wx-000105": Example(
        _foreign, "The CMA certificate is made out to another institution.", "资质证书持有人不是申请机构", "supplement"
    ),
    "wx-000106": Example(
        _photographed,
        "A patent agency that photographed its papers with a telephone.",
        "专利代理机构，手机拍照件",
        "admit",
    ),
    "wx-000107": Example(
        _bitonal,
        "Licence and certificate as black-and-white copies, on which no seal can be told.",
        "黑白复印件，无法确认公章",
        "manual_review",
    ),
    "wx-000108": Example(
        _shared_expired,
        "A shared laboratory; one calibration is older than twelve months, and nothing says that it leads the region.",
        "共享实验室，一台设备校准过期",
        "supplement",
    ),
    "wx-000109": Example(
        _one_pdf,
        "A human-resources agency; every page, form included, in one PDF.",
        "人才服务机构，全部材料在一个PDF",
        "admit",
    ),
    "wx-000110": Example(
        _edition,
        "The service is declared by a newer edition of a standard than the annex holds.",
        "申报标准与附表年号不同",
        "further_verification",
    ),
    "wx-000111": Example(
        _abnormal,
        "A consultancy that is on the list of abnormal operation (lists/abnormal.csv).",
        "列入经营异常名录",
        "reject",
    ),
    "wx-000112": Example(
        _outside,
        "A patent agency whose business scope excludes patent agency.",
        "经营范围明确排除专利代理",
        "further_verification",
    ),
    "wx-000113": Example(
        _association,
        "An association with a legal-person certificate; a lease in the packet is kept and not used.",
        "社会团体；租赁合同不作依据",
        "admit",
    ),
}


def _lists(folder: Path) -> None:
    folder.mkdir(parents=True)
    strangers = [invent.institution(9000 + n) for n in range(6)]
    bad = _abnormal_body()
    tables = {
        "violations": [
            (strangers[0], "2025-03-11", "", "超出资质认定证书规定的检验检测能力范围出具报告"),
            (strangers[1], "2021-06-02", "2022-06-02", "未按规定公示信息"),
        ],
        "abnormal": [
            (bad, "2026-07-08", "", "未按规定期限公示年度报告"),
            (strangers[2], "2024-07-06", "2025-02-18", "通过登记的住所无法联系"),
            (strangers[3], "2019-07-05", "2020-01-09", "公示信息隐瞒真实情况"),
        ],
        "serious": [
            (strangers[4], "2024-05-20", "", "提交虚假材料取得行政许可"),
            (strangers[5], "2020-04-01", "2023-04-01", "拒不履行行政处罚决定"),
        ],
    }
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(["uscc", "name", "listed_on", "removed_on", "reason"])
            for body, listed, removed, reason in rows:
                writer.writerow([body.uscc, body.name, listed, removed, reason])


_README = """\
# Example packets

Invented institutions with invented papers; names, numbers and seals are nobody's, but valid by computation.
`make demo` judges them as of the day in `as_of.txt`; `python tools/make_examples.py` draws them anew.

| packet | shows | 说明 | deserves |
|---|---|---|---|
{rows}

`lists/` holds small credit lists in the form that `credit-list import` takes. The commitment letters say in other words
what the adopted one says: its wording belongs to its publisher and is not kept here.
"""


def _readme() -> str:
    rows = [f"| `{name}` | {e.shows} | {e.zh} | `{e.outcome}` |" for name, e in EXAMPLES.items()]
    return _README.format(rows="\n".join(rows))


def main() -> None:
    """Writes the examples into the folder named, default examples/ of the repository."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "examples"
    only = sys.argv[2:]
    (folder / "packets").mkdir(parents=True, exist_ok=True)
    for name, example in EXAMPLES.items():
        if only and name not in only:
            continue
        for old in (folder / "packets").glob(f"{name}*"):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        example.write(folder / "packets" / name)
    if only:
        return
    shutil.rmtree(folder / "lists", ignore_errors=True)
    _lists(folder / "lists")
    (folder / "as_of.txt").write_text(f"{invent.AS_OF.isoformat()}\n", encoding="utf-8")
    (folder / "README.md").write_text(_readme(), encoding="utf-8")


if __name__ == "__main__":
    main()
